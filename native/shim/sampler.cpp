// The sampler of a sequence, and how likely its tokens were.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "hutch-shim.h"
#include "sampler-options.h"
#include "sequence-sampler.h"
#include "shim-internal.h"

struct shim_sampler {
    shim::sequence_sampler sampler;
};

namespace {

int32_t n_vocab_of(const llama_context * ctx) {
    return llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(ctx)));
}

// Tokens with their probabilities, the first `n_top` of them in order.
struct probabilities {
    float prob;
    std::vector<std::pair<llama_token, float>> top;
};

// Softmax over all logits of the row.
probabilities before_sampling(
    llama_context * ctx, int32_t row, llama_token token, int32_t n_top) {
    const float * logits = shim::logits_of(ctx, row);
    const int32_t n_vocab = n_vocab_of(ctx);
    n_top = std::min(n_top, n_vocab);
    std::vector<llama_token> tokens(n_top == 0 ? 0 : n_vocab);
    std::iota(tokens.begin(), tokens.end(), 0);
    const auto is_likelier = [&](llama_token a, llama_token b) { return logits[a] > logits[b]; };
    std::partial_sort(tokens.begin(), tokens.begin() + n_top, tokens.end(), is_likelier);
    const float largest = *std::max_element(logits, logits + n_vocab);
    double sum = 0.0;
    for (int32_t i = 0; i < n_vocab; i++) sum += std::exp(logits[i] - largest);
    const auto probability = [&](llama_token of) {
        return static_cast<float>(std::exp(logits[of] - largest) / sum);
    };
    probabilities p{probability(token), {}};
    for (int32_t i = 0; i < n_top; i++) p.top.push_back({tokens[i], probability(tokens[i])});
    return p;
}

// What the chain left of the last row that it sampled from.
probabilities after_sampling(
    shim::sequence_sampler & sampler, llama_token sampled, int32_t n_top) {
    if (sampler.is_greedy()) return {1.0f, {{sampled, 1.0f}}};
    const auto & candidates = sampler.sorted_candidates();
    probabilities p{1.0f, {}};
    for (size_t i = 0; i < candidates.size; i++) {
        const auto & candidate = candidates.data[i];
        if (candidate.id == sampled) p.prob = candidate.p;
        // Some samplers leave candidates that cannot be chosen.
        if (p.top.size() < static_cast<size_t>(n_top) && candidate.p > 0.0f)
            p.top.push_back({candidate.id, candidate.p});
    }
    return p;
}

} // namespace

extern "C" {

struct shim_sampler * shim_sampler_init(const struct llama_model * model, const char * options) {
    return shim::guarded<shim_sampler *>(nullptr, [&] {
        const llama_vocab * vocab = llama_model_get_vocab(model);
        const auto params = shim::sampling_params(common_json::parse(options), vocab);
        shim::clear_log();
        try {
            return new shim_sampler{{model, params}};
        } catch (const std::exception & e) {
            throw std::runtime_error(shim::with_log(e.what()));
        }
    });
}

void shim_sampler_free(struct shim_sampler * sampler) { delete sampler; }

void shim_sampler_accept_prompt(
    struct shim_sampler * sampler, const int32_t * tokens, int32_t n_tokens) {
    for (int32_t i = 0; i < n_tokens; i++) sampler->sampler.show(tokens[i]);
}

int32_t shim_sampler_sample(
    struct shim_sampler * sampler, struct llama_context * ctx, int32_t row) {
    return shim::guarded<int32_t>(-1, [&] { return sampler->sampler.sample(ctx, row); });
}

int32_t shim_sampler_probabilities(
    struct shim_sampler * sampler, struct llama_context * ctx, int32_t row, int32_t token,
    bool post_sampling, int32_t n_top, int32_t * top_tokens, float * top_probs, float * prob) {
    return shim::guarded<int32_t>(-1, [&] {
        const auto p = post_sampling ? after_sampling(sampler->sampler, token, n_top)
                                     : before_sampling(ctx, row, token, n_top);
        *prob = p.prob;
        const size_t n = std::min(p.top.size(), static_cast<size_t>(n_top));
        for (size_t i = 0; i < n; i++) {
            top_tokens[i] = p.top[i].first;
            top_probs[i] = p.top[i].second;
        }
        return static_cast<int32_t>(n);
    });
}

bool shim_sampler_end_reasoning(struct shim_sampler * sampler) {
    return sampler->sampler.end_thinking();
}

} // extern "C"
