// What chooses the tokens of one sequence: llama-common's chain, and around it what a grammar and a
// limit of thinking want. llama-common has both within its sampler, where a token that does not fit
// costs a look at every token of the vocabulary; here the tokens that fit are known by place.
#pragma once

#include <memory>
#include <vector>

#include "constraint.h"
#include "llama-cpp.h"
#include "sampling.h"

namespace shim {

class sequence_sampler {
public:
    // Throws for values out of range, and what is no grammar.
    sequence_sampler(const llama_model * model, common_params_sampling params);

    // Shows a token of the prompt to the penalties.
    void show(llama_token token) { common_sampler_accept(chain.get(), token, false); }

    // Chooses from the logits of row `row`, and accepts the token. Throws where no token fits.
    llama_token sample(llama_context * ctx, int32_t row);

    // Makes the model end its thinking. False when it does not think.
    bool end_thinking();

    // It only takes the likeliest token that fits.
    bool is_greedy() const { return greedy; }

    // What the chain has left of the last row that it sampled from, likeliest first.
    const llama_token_data_array & sorted_candidates();

private:
    void begin_behind(const common_params_sampling & params);
    bool is_constrained() const;
    bool is_forced() const;
    llama_token likeliest(const float * logits);
    llama_token likeliest_that_fits(const float * logits);
    llama_token sample_from(const float * logits);
    void take_what_counts(const float * logits);
    void take_all(const float * logits, const token_mask * mask);
    void take_few(const float * logits, const token_mask & mask);
    llama_token apply_chain();
    void accept(llama_token token);

    const llama_vocab * vocab;
    common_sampler_ptr chain;
    llama_sampler_ptr budget; // of thinking; NULL when nobody counts
    std::unique_ptr<constraint> grammar;
    bool is_lazy;
    bool greedy;
    // No sampler of the chain minds how many tokens there are that cannot be chosen.
    bool ignores_rejected;
    int32_t n_looked_at; // of the likeliest tokens, by the chain; 0: at all
    std::vector<llama_logit_bias> biases; // the model's own ones too
    std::vector<llama_token_data> data;
    llama_token_data_array candidates{};
};

// Logits of a row. Throws where it asked for none.
float * logits_of(llama_context * ctx, int32_t row);

} // namespace shim
