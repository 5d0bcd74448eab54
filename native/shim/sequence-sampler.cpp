#include "sequence-sampler.h"

#include <algorithm>
#include <cctype>
#include <climits>
#include <cmath>
#include <stdexcept>

#include "reasoning-budget.h"
#include "sampler-options.h"

namespace {

std::vector<llama_logit_bias> biases_of(
    const common_params_sampling & params, const llama_vocab * vocab) {
    std::vector<llama_logit_bias> biases = params.logit_bias;
    int32_t n_suppressed = 0;
    const llama_token * suppressed = llama_vocab_get_suppress_tokens(vocab, &n_suppressed);
    for (int32_t i = 0; i < n_suppressed; i++) biases.push_back({suppressed[i], -INFINITY});
    return biases;
}

// Puts biases on the logits in place, and takes them off again for whoever asks for probabilities.
class biased_logits {
public:
    biased_logits(float * logits, const std::vector<llama_logit_bias> & biases)
        : logits(logits), biases(biases) {
        unbiased.reserve(biases.size());
        for (const auto & [token, bias] : biases) {
            unbiased.push_back(logits[token]);
            logits[token] += bias;
        }
    }
    ~biased_logits() {
        for (size_t i = biases.size(); i-- > 0;) logits[biases[i].token] = unbiased[i];
    }
    biased_logits(const biased_logits &) = delete;
    biased_logits & operator=(const biased_logits &) = delete;

private:
    float * logits;
    const std::vector<llama_logit_bias> & biases;
    std::vector<float> unbiased;
};

// llama-common's chain, without what is done here.
common_sampler_ptr chain_of(const llama_model * model, common_params_sampling params) {
    params.logit_bias.clear();
    params.grammar = {};
    params.grammar_triggers.clear();
    params.generation_prompt.clear();
    params.reasoning_budget_start.clear();
    return common_sampler_ptr(common_sampler_init(model, params));
}

// A limit of thinking; NULL when there is none. A lazy grammar has to know when the model thinks.
llama_sampler_ptr budget_of(const common_params_sampling & params, const llama_vocab * vocab) {
    if (!shim::watches_reasoning(params)) return nullptr;
    const int32_t n_tokens = params.reasoning_budget_tokens;
    return llama_sampler_ptr(common_reasoning_budget_init(
        vocab, {params.reasoning_budget_start}, params.reasoning_budget_end,
        params.reasoning_budget_forced, n_tokens < 0 ? INT_MAX : n_tokens));
}

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// Tokens of the answer that the template has put into the prompt. Some tokenizers begin with a
// space of their own.
llama_tokens prefill_of(const common_params_sampling & params, const llama_vocab * vocab) {
    const std::string & prompt = params.generation_prompt;
    if (prompt.empty()) return {};
    llama_tokens tokens = common_tokenize(vocab, prompt, false, true);
    const std::string first = tokens.empty() ? "" : common_token_to_piece(vocab, tokens[0], true);
    if (!first.empty() && is_space(first[0]) && !is_space(prompt[0])) tokens.erase(tokens.begin());
    return tokens;
}

} // namespace

namespace shim {

float * logits_of(llama_context * ctx, int32_t row) {
    float * logits = llama_get_logits_ith(ctx, row);
    if (logits == nullptr) throw std::runtime_error("the row did not ask for logits");
    return logits;
}

sequence_sampler::sequence_sampler(const llama_model * model, common_params_sampling params)
    : vocab(llama_model_get_vocab(model)), chain(chain_of(model, params)),
      budget(budget_of(params, vocab)), is_lazy(params.grammar_lazy),
      greedy(shim::is_greedy(params)), ignores_rejected(shim::ignores_rejected(params)),
      n_looked_at(shim::n_looked_at(params)), biases(biases_of(params, vocab)) {
    if (!params.grammar.empty()) grammar = std::make_unique<constraint>(vocab, params);
    begin_behind(params);
}

// Grammars of templates begin with what the prompt ends with; those of clients do not.
void sequence_sampler::begin_behind(const common_params_sampling & params) {
    const bool is_of_template = common_grammar_needs_prefill(params.grammar);
    for (const llama_token token : prefill_of(params, vocab)) {
        if (grammar && !is_lazy && is_of_template) grammar->accept(token);
        if (budget) llama_sampler_accept(budget.get(), token);
    }
}

// The grammar says what may come next. A lazy one holds its peace while the model thinks.
bool sequence_sampler::is_constrained() const {
    if (!grammar || !budget || !is_lazy) return grammar != nullptr;
    const auto state = common_reasoning_budget_get_state(budget.get());
    return state == REASONING_BUDGET_IDLE || state == REASONING_BUDGET_DONE;
}

// The end of thinking is dictated now, token by token.
bool sequence_sampler::is_forced() const {
    return budget && common_reasoning_budget_get_state(budget.get()) == REASONING_BUDGET_FORCING;
}

llama_token sequence_sampler::sample(llama_context * ctx, int32_t row) {
    float * logits = logits_of(ctx, row);
    llama_token token;
    {
        const biased_logits biased(logits, biases);
        token = greedy && !is_forced() ? likeliest(logits) : sample_from(logits);
    }
    accept(token);
    return token;
}

// What the chain would choose.
llama_token sequence_sampler::likeliest(const float * logits) {
    const bool is_free = !is_constrained() || grammar->is_waiting();
    const int32_t n_tokens = llama_vocab_n_tokens(vocab);
    const llama_token token = is_free ? argmax(logits, n_tokens) : likeliest_that_fits(logits);
    if (token < 0 || token >= n_tokens) throw std::runtime_error("the logits are not numbers");
    return token;
}

// Where most tokens fit, the likeliest of all mostly does, and is found faster.
llama_token sequence_sampler::likeliest_that_fits(const float * logits) {
    const int32_t n_tokens = llama_vocab_n_tokens(vocab);
    auto mask = grammar->known_mask();
    if (!mask || mask->size() > static_cast<size_t>(n_tokens) / 2) {
        const llama_token token = argmax(logits, n_tokens);
        if (token == n_tokens || (mask ? mask->has(token) : grammar->fits(token))) return token;
        mask = grammar->mask();
    }
    if (mask->size() == 0) throw std::runtime_error("empty grammar stack: no token fits");
    return mask->likeliest(logits, n_tokens);
}

// As llama-common: from all tokens, and again, from those that fit, if it is none of them.
llama_token sequence_sampler::sample_from(const float * logits) {
    take_what_counts(logits);
    const llama_token token = apply_chain();
    if (!is_constrained() || grammar->fits(token)) return token;
    const auto mask = grammar->mask();
    if (mask->size() == 0) throw std::runtime_error("empty grammar stack: no token fits");
    if (ignores_rejected && !is_forced()) take_few(logits, *mask);
    else take_all(logits, mask.get());
    return apply_chain();
}

void sequence_sampler::take_what_counts(const float * logits) {
    if (n_looked_at == 0 || is_forced()) {
        take_all(logits, nullptr);
        return;
    }
    shim::take_likeliest(logits, llama_vocab_n_tokens(vocab), n_looked_at, data);
    candidates = {data.data(), data.size(), -1, true};
}

void sequence_sampler::take_all(const float * logits, const token_mask * mask) {
    const int32_t n_tokens = llama_vocab_n_tokens(vocab);
    data.resize(static_cast<size_t>(n_tokens));
    for (llama_token token = 0; token < n_tokens; token++) {
        const bool fits = mask == nullptr || mask->has(token);
        data[static_cast<size_t>(token)] = {token, fits ? logits[token] : -INFINITY, 0.0f};
    }
    candidates = {data.data(), data.size(), -1, false};
    if (budget) llama_sampler_apply(budget.get(), &candidates);
}

void sequence_sampler::take_few(const float * logits, const token_mask & mask) {
    data.clear();
    mask.for_each([&](llama_token token) { data.push_back({token, logits[token], 0.0f}); });
    candidates = {data.data(), data.size(), -1, false};
}

llama_token sequence_sampler::apply_chain() {
    llama_sampler_apply(common_sampler_get(chain.get()), &candidates);
    if (candidates.selected < 0) throw std::runtime_error("the samplers chose no token");
    return candidates.data[candidates.selected].id;
}

void sequence_sampler::accept(llama_token token) {
    const bool is_for_grammar = is_constrained(); // by the state before this token
    if (budget) {
        llama_sampler_accept(budget.get(), token);
        // The end of thinking may be what triggers the grammar.
        const auto state = common_reasoning_budget_get_state(budget.get());
        const llama_tokens * end = common_reasoning_budget_get_end_match(budget.get());
        if (grammar && !is_for_grammar && state == REASONING_BUDGET_DONE && end != nullptr) {
            for (const llama_token of_end : *end) grammar->accept(of_end);
        }
    }
    if (is_for_grammar) grammar->accept(token);
    common_sampler_accept(chain.get(), token, false);
}

bool sequence_sampler::end_thinking() { return common_reasoning_budget_force(budget.get()); }

const llama_token_data_array & sequence_sampler::sorted_candidates() {
    if (!candidates.sorted) {
        std::sort(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(candidates.size),
            [](const auto & a, const auto & b) { return a.p > b.p; });
        candidates.sorted = true;
        candidates.selected = -1; // nobody asks for it any more
    }
    return candidates;
}

} // namespace shim
