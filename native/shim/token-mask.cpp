#include "token-mask.h"

#include <algorithm>
#include <cmath>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

namespace {

// More than these are looked up by bit: a list would be larger and no faster.
constexpr size_t n_few = 2048;

// Lanes, because compilers vectorize this form.
constexpr int32_t n_lanes = 16;

template <int32_t N> float largest_of(const float * logits) {
    float lane[n_lanes];
    std::copy(logits, logits + n_lanes, lane);
    for (int32_t i = n_lanes; i < N; i += n_lanes) {
        for (int32_t j = 0; j < n_lanes; j++) {
            lane[j] = logits[i + j] > lane[j] ? logits[i + j] : lane[j];
        }
    }
    return *std::max_element(lane, lane + n_lanes);
}

} // namespace

namespace shim {

int32_t argmax(const float * logits, int32_t n) {
    float lane[n_lanes];
    std::fill(lane, lane + n_lanes, -INFINITY);
    int32_t i = 0;
    for (; i + n_lanes <= n; i += n_lanes) {
        for (int32_t j = 0; j < n_lanes; j++) {
            lane[j] = logits[i + j] > lane[j] ? logits[i + j] : lane[j];
        }
    }
    float largest = *std::max_element(lane, lane + n_lanes);
    for (; i < n; i++) largest = std::max(largest, logits[i]);
    return static_cast<int32_t>(std::find(logits, logits + n, largest) - logits);
}

void take_likeliest(
    const float * logits, int32_t n, int32_t k, std::vector<llama_token_data> & taken) {
    constexpr int32_t n_block = 64;
    const auto is_likelier = [](const llama_token_data & a, const llama_token_data & b) {
        return a.logit > b.logit;
    };
    k = std::min(k, n);
    taken.clear();
    for (llama_token token = 0; token < k; token++) taken.push_back({token, logits[token], 0.0f});
    std::make_heap(taken.begin(), taken.end(), is_likelier); // the least likely one is in front
    for (llama_token first = k; first < n; first += n_block) {
        const llama_token end = std::min(first + n_block, n);
        const float least = taken.front().logit;
        if (end == first + n_block && !(largest_of<n_block>(logits + first) > least)) continue;
        for (llama_token token = first; token < end; token++) {
            if (!(logits[token] > taken.front().logit)) continue;
            std::pop_heap(taken.begin(), taken.end(), is_likelier);
            taken.back() = {token, logits[token], 0.0f};
            std::push_heap(taken.begin(), taken.end(), is_likelier);
        }
    }
    std::sort_heap(taken.begin(), taken.end(), is_likelier);
}

int32_t token_mask::lowest_bit(uint64_t bits) {
#if defined(_MSC_VER) && !defined(__clang__)
    unsigned long index;
    _BitScanForward64(&index, bits);
    return static_cast<int32_t>(index);
#else
    return __builtin_ctzll(bits);
#endif
}

bool token_mask::has(llama_token token) const {
    if (bits.empty()) return std::binary_search(few.begin(), few.end(), token);
    return (bits[static_cast<size_t>(token) / 64] >> (token % 64) & 1) != 0;
}

size_t token_mask::n_bytes() const {
    return sizeof *this + few.capacity() * sizeof few[0] + bits.capacity() * sizeof bits[0];
}

llama_token token_mask::likeliest(const float * logits, int32_t n) const {
    llama_token best = -1;
    float largest = -INFINITY;
    const auto look_at = [&](llama_token token) {
        const float logit = logits[token];
        if (logit > largest || (best < 0 && logit == largest)) {
            best = token;
            largest = logit;
        }
    };
    for (const llama_token token : few) look_at(token);
    for (size_t i = 0; i < bits.size(); i++) {
        const auto first = static_cast<llama_token>(64 * i);
        const bool is_full = bits[i] == UINT64_MAX && first + 64 <= n;
        if (is_full && best >= 0 && !(largest_of<64>(logits + first) > largest)) continue;
        for (uint64_t rest = bits[i]; rest != 0; rest &= rest - 1) {
            look_at(first + lowest_bit(rest));
        }
    }
    return best;
}

token_mask mask_builder::finish() {
    token_mask mask;
    for (const uint64_t word : bits) {
        for (uint64_t rest = word; rest != 0; rest &= rest - 1) mask.n_allowed++;
    }
    if (mask.n_allowed > n_few) {
        mask.bits = std::move(bits);
        return mask;
    }
    token_mask list;
    list.bits = std::move(bits);
    mask.few.reserve(mask.n_allowed);
    list.for_each([&](llama_token token) { mask.few.push_back(token); });
    return mask;
}

} // namespace shim
