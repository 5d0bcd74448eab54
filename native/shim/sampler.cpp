// llama-common's sampler, built from JSON.
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "hutch-shim.h"
#include "sampling.h"
#include "shim-internal.h"

struct shim_sampler {
    common_sampler_ptr chain;
    // The chain can only take the likeliest token: found without building its candidate list.
    bool is_greedy;
    std::vector<llama_logit_bias> logit_bias;
};

namespace {

using params_t = common_params_sampling;

void read_numbers(params_t & p, const common_json & o) {
    p.seed = static_cast<uint32_t>(o.value("seed", static_cast<int64_t>(p.seed)));
    p.n_prev = o.value("n_prev", p.n_prev);
    p.min_keep = o.value("min_keep", p.min_keep);
    p.top_k = o.value("top_k", p.top_k);
    p.top_p = o.value("top_p", p.top_p);
    p.min_p = o.value("min_p", p.min_p);
    p.top_n_sigma = o.value("top_n_sigma", p.top_n_sigma);
    p.typ_p = o.value("typical_p", p.typ_p);
    p.xtc_probability = o.value("xtc_probability", p.xtc_probability);
    p.xtc_threshold = o.value("xtc_threshold", p.xtc_threshold);
    p.temp = o.value("temperature", p.temp);
    p.dynatemp_range = o.value("dynatemp_range", p.dynatemp_range);
    p.dynatemp_exponent = o.value("dynatemp_exponent", p.dynatemp_exponent);
    p.penalty_last_n = o.value("repeat_last_n", p.penalty_last_n);
    p.penalty_repeat = o.value("repeat_penalty", p.penalty_repeat);
    p.penalty_freq = o.value("frequency_penalty", p.penalty_freq);
    p.penalty_present = o.value("presence_penalty", p.penalty_present);
    p.dry_multiplier = o.value("dry_multiplier", p.dry_multiplier);
    p.dry_base = o.value("dry_base", p.dry_base);
    p.dry_allowed_length = o.value("dry_allowed_length", p.dry_allowed_length);
    p.dry_penalty_last_n = o.value("dry_penalty_last_n", p.dry_penalty_last_n);
    p.adaptive_target = o.value("adaptive_target", p.adaptive_target);
    p.adaptive_decay = o.value("adaptive_decay", p.adaptive_decay);
    p.mirostat = o.value("mirostat", p.mirostat);
    p.mirostat_tau = o.value("mirostat_tau", p.mirostat_tau);
    p.mirostat_eta = o.value("mirostat_eta", p.mirostat_eta);
    if (p.mirostat < 0 || p.mirostat > 2) throw std::invalid_argument("mirostat must be 0, 1 or 2");
    // The penalties need as many previous tokens as they look back.
    p.n_prev = std::max(p.n_prev, std::max(p.penalty_last_n, p.dry_penalty_last_n));
}

void read_lists(params_t & p, const common_json & o, const llama_vocab * vocab) {
    if (o.contains("dry_sequence_breakers")) {
        p.dry_sequence_breakers = o.at("dry_sequence_breakers").get<std::vector<std::string>>();
    }
    if (o.contains("samplers")) {
        const auto names = o.at("samplers").get<std::vector<std::string>>();
        p.samplers = common_sampler_types_from_names(names);
        // common_sampler_types_from_names drops what it does not know; a client should hear of it.
        if (p.samplers.size() != names.size())
            throw std::invalid_argument("unknown name in samplers");
    }
    const int32_t n_vocab = llama_vocab_n_tokens(vocab);
    if (o.contains("logit_bias")) {
        for (const auto & row : o.at("logit_bias")) {
            const llama_token token = row.at(0).get<int32_t>();
            if (token < 0 || token >= n_vocab) {
                throw std::invalid_argument(
                    "logit_bias names token " + std::to_string(token) +
                    ", the vocabulary ends at " + std::to_string(n_vocab - 1));
            }
            p.logit_bias.push_back(
                {token, row.at(1).is_null() ? -INFINITY : row.at(1).get<float>()});
        }
    }
    p.ignore_eos = o.value("ignore_eos", false);
    for (llama_token token = 0; p.ignore_eos && token < n_vocab; token++) {
        if (llama_vocab_is_eog(vocab, token)) p.logit_bias.push_back({token, -INFINITY});
    }
}

common_grammar_type grammar_type_from_name(const std::string & name) {
    if (name == "user") return COMMON_GRAMMAR_TYPE_USER;
    if (name == "output_format") return COMMON_GRAMMAR_TYPE_OUTPUT_FORMAT;
    if (name == "tool_calls") return COMMON_GRAMMAR_TYPE_TOOL_CALLS;
    throw std::invalid_argument("unknown grammar_type \"" + name + "\"");
}

void read_preserved_tokens(params_t & p, const common_json & o, const llama_vocab * vocab) {
    if (!o.contains("preserved_tokens")) return;
    for (const auto & text : o.at("preserved_tokens")) {
        const auto tokens = common_tokenize(vocab, text.get<std::string>(), false, true);
        if (tokens.size() == 1) p.preserved_tokens.insert(tokens[0]);
    }
}

// A trigger word that is one token triggers on that token: cheaper, and exact.
common_grammar_trigger trigger_from_json(const common_json & o, const llama_vocab * vocab) {
    common_grammar_trigger trigger;
    trigger.type = static_cast<common_grammar_trigger_type>(o.at("type").get<int32_t>());
    trigger.value = o.at("value").get<std::string>();
    trigger.token = o.value("token", static_cast<int32_t>(LLAMA_TOKEN_NULL));
    if (trigger.type != COMMON_GRAMMAR_TRIGGER_TYPE_WORD) return trigger;
    const auto tokens = common_tokenize(vocab, trigger.value, false, true);
    if (tokens.size() != 1) return trigger;
    trigger.type = COMMON_GRAMMAR_TRIGGER_TYPE_TOKEN;
    trigger.token = tokens[0];
    return trigger;
}

void read_grammar(params_t & p, const common_json & o, const llama_vocab * vocab) {
    const std::string grammar = o.value("grammar", "");
    if (!grammar.empty())
        p.grammar = {grammar_type_from_name(o.value("grammar_type", "user")), grammar};
    p.grammar_lazy = o.value("grammar_lazy", false);
    p.generation_prompt = o.value("generation_prompt", "");
    read_preserved_tokens(p, o, vocab);
    if (o.contains("grammar_triggers")) {
        for (const auto & trigger : o.at("grammar_triggers")) {
            p.grammar_triggers.push_back(trigger_from_json(trigger, vocab));
        }
    }
    if (p.grammar_lazy && p.grammar_triggers.empty()) {
        throw std::invalid_argument("a lazy grammar needs triggers");
    }
    // While a model thinks, a lazy grammar must not trigger: the budget sampler knows when it does.
    const std::string start_tag = o.value("thinking_start_tag", "");
    if (start_tag.empty() || !o.contains("thinking_end_tags")) return;
    p.reasoning_budget_start = common_tokenize(vocab, start_tag, false, true);
    for (const auto & tag : o.at("thinking_end_tags")) {
        p.reasoning_budget_end.push_back(
            common_tokenize(vocab, tag.get<std::string>(), false, true));
    }
    if (!p.reasoning_budget_end.empty()) p.reasoning_budget_forced = p.reasoning_budget_end.front();
}

// True when no sampler of the chain can prefer another token to the likeliest one. Truncating
// samplers keep that one, except locally typical sampling and XTC; penalties may demote it.
bool is_greedy(const params_t & p) {
    const bool has_temperature =
        std::find(p.samplers.begin(), p.samplers.end(), COMMON_SAMPLER_TYPE_TEMPERATURE) !=
        p.samplers.end();
    const bool is_cold = has_temperature && p.temp <= 0.0f && p.dynatemp_range <= 0.0f;
    const bool is_unpenalized = p.penalty_repeat == 1.0f && p.penalty_freq == 0.0f &&
                                p.penalty_present == 0.0f && p.dry_multiplier == 0.0f;
    const bool keeps_likeliest = p.typ_p >= 1.0f && p.xtc_probability <= 0.0f;
    const bool has_other_rule =
        p.mirostat != 0 || !p.grammar.empty() || !p.reasoning_budget_start.empty() ||
        std::any_of(p.samplers.begin(), p.samplers.end(), [](auto type) {
            return type == COMMON_SAMPLER_TYPE_ADAPTIVE_P || type == COMMON_SAMPLER_TYPE_INFILL;
        });
    return is_cold && is_unpenalized && keeps_likeliest && !has_other_rule;
}

// Index of the first largest of `n` logits. Lanes, because compilers vectorize this form.
int32_t argmax(const float * logits, int32_t n) {
    constexpr int32_t n_lanes = 16;
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

// The token that the chain would choose. Biases change the logits in place, as nobody reads them
// after this.
llama_token likeliest(const shim_sampler & sampler, llama_context * ctx, int32_t row) {
    const llama_vocab * vocab = llama_model_get_vocab(llama_get_model(ctx));
    float * logits = llama_get_logits_ith(ctx, row);
    if (logits == nullptr) throw std::runtime_error("the row did not ask for logits");
    for (const auto & [token, bias] : sampler.logit_bias) logits[token] += bias;
    const int32_t token = argmax(logits, llama_vocab_n_tokens(vocab));
    if (token == llama_vocab_n_tokens(vocab))
        throw std::runtime_error("the logits are not numbers");
    return token;
}

} // namespace

extern "C" {

struct shim_sampler * shim_sampler_init(const struct llama_model * model, const char * options) {
    return shim::guarded<shim_sampler *>(nullptr, [&] {
        const common_json o = common_json::parse(options);
        const llama_vocab * vocab = llama_model_get_vocab(model);
        params_t p;
        p.no_perf = true;
        read_numbers(p, o);
        read_lists(p, o, vocab);
        read_grammar(p, o, vocab);
        int32_t n_suppressed = 0;
        llama_vocab_get_suppress_tokens(vocab, &n_suppressed); // the chain knows them, we do not
        shim::clear_log();
        try {
            common_sampler_ptr chain(common_sampler_init(model, p));
            return new shim_sampler{
                std::move(chain), is_greedy(p) && n_suppressed == 0, p.logit_bias};
        } catch (const std::exception & e) {
            throw std::runtime_error(shim::with_log(e.what()));
        }
    });
}

void shim_sampler_free(struct shim_sampler * sampler) { delete sampler; }

void shim_sampler_accept_prompt(
    struct shim_sampler * sampler, const int32_t * tokens, int32_t n_tokens) {
    for (int32_t i = 0; i < n_tokens; i++) {
        common_sampler_accept(sampler->chain.get(), tokens[i], false);
    }
}

int32_t shim_sampler_sample(
    struct shim_sampler * sampler, struct llama_context * ctx, int32_t row) {
    return shim::guarded<int32_t>(-1, [&] {
        if (sampler->is_greedy) return likeliest(*sampler, ctx, row);
        const llama_token token = common_sampler_sample(sampler->chain.get(), ctx, row);
        common_sampler_accept(sampler->chain.get(), token, true);
        return token;
    });
}

} // extern "C"
