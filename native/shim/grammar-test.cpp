// Compares grammars and samplers with llama.cpp's own: grammar-test VOCABULARY.gguf … compares what
// is allowed at many places; grammar-test --sample MODEL.gguf … the tokens that are sampled.
// Prints what differs, and returns 1 then.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <stdexcept>

#include "constraint.h"
#include "json-schema-to-grammar.h"
#include "json.h"
#include "pattern-test.h"
#include "sampler-options.h"
#include "sequence-sampler.h"

namespace {

int32_t n_failed = 0, n_compared = 0;

void check(bool is_right, const std::string & what) {
    n_compared++;
    if (is_right) return;
    n_failed++;
    if (n_failed <= 20) fprintf(stderr, "WRONG: %s\n", what.c_str());
}

const std::vector<std::string> schemas = {
    R"({"type":"object"})",
    R"({"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},
        "required":["name","age"]})",
    R"({"type":"array","items":{"type":"object","properties":{"a":{"type":"number"},
        "b":{"type":"array","items":{"type":"boolean"}},"c":{"type":"null"}},"required":["a"]}})",
    R"({"enum":["red","green","größer","日本語",12,null]})",
    R"({"type":"string","pattern":"^[a-z]{2,4}-\\d+(x|y)?$"})",
    R"({"type":"string","maxLength":12,"minLength":3})",
    R"({"type":"integer","minimum":-5,"maximum":1200})",
    R"({"$defs":{"n":{"type":"object","properties":{"v":{"type":"string"},"c":{"type":"array",
        "items":{"$ref":"#/$defs/n"}}},"required":["v"]}},"$ref":"#/$defs/n"})",
    R"({"type":"string","format":"date-time"})",
};

const std::vector<std::string> grammars = {
    "root ::= [a-z]+ (\" \" [^\\x00-\\x1f\"]+)*",
    "root ::= \"a\"{2,5} [0-9]{3} | .{1,7} \"ü\"",
    "root ::= (\"日\" | \"本\" | \"é\" [à-ÿ])* \"😀\"?",
    "root ::= x+\nx ::= y? \"z\" | y y\ny ::= [^a-c] | \"ab\" x \"]\"",
    "root ::= \"\" | \"x\" root",
    "root ::= .*",
    "root ::= [^é]* \"é\"",
    "root ::= <[5]> [a-z]* | \"q\" !<[7]> \"b\"",
    "root ::= [] \"a\" [^]\"b\"* # comment\n",
};

std::string text_of(const llama_vocab * vocab, llama_token token) {
    return shim::vocabulary_of(vocab)->text_of(token);
}

std::vector<llama_token_data> all_of(const llama_vocab * vocab) {
    std::vector<llama_token_data> data;
    const int32_t n_tokens = llama_vocab_n_tokens(vocab);
    for (llama_token token = 0; token < n_tokens; token++) data.push_back({token, 0.0f, 0.0f});
    return data;
}

// Walks through texts that a grammar allows, and compares what may come next.
void compare_places(
    const llama_vocab * vocab, const std::string & grammar, uint32_t seed, size_t n_bytes_max) {
    std::mt19937 random(seed);
    shim::grammar_machine::position ours(std::make_shared<shim::grammar_machine>(
        shim::parse_grammar(grammar, vocab), shim::vocabulary_of(vocab), n_bytes_max));
    llama_sampler * theirs = llama_sampler_init_grammar(vocab, grammar.c_str(), "root");
    const int32_t n_vocab = llama_vocab_n_tokens(vocab);
    std::string text;
    for (int32_t i = 0; i < 24; i++) {
        auto data = all_of(vocab);
        llama_token_data_array all{data.data(), data.size(), -1, false};
        llama_sampler_apply(theirs, &all);
        const auto mask = ours.mask();
        std::vector<llama_token> allowed;
        for (llama_token token = 0; token < n_vocab; token++) {
            const bool fits = data[static_cast<size_t>(token)].logit == 0.0f;
            if (fits) allowed.push_back(token);
            if (mask->has(token) != fits) {
                check(false, "mask of token " + std::to_string(token) + " \"" +
                                 text_of(vocab, token) + "\" behind \"" + text + "\" of " +
                                 grammar);
            }
            const bool is_tried = fits || token % 97 == 0;
            if (is_tried && ours.fits(token) != fits) check(false, "fit of a token of " + grammar);
        }
        check(mask->size() == allowed.size(), "size of a mask of " + grammar);
        if (allowed.empty()) break;
        // Short tokens, mostly: they end in more places, and in parts of characters.
        llama_token token = allowed[random() % allowed.size()];
        for (int32_t j = 0; j < 4; j++) {
            const llama_token other = allowed[random() % allowed.size()];
            if (text_of(vocab, other).size() < text_of(vocab, token).size()) token = other;
        }
        if (llama_vocab_is_eog(vocab, token)) break;
        try {
            ours.accept(token);
        } catch (const std::exception &) {
            break; // a token by name that begins as text: theirs throws too, through C
        }
        llama_sampler_accept(theirs, token);
        text += text_of(vocab, token);
    }
    llama_sampler_free(theirs);
}

bool is_accepted_by_us(const llama_vocab * vocab, const std::string & grammar) {
    try {
        shim::machine_of(vocab, grammar);
        return true;
    } catch (const std::exception &) {
        return false;
    }
}

void compare_refusals(const llama_vocab * vocab) {
    for (const char * grammar : {
             "root ::= \"a",
             "root = \"a\"",
             "root ::= x",
             "x ::= \"a\"",
             "root ::= root \"a\"",
             "root ::= (\"a\"",
             "root ::= \"a\"{",
             "root ::= \"a\"{2001}",
             "root ::= *",
             "root ::= [a-",
             "root ::= \"\\q\"",
             "root ::= \"\\x4\"",
             "root ::= <nothing>",
             "root ::= x\nx ::= | y\ny ::= root",
             "root ::= (\"a\"{50}){50}",
             "root ::= \"a\" )",
             "root ::= \"a\" \"b\"\n  | \"c\"",
             "root ::= (\"a\"\n | \"b\")\n\n#x\n y::= [\\]a-\\U0001F600]",
             "root ::= \"a\"{0,0}",
             "root ::= \"a\"{0,0}*",
             "root ::= \"a\"{3,2500} x?\r\nx ::= .",
             "",
         }) {
        llama_sampler * theirs = llama_sampler_init_grammar(vocab, grammar, "root");
        const bool is_right = theirs != nullptr && grammar[0] != '\0';
        check(is_accepted_by_us(vocab, grammar) == is_right, std::string("validity of ") + grammar);
        if (theirs != nullptr) llama_sampler_free(theirs);
    }
}

// Grammars over which llama.cpp's parser or its stacks never end.
void check_limits(const llama_vocab * vocab) {
    std::string doubling = "root ::= r0 \"z\"\n";
    for (int32_t i = 0; i < 60; i++) {
        const std::string next = "r" + std::to_string(i + 1);
        doubling += "r" + std::to_string(i) + " ::= \"\" | " + next + " " + next + " | \"a\"\n";
    }
    doubling += "r60 ::= \"b\" | \"\"";
    const std::string growing = "root ::= e root \"z\" | \"x\"\ne ::= f\nf ::= | \"y\"";
    for (const std::string & grammar : {doubling, growing}) {
        common_params_sampling params;
        params.grammar = {COMMON_GRAMMAR_TYPE_USER, grammar};
        try {
            shim::constraint(vocab, params).mask();
            check(false, "a grammar without limits ended");
        } catch (const std::exception & e) {
            check(strstr(e.what(), "ambiguous") != nullptr, e.what());
        }
    }
    // Counted characters reach a new state each time: what is remembered stays small.
    common_params_sampling params;
    params.grammar = {
        COMMON_GRAMMAR_TYPE_USER, "root ::= (x \"-\")+\nx ::= ([a-z]{0,40} \" \"){0,40}"};
    const auto machine = shim::machine_of(vocab, common_grammar_value(params.grammar));
    shim::constraint ours(vocab, params);
    std::mt19937 random(1);
    size_t n_bytes = 0;
    for (int32_t i = 0; i < 600; i++) {
        std::vector<llama_token> allowed;
        ours.mask()->for_each([&](llama_token token) { allowed.push_back(token); });
        check(!allowed.empty(), "a long text ended");
        const llama_token token = allowed[random() % allowed.size()];
        if (llama_vocab_is_eog(vocab, token)) continue;
        ours.accept(token);
        n_bytes = std::max(n_bytes, machine->n_bytes());
    }
    check(n_bytes < 24 << 20, "a machine has grown to " + std::to_string(n_bytes) + " bytes");
    check(machine->n_masks() <= 128, "a machine keeps too many masks");
    for (int32_t i = 0; i < 200; i++) {
        shim::machine_of(vocab, "root ::= \"" + std::to_string(i) + "\"");
    }
    check(shim::n_kept_machines() <= 64, "too many machines are kept");
}

template <typename F> llama_token or_failure(F && sample) {
    try {
        return sample();
    } catch (const std::exception &) {
        return -1;
    }
}

// The same tokens for the same seed, by llama-common's sampler and ours.
struct comparison {
    llama_model * model;
    llama_context * ctx;

    void run(const char * prompt, const common_json & options) {
        const llama_vocab * vocab = llama_model_get_vocab(model);
        auto params = shim::sampling_params(options, vocab);
        std::unique_ptr<shim::sequence_sampler> ours;
        common_sampler_ptr theirs;
        const bool is_ours = or_failure([&] {
            ours = std::make_unique<shim::sequence_sampler>(model, params);
            return 0;
        }) == 0;
        const bool is_theirs = or_failure([&] {
            theirs.reset(common_sampler_init(model, params));
            return 0;
        }) == 0;
        check(is_ours == is_theirs, "validity of " + options.dump());
        if (!is_ours || !is_theirs) return;
        llama_memory_clear(llama_get_memory(ctx), true);
        auto tokens = common_tokenize(vocab, prompt, true, true);
        for (const llama_token token : tokens) {
            ours->show(token);
            common_sampler_accept(theirs.get(), token, false);
        }
        std::string text;
        for (int32_t i = 0; i < 48; i++) {
            llama_batch batch = llama_batch_get_one(tokens.data(), static_cast<int>(tokens.size()));
            if (llama_decode(ctx, batch) != 0) throw std::runtime_error("decode");
            const llama_token expected = or_failure([&] {
                const llama_token token = common_sampler_sample(theirs.get(), ctx, -1);
                common_sampler_accept(theirs.get(), token, true);
                return token;
            });
            const llama_token token = or_failure([&] { return ours->sample(ctx, -1); });
            check(token >= 0 || expected < 0,
                "a failure behind \"" + text + "\" of " + options.dump());
            if (token < 0 || expected < 0) break;
            text += text_of(vocab, token);
            check(token == expected,
                "\"" + text + "\" not \"" + text_of(vocab, expected) + "\": " + options.dump());
            if (token != expected || llama_vocab_is_eog(vocab, token)) break;
            tokens = {token};
        }
    }
};

// Lazy grammars, limits of thinking, both, and neither.
const std::vector<const char *> with_triggers = {
    R"x({"grammar":"root ::= \"e\" [a-z ]+ \".\"?","grammar_lazy":true,
         "grammar_triggers":[{"type":1,"value":"e"},{"type":2,"value":"o([a-z])"}]})x",
    R"x({"grammar":"root ::= [a-z] [^a]{2,9} \".\"?","grammar_lazy":true,
         "grammar_triggers":[{"type":3,"value":"The c([a-z])[^]*"},{"type":2,"value":"i([a-z])"}],
         "generation_prompt":"<think>","thinking_start_tag":"<think>",
         "thinking_end_tags":["</think>","is"],"reasoning_budget_tokens":6})x",
    R"x({"grammar":"root ::= <[300]> [a-z]*","grammar_lazy":true,
         "grammar_triggers":[{"type":0,"value":"","token":300}],"logit_bias":[[300,20]]})x",
    R"x({"grammar":"root ::= \"<think>\" .* \"</think>\" [a-z]*","grammar_type":"tool_calls",
         "generation_prompt":"<think>","thinking_start_tag":"<think>",
         "thinking_end_tags":["</think>"],"reasoning_budget_tokens":5,
         "reasoning_budget_message":" Enough."})x",
    R"x({"generation_prompt":"<think>","thinking_start_tag":"<think>",
         "thinking_end_tags":["</think>"],"reasoning_budget_tokens":4})x",
    R"x({"ignore_eos":false})x",
};

void compare_samplers(comparison compared) {
    const char * prompt = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n"
                          "<|im_start|>assistant\n";
    std::vector<std::string> kinds;
    for (const char * kind :
        {
            R"({"temperature":0})",
            R"({"temperature":0.8})",
            R"({"temperature":1.5,"top_k":0})",
            R"({"temperature":1,"top_p":0.9,"top_k":0,"min_p":0})",
            R"({"temperature":1,"samplers":["temperature"]})",
            R"({"temperature":0.7,"dynatemp_range":0.5,"repeat_penalty":1.2,"dry_multiplier":0.8})",
            R"({"mirostat":2})",
            R"({"mirostat":1})",
            R"({"xtc_probability":0.5,"top_k":0})",
            R"({"top_n_sigma":1.0,"min_keep":3})",
            R"({"ignore_eos":true,"temperature":0})",
            R"({"temperature":0,"logit_bias":[[20,8],[21,null],["Paris",-5]]})",
        })
        kinds.push_back(kind);
    for (size_t i = 0; i < kinds.size(); i++) {
        for (size_t j = 0; j < schemas.size() + grammars.size(); j++) {
            common_json options = common_json::parse(kinds[i]);
            options["seed"] = 100 * i + j;
            const bool is_schema = j < schemas.size();
            options["grammar"] = is_schema ? json_schema_to_grammar(common_json::parse(schemas[j]))
                                           : grammars[j - schemas.size()];
            options["grammar_type"] = is_schema ? "output_format" : "user";
            // A token by name that does not begin its text ends llama-common's answer.
            if (options["grammar"].get<std::string>().find('<') != std::string::npos) continue;
            compared.run(prompt, options);
        }
        for (const char * rest : with_triggers) {
            std::string text = kinds[i];
            text.back() = ',';
            common_json options = common_json::parse(text + (rest + 1));
            options["seed"] = i;
            compared.run(prompt, options);
        }
    }
}

llama_model * load(const char * path, bool only_vocabulary) {
    llama_model_params params = llama_model_default_params();
    params.vocab_only = only_vocabulary;
    llama_model * model = llama_model_load_from_file(path, params);
    if (model == nullptr) throw std::runtime_error(std::string("cannot load ") + path);
    return model;
}

void sample_with(const char * path) {
    llama_model * model = load(path, false);
    llama_context_params params = llama_context_default_params();
    params.n_ctx = 512;
    params.n_threads = params.n_threads_batch = 1;
    llama_context * ctx = llama_init_from_model(model, params);
    compare_samplers({model, ctx});
    llama_free(ctx);
    llama_model_free(model);
}

void look_at(const char * path) {
    llama_model * model = load(path, true);
    const llama_vocab * vocab = llama_model_get_vocab(model);
    compare_refusals(vocab);
    check_limits(vocab);
    constexpr size_t much = 16 << 20;
    for (const auto & grammar : grammars) compare_places(vocab, grammar, 1, much);
    for (const auto & schema : schemas) {
        const auto grammar = json_schema_to_grammar(common_json::parse(schema));
        compare_places(vocab, grammar, 2, much);
        compare_places(vocab, grammar, 3, 1); // it forgets all at every step
    }
    llama_model_free(model);
}

} // namespace

int main(int argc, char ** argv) {
    llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
    const char * backends = getenv("HUTCH_LIBRARY_DIR");
    if (backends != nullptr) ggml_backend_load_all_from_path(backends);
    const bool samples = argc > 1 && strcmp(argv[1], "--sample") == 0;
    for (int i = samples ? 2 : 1; i < argc; i++) {
        if (samples) sample_with(argv[i]);
        else look_at(argv[i]);
    }
    if (!samples) check_patterns(check);
    printf("%d wrong of %d\n", n_failed, n_compared);
    return n_failed == 0 ? 0 : 1;
}
