// llama-common's sampling parameters from JSON.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "nesting.h"
#include "sampler-options.h"
#include "sampling.h"

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
    // A window larger than any context only takes memory.
    constexpr int32_t n_window_max = 1 << 20;
    p.penalty_last_n = std::min(p.penalty_last_n, n_window_max);
    p.dry_penalty_last_n = std::min(p.dry_penalty_last_n, n_window_max);
    p.n_prev = std::min(p.n_prev, n_window_max);
    // The penalties need as many previous tokens as they look back.
    p.n_prev = std::max(p.n_prev, std::max(p.penalty_last_n, p.dry_penalty_last_n));
}

void read_lists(params_t & p, const common_json & o) {
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
}

// A bias is given to a token, or to each token of a text.
std::vector<llama_token> biased_tokens(const common_json & o, const llama_vocab * vocab) {
    if (o.is_string()) return common_tokenize(vocab, o.get<std::string>(), false);
    const llama_token token = o.get<int32_t>();
    const int32_t n_vocab = llama_vocab_n_tokens(vocab);
    if (token < 0 || token >= n_vocab) {
        throw std::invalid_argument(
            "logit_bias names token " + std::to_string(token) + ", the vocabulary ends at " +
            std::to_string(n_vocab - 1));
    }
    return {token};
}

void read_biases(params_t & p, const common_json & o, const llama_vocab * vocab) {
    if (o.contains("logit_bias")) {
        for (const auto & row : o.at("logit_bias")) {
            const float bias = row.at(1).is_null() ? -INFINITY : row.at(1).get<float>();
            for (const llama_token token : biased_tokens(row.at(0), vocab)) {
                p.logit_bias.push_back({token, bias});
            }
        }
    }
    p.ignore_eos = o.value("ignore_eos", false);
    const int32_t n_vocab = llama_vocab_n_tokens(vocab);
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

bool is_special(const llama_vocab * vocab, llama_token token) {
    const int special = LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_USER_DEFINED;
    return (llama_vocab_get_attr(vocab, token) & special) != 0;
}

// A trigger word that is a special token triggers on that token, whose text a grammar may not see.
// Ordinary words stay texts: " word" is another token than "word".
common_grammar_trigger trigger_from_json(const common_json & o, const llama_vocab * vocab) {
    common_grammar_trigger trigger;
    const int32_t type = o.at("type").get<int32_t>();
    if (type < 0 || type > COMMON_GRAMMAR_TRIGGER_TYPE_PATTERN_FULL) {
        throw std::invalid_argument("grammar_triggers has no type " + std::to_string(type));
    }
    trigger.type = static_cast<common_grammar_trigger_type>(type);
    trigger.value = o.at("value").get<std::string>();
    shim::check_nesting(trigger.value, shim::syntax::regex, "a grammar trigger");
    trigger.token = o.value("token", static_cast<int32_t>(LLAMA_TOKEN_NULL));
    if (trigger.type != COMMON_GRAMMAR_TRIGGER_TYPE_WORD) return trigger;
    const auto tokens = common_tokenize(vocab, trigger.value, false, true);
    if (tokens.size() != 1 || !is_special(vocab, tokens[0])) return trigger;
    trigger.type = COMMON_GRAMMAR_TRIGGER_TYPE_TOKEN;
    trigger.token = tokens[0];
    return trigger;
}

void read_grammar(params_t & p, const common_json & o, const llama_vocab * vocab) {
    const std::string grammar = o.value("grammar", "");
    shim::check_nesting(
        grammar, shim::syntax::grammar, "the grammar", o.value("grammar_depth_max", 500));
    // llama-common ends the process over a form of grammar that it was not built with.
    if (string_starts_with(grammar, "%llguidance")) {
        throw std::invalid_argument("grammars of llguidance are not supported, only GBNF");
    }
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
}

void read_reasoning(params_t & p, const common_json & o, const llama_vocab * vocab) {
    p.reasoning_budget_tokens = o.value("reasoning_budget_tokens", p.reasoning_budget_tokens);
    p.reasoning_control = o.value("reasoning_control", p.reasoning_control);
    const std::string start_tag = o.value("thinking_start_tag", "");
    if (start_tag.empty() || !o.contains("thinking_end_tags")) return;
    p.reasoning_budget_start = common_tokenize(vocab, start_tag, false, true);
    for (const auto & tag : o.at("thinking_end_tags")) {
        p.reasoning_budget_end.push_back(
            common_tokenize(vocab, tag.get<std::string>(), false, true));
    }
    if (p.reasoning_budget_end.empty()) return;
    // What a model that has thought for long enough is made to write.
    const std::string message = o.value("reasoning_budget_message", "");
    p.reasoning_budget_forced = common_tokenize(vocab, message, false, true);
    const llama_tokens & end = p.reasoning_budget_end.front();
    p.reasoning_budget_forced.insert(p.reasoning_budget_forced.end(), end.begin(), end.end());
}

bool has_penalties(const params_t & p) {
    return p.penalty_repeat != 1.0f || p.penalty_freq != 0.0f || p.penalty_present != 0.0f;
}

// Another sampler chooses than the one that follows probabilities, or a rule of its own.
bool has_other_rule(const params_t & p) {
    return p.mirostat != 0 ||
           std::any_of(p.samplers.begin(), p.samplers.end(), [](auto type) {
               return type == COMMON_SAMPLER_TYPE_ADAPTIVE_P || type == COMMON_SAMPLER_TYPE_INFILL;
           });
}

} // namespace

namespace shim {

// True when no sampler of the chain can prefer another token to the likeliest one. Truncating
// samplers keep that one, except locally typical sampling and XTC; penalties may demote it.
bool is_greedy(const common_params_sampling & p) {
    const bool has_temperature =
        std::find(p.samplers.begin(), p.samplers.end(), COMMON_SAMPLER_TYPE_TEMPERATURE) !=
        p.samplers.end();
    const bool is_cold = has_temperature && p.temp <= 0.0f && p.dynatemp_range <= 0.0f;
    const bool is_unpenalized = !has_penalties(p) && p.dry_multiplier == 0.0f;
    const bool keeps_likeliest = p.typ_p >= 1.0f && p.xtc_probability <= 0.0f;
    return is_cold && is_unpenalized && keeps_likeliest && !has_other_rule(p);
}

// The first sampler that does anything has to be top-k, and to take so few that llama.cpp, too,
// does not sort them in buckets.
int32_t n_looked_at(const common_params_sampling & p) {
    constexpr int32_t n_sorted_at_once = 128;
    if (p.mirostat != 0) return 0;
    for (const auto type : p.samplers) {
        if (type == COMMON_SAMPLER_TYPE_TOP_K && p.top_k > 0)
            return p.top_k <= n_sorted_at_once ? p.top_k : 0;
        const bool does_nothing =
            type == COMMON_SAMPLER_TYPE_PENALTIES ? !has_penalties(p) :
            type == COMMON_SAMPLER_TYPE_DRY ? p.dry_multiplier == 0.0f :
            type == COMMON_SAMPLER_TYPE_TOP_N_SIGMA ? p.top_n_sigma <= 0.0f :
            type == COMMON_SAMPLER_TYPE_TOP_K;
        if (!does_nothing) return 0;
    }
    return 0;
}

// Dynamic temperature, XTC and least numbers of tokens count the candidates; locally typical
// sampling takes the logarithm of their probabilities.
bool ignores_rejected(const common_params_sampling & p) {
    return p.dynatemp_range <= 0.0f && p.xtc_probability <= 0.0f && p.min_keep <= 1 &&
           p.typ_p >= 1.0f && !has_other_rule(p);
}

bool watches_reasoning(const common_params_sampling & p) {
    return !p.reasoning_budget_start.empty() && !p.reasoning_budget_end.empty() &&
           (p.grammar_lazy || p.reasoning_budget_tokens >= 0 || p.reasoning_control);
}

common_params_sampling sampling_params(const common_json & o, const llama_vocab * vocab) {
    params_t p;
    p.no_perf = true;
    read_numbers(p, o);
    read_lists(p, o);
    read_biases(p, o, vocab);
    read_grammar(p, o, vocab);
    read_reasoning(p, o, vocab);
    return p;
}

} // namespace shim
