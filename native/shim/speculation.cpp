// Guessing the next tokens, by llama-common: from the text so far, or with a draft model.
#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "../src/llama-ext.h" // llama_model_target_layer_ids
#include "ggml-cpp.h"
#include "gguf.h"
#include "hutch-shim.h"
#include "ngram-cache.h"
#include "shim-internal.h"
#include "speculative.h"

struct shim_speculation {
    // In this order: what comes later points into what comes before.
    llama_model_ptr model;
    llama_context_ptr draft;
    // The draft context's state cannot be cut, so it is put back after drafting.
    bool restores_state = false;
    common_params_speculative params;
    common_speculative_ptr speculative;
};

namespace {

using type_t = common_speculative_type;

// llama-server's limit for all sizes of n-grams.
constexpr int32_t n_ngram_max = 1024;
// llama-common counts the tokens that it accepts in 16 bits.
constexpr int32_t n_draft_max = UINT16_MAX - 1;

bool has_type(const common_params_speculative & p, type_t type) {
    return std::find(p.types.begin(), p.types.end(), type) != p.types.end();
}

bool drafts_blocks(const common_params_speculative & p) {
    return has_type(p, COMMON_SPECULATIVE_TYPE_DRAFT_DFLASH) ||
           has_type(p, COMMON_SPECULATIVE_TYPE_DRAFT_DSPARK);
}

void read_draft(common_params_speculative_draft & p, const common_json & o) {
    p.mparams.path = o.value("draft_model", "");
    p.n_max = shim::whole_number(o, "draft_n_max", p.n_max, 0, n_draft_max);
    p.n_min = shim::whole_number(o, "draft_n_min", p.n_min, 0, n_draft_max);
    p.p_min = shim::number(o, "draft_p_min", p.p_min);
    p.p_split = shim::number(o, "draft_p_split", p.p_split);
    p.cache_type_k = shim::kv_type_from_name(o.value("draft_type_k", "f16"));
    p.cache_type_v = shim::kv_type_from_name(o.value("draft_type_v", "f16"));
}

void read_ngrams(common_params_speculative & p, const common_json & o) {
    for (auto * map : {&p.ngram_simple, &p.ngram_map_k, &p.ngram_map_k4v}) {
        map->size_n = shim::whole_number(o, "ngram_size_n", map->size_n, 1, n_ngram_max);
        map->size_m = shim::whole_number(o, "ngram_size_m", map->size_m, 1, n_ngram_max);
        map->min_hits = shim::whole_number(o, "ngram_min_hits", map->min_hits, 1, UINT16_MAX);
    }
    auto & mod = p.ngram_mod;
    mod.n_match = shim::whole_number(o, "ngram_size_n", mod.n_match, 1, n_ngram_max);
    mod.n_max = shim::whole_number(o, "ngram_size_m", mod.n_max, 1, n_ngram_max);
    mod.n_match = shim::whole_number(o, "ngram_mod_n_match", mod.n_match, 1, n_ngram_max);
    mod.n_max = shim::whole_number(o, "ngram_mod_n_max", mod.n_max, 0, n_ngram_max);
    mod.n_min = shim::whole_number(o, "ngram_mod_n_min", mod.n_min, 0, n_ngram_max);
    p.ngram_cache.lookup_cache_static = o.value("lookup_cache_static", "");
    p.ngram_cache.lookup_cache_dynamic = o.value("lookup_cache_dynamic", "");
}

// What a draft model's file says that it is for. llama-common ends the process over a file without
// layers.
std::vector<type_t> types_of(const std::string & draft_model) {
    gguf_init_params no_data{true, nullptr};
    const gguf_context_ptr gguf(gguf_init_from_file(draft_model.c_str(), no_data));
    if (gguf == nullptr) throw std::runtime_error(draft_model + " is no GGUF file");
    const int64_t arch = gguf_find_key(gguf.get(), "general.architecture");
    const bool has_arch = arch >= 0 && gguf_get_kv_type(gguf.get(), arch) == GGUF_TYPE_STRING;
    const std::string n_layer_key =
        has_arch ? std::string(gguf_get_val_str(gguf.get(), arch)) + ".block_count" : "";
    const int64_t n_layer = gguf_find_key(gguf.get(), n_layer_key.c_str());
    if (n_layer < 0 || gguf_get_kv_type(gguf.get(), n_layer) != GGUF_TYPE_UINT32)
        throw std::runtime_error(draft_model + " is no model");
    return common_speculative_types_from_gguf(draft_model);
}

// A draft model alone is used as its file says, or else by plain drafting.
std::vector<type_t> default_types(const std::string & draft_model) {
    if (draft_model.empty()) return {COMMON_SPECULATIVE_TYPE_NONE};
    auto types = types_of(draft_model);
    if (types.empty()) types = {COMMON_SPECULATIVE_TYPE_DRAFT_SIMPLE};
    return types;
}

common_params_speculative params_from_json(const common_json & o) {
    common_params_speculative p;
    read_draft(p.draft, o);
    read_ngrams(p, o);
    p.synth_len = shim::number(o, "synth_len", p.synth_len);
    if (o.contains("synth_rates")) {
        for (const auto & rate : o.at("synth_rates")) p.synth_rates.push_back(rate.get<double>());
    }
    if (o.contains("types")) {
        p.types =
            common_speculative_types_from_names(o.at("types").get<std::vector<std::string>>());
    } else {
        p.types = default_types(p.draft.mparams.path);
    }
    return p;
}

// llama-common ends the process over a type whose model is made for something else, and leaves out
// one without a model in silence.
void check_draft_model(const common_params_speculative & p) {
    for (const type_t type :
         {COMMON_SPECULATIVE_TYPE_DRAFT_SIMPLE, COMMON_SPECULATIVE_TYPE_DRAFT_EAGLE3,
          COMMON_SPECULATIVE_TYPE_DRAFT_DFLASH, COMMON_SPECULATIVE_TYPE_DRAFT_DSPARK}) {
        if (!has_type(p, type) || p.has_dft()) continue;
        throw std::invalid_argument(
            common_speculative_type_to_str(type) + " wants a draft model");
    }
    for (const type_t type :
         {COMMON_SPECULATIVE_TYPE_DRAFT_DFLASH, COMMON_SPECULATIVE_TYPE_DRAFT_DSPARK}) {
        if (!has_type(p, type)) continue;
        const auto types = types_of(p.draft.mparams.path);
        if (std::find(types.begin(), types.end(), type) != types.end()) continue;
        throw std::invalid_argument(
            p.draft.mparams.path + " is no model for " + common_speculative_type_to_str(type));
    }
}

// Such a file is a row of n-grams, each with a number of tokens that follow it and, for each of
// them, how often.
bool is_cache_file(const std::string & path, int32_t n_vocab) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return false;
    common_ngram ngram;
    while (file.read(reinterpret_cast<char *>(&ngram), sizeof(ngram))) {
        int32_t n_tokens = 0;
        if (!file.read(reinterpret_cast<char *>(&n_tokens), sizeof(n_tokens)) || n_tokens < 1)
            return false;
        for (int32_t i = 0; i < n_tokens; i++) {
            int32_t follower[2]; // token, count
            if (!file.read(reinterpret_cast<char *>(follower), sizeof(follower))) return false;
            if (follower[0] < 0 || follower[0] >= n_vocab || follower[1] < 1) return false;
        }
    }
    return file.eof() && file.gcount() == 0;
}

// llama-common ends the process over a cache file that it cannot read.
void check_cache_files(const common_params_speculative & p, const llama_context * target) {
    if (!has_type(p, COMMON_SPECULATIVE_TYPE_NGRAM_CACHE)) return;
    const int32_t n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(target)));
    const auto & files = p.ngram_cache;
    for (const std::string & path : {files.lookup_cache_static, files.lookup_cache_dynamic}) {
        if (path.empty() || is_cache_file(path, n_vocab)) continue;
        throw std::runtime_error(path + " is no lookup cache for this model");
    }
}

// The draft context follows the target's: as many cells, rows, sequences and, unless the options
// say otherwise, threads.
common_json draft_context_options(const common_json & given, llama_context * target) {
    common_json o = given;
    if (!o.contains("n_threads")) o["n_threads"] = llama_n_threads(target);
    if (!o.contains("n_threads_batch")) o["n_threads_batch"] = llama_n_threads_batch(target);
    o["n_ctx"] = llama_n_ctx(target);
    o["n_batch"] = llama_n_batch(target);
    o["n_ubatch"] = llama_n_ubatch(target);
    o["n_seq_max"] = llama_n_seq_max(target);
    o["kv_unified"] = true;
    o["swa_full"] = true;
    return o;
}

// Backend samplers of a block drafter take all rows of a block at once, anything else one.
void set_outputs(llama_context_params & p, const common_params_speculative & speculative) {
    const uint32_t n_per_sequence = drafts_blocks(speculative) ? 1 + speculative.draft.n_max : 1;
    p.n_outputs_max_per_seq = n_per_sequence;
    p.n_outputs_max = p.n_seq_max * n_per_sequence;
}

void load_draft(shim_speculation & s, const common_json & o, llama_context * target) {
    common_params_speculative & p = s.params;
    const bool is_mtp = has_type(p, COMMON_SPECULATIVE_TYPE_DRAFT_MTP);
    if (!p.has_dft() && !is_mtp) return;
    const llama_model * model = llama_get_model(target);
    shim::clear_log();
    if (p.has_dft()) {
        const std::string & path = p.draft.mparams.path;
        common_json model_options = o.value("model", common_json::object());
        model_options["load_mtp"] = is_mtp;
        shim::model_options options(model_options);
        s.model.reset(shim::load_model(path.c_str(), options));
        if (s.model == nullptr)
            throw std::runtime_error(shim::with_log("llama.cpp cannot load " + path));
        model = s.model.get();
    }
    if (is_mtp && !shim::has_mtp_layers(model)) {
        throw std::invalid_argument(
            "draft-mtp wants a model with layers that predict several tokens (nextn), and that it "
            "is loaded with load_mtp");
    }
    const common_json given = o.value("context", common_json::object());
    llama_context_params params = shim::context_params(draft_context_options(given, target));
    if (is_mtp) params.ctx_type = LLAMA_CONTEXT_TYPE_MTP;
    params.type_k = p.draft.cache_type_k;
    params.type_v = p.draft.cache_type_v;
    params.ctx_other = target;
    set_outputs(params, p);
    s.draft.reset(llama_init_from_model(const_cast<llama_model *>(model), params));
    if (s.draft == nullptr)
        throw std::runtime_error(shim::with_log("llama.cpp cannot make a context to draft with"));
    const auto cuts = common_context_can_seq_rm(s.draft.get());
    s.restores_state = cuts == COMMON_CONTEXT_SEQ_RM_TYPE_FULL;
    p.draft.ctx_tgt = target;
    p.draft.ctx_dft = s.draft.get();
}

// llama-common ends the process over a draft model that was made for another one.
void check_fit(
    const common_params_speculative & p, const llama_context * target,
    const llama_context * draft) {
    if (draft == nullptr) return;
    const llama_model * of = llama_get_model(target);
    const llama_model * model = llama_get_model(draft);
    bool fits = !has_type(p, COMMON_SPECULATIVE_TYPE_DRAFT_MTP) ||
                llama_model_n_embd_out(model) == llama_model_n_embd_out(of);
    const uint32_t n_layers = llama_model_target_layer_ids_n(model);
    if (drafts_blocks(p)) {
        fits = fits && n_layers > 0 && llama_model_n_embd(model) == llama_model_n_embd(of);
    }
    char width[16];
    if (llama_model_meta_val_str(model, "eagle3.target_hidden_size", width, sizeof(width)) > 0)
        fits = fits && width == std::to_string(llama_model_n_embd(of));
    for (uint32_t i = 0; i < n_layers; i++) {
        const int32_t layer = llama_model_target_layer_ids(model)[i];
        fits = fits && layer >= 0 && layer <= llama_model_n_layer(of);
    }
    if (!fits) throw std::invalid_argument(p.draft.mparams.path + " drafts for another model");
}

// Makes the draft context's cells of a sequence end before `pos`. It may lag behind the target, of
// whose pictures and restored slots it knows nothing; then it starts anew, as a gap is refused.
void cut_draft(const shim_speculation & s, llama_seq_id seq_id, llama_pos pos) {
    const llama_memory_t memory = llama_get_memory(s.draft.get());
    const llama_pos last = llama_memory_seq_pos_max(memory, seq_id);
    if (last < 0 || last == pos - 1) return;
    if (last < pos || !llama_memory_seq_rm(memory, seq_id, pos, -1))
        llama_memory_seq_rm(memory, seq_id, -1, -1);
}

} // namespace

extern "C" {

char * shim_speculation_describe(const char * options) {
    return shim::guarded<char *>(nullptr, [&] {
        const auto p = params_from_json(common_json::parse(options));
        common_json o = common_json::object();
        o["types"] = common_speculative_type_name_str(p.types);
        o["n_max"] = common_speculative_n_max(&p);
        return shim::copy_text(o.dump_safe());
    });
}

struct shim_speculation * shim_speculation_init(
    struct llama_context * target, const char * options) {
    return shim::guarded<shim_speculation *>(nullptr, [&] {
        const common_json o = common_json::parse(options);
        auto s = std::make_unique<shim_speculation>();
        s->params = params_from_json(o);
        check_cache_files(s->params, target);
        check_draft_model(s->params);
        load_draft(*s, o, target);
        check_fit(s->params, target, s->draft.get());
        s->speculative.reset(common_speculative_init(s->params, llama_n_seq_max(target)));
        if (s->speculative == nullptr)
            throw std::invalid_argument("no type of speculation is chosen, or none can be used");
        return s.release();
    });
}

void shim_speculation_free(struct shim_speculation * speculation) { delete speculation; }

int32_t shim_speculation_n_max(const struct shim_speculation * speculation) {
    return common_speculative_n_max(speculation->speculative.get());
}

struct llama_context * shim_speculation_draft_context(struct shim_speculation * speculation) {
    return speculation->draft.get();
}

double shim_speculation_synth_probability(
    const struct shim_speculation * speculation, int32_t index) {
    const auto & synthetic = common_speculative_get_synth_probs(speculation->speculative.get());
    return index >= 0 && static_cast<size_t>(index) < synthetic.size() ? synthetic[index] : -1.0;
}

int32_t shim_speculation_begin(
    struct shim_speculation * speculation, int32_t seq_id, const int32_t * tokens,
    int32_t n_tokens) {
    return shim::guarded<int32_t>(-1, [&] {
        common_speculative_begin(
            speculation->speculative.get(), seq_id, llama_tokens(tokens, tokens + n_tokens));
        return 0;
    });
}

int32_t shim_speculation_process(
    struct shim_speculation * speculation, int32_t n_tokens, const int32_t * token,
    const int32_t * pos, const int32_t * seq_id, const int8_t * output) {
    return shim::guarded<int32_t>(-1, [&] {
        std::vector<llama_seq_id> seen;
        for (int32_t i = 0; speculation->draft != nullptr && i < n_tokens; i++) {
            if (std::find(seen.begin(), seen.end(), seq_id[i]) != seen.end()) continue;
            seen.push_back(seq_id[i]);
            cut_draft(*speculation, seq_id[i], pos[i]);
        }
        shim::clear_log();
        const llama_batch batch = shim::batch_over(n_tokens, token, pos, seq_id, output);
        if (!common_speculative_process(speculation->speculative.get(), batch))
            throw std::runtime_error(shim::with_log("the draft model cannot follow"));
        return 0;
    });
}

int32_t shim_speculation_draft(
    struct shim_speculation * speculation, int32_t n_requests, const int32_t * seq_id,
    const int32_t * position, const int32_t * last_token, const int32_t * n_max,
    const int32_t * n_prompt, const int32_t * prompts, int32_t * drafted, int32_t stride,
    int32_t * n_drafted) {
    return shim::guarded<int32_t>(-1, [&] {
        common_speculative * spec = speculation->speculative.get();
        llama_context * draft = speculation->draft.get();
        std::vector<llama_tokens> prompt(n_requests), result(n_requests);
        std::vector<common_prompt_checkpoint> saved(n_requests);
        for (int32_t i = 0; i < n_requests; i++) {
            prompt[i].assign(prompts, prompts + n_prompt[i]);
            prompts += n_prompt[i];
            n_drafted[i] = 0;
            if (n_max[i] <= 0) continue;
            if (draft != nullptr) cut_draft(*speculation, seq_id[i], position[i]);
            if (speculation->restores_state)
                saved[i].update_dft(draft, seq_id[i], LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY);
            common_speculative_get_draft_params(spec, seq_id[i]) = {
                true, std::min(n_max[i], stride), position[i], last_token[i], &prompt[i],
                &result[i]};
        }
        common_speculative_draft(spec);
        for (int32_t i = 0; i < n_requests; i++) {
            common_speculative_get_draft_params(spec, seq_id[i]) = {};
            if (draft != nullptr && n_max[i] > 0) {
                if (speculation->restores_state)
                    saved[i].load_dft(draft, seq_id[i], LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY);
                cut_draft(*speculation, seq_id[i], position[i]);
            }
            n_drafted[i] = std::min(static_cast<int32_t>(result[i].size()), stride);
            std::copy_n(result[i].begin(), n_drafted[i], drafted + i * stride);
        }
        return 0;
    });
}

int32_t shim_speculation_accept(
    struct shim_speculation * speculation, int32_t seq_id, int32_t n_accepted) {
    return shim::guarded<int32_t>(-1, [&] {
        common_speculative_accept(
            speculation->speculative.get(), seq_id, static_cast<uint16_t>(n_accepted));
        return 0;
    });
}

} // extern "C"
