// The tokens that a grammar allows at one place.
#pragma once

#include <cstdint>
#include <vector>

#include "llama.h"

namespace shim {

class token_mask {
public:
    bool has(llama_token token) const;
    size_t size() const { return n_allowed; }
    size_t n_bytes() const;

    // Calls `use` with each token, in order.
    template <typename F> void for_each(F && use) const {
        for (const llama_token token : few) use(token);
        for (size_t i = 0; i < bits.size(); i++) {
            for (uint64_t rest = bits[i]; rest != 0; rest &= rest - 1) {
                use(static_cast<llama_token>(64 * i) + lowest_bit(rest));
            }
        }
    }

    // The likeliest token of the mask by `n` logits, the first of those; -1 if they are no numbers.
    llama_token likeliest(const float * logits, int32_t n) const;

private:
    friend class mask_builder;
    static int32_t lowest_bit(uint64_t bits);

    size_t n_allowed = 0;
    std::vector<llama_token> few; // all of them, in order, or none: then they are in `bits`
    std::vector<uint64_t> bits;   // by token
};

class mask_builder {
public:
    explicit mask_builder(int32_t n_tokens) : bits((static_cast<size_t>(n_tokens) + 63) / 64) {}

    void add(llama_token token) {
        bits[static_cast<size_t>(token) / 64] |= uint64_t{1} << (token % 64);
    }
    token_mask finish();

private:
    std::vector<uint64_t> bits;
};

// Index of the first largest of `n` logits; `n` when none is a number.
int32_t argmax(const float * logits, int32_t n);

// The `k` likeliest of `n` tokens, likeliest first; fewer if there are not so many.
void take_likeliest(
    const float * logits, int32_t n, int32_t k, std::vector<llama_token_data> & taken);

} // namespace shim
