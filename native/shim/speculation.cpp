// Guessing the next tokens, by llama-common: from the text so far, or with a draft model.
#include <algorithm>
#include <stdexcept>

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

bool has_type(const common_params_speculative & p, type_t type) {
    return std::find(p.types.begin(), p.types.end(), type) != p.types.end();
}

void read_draft(common_params_speculative_draft & p, const common_json & o) {
    p.mparams.path = o.value("draft_model", "");
    p.n_max = o.value("draft_n_max", p.n_max);
    p.n_min = o.value("draft_n_min", p.n_min);
    p.p_min = o.value("draft_p_min", p.p_min);
    p.p_split = o.value("draft_p_split", p.p_split);
    p.cache_type_k = shim::kv_type_from_name(o.value("draft_type_k", "f16"));
    p.cache_type_v = shim::kv_type_from_name(o.value("draft_type_v", "f16"));
}

// llama-server's range for all of them.
uint16_t ngram_option(const common_json & o, const char * key, uint16_t otherwise) {
    const int32_t value = o.value(key, static_cast<int32_t>(otherwise));
    if (value < 1 || value > 1024) {
        throw std::invalid_argument(std::string(key) + " must be between 1 and 1024");
    }
    return static_cast<uint16_t>(value);
}

void read_ngrams(common_params_speculative & p, const common_json & o) {
    for (auto * map : {&p.ngram_simple, &p.ngram_map_k, &p.ngram_map_k4v}) {
        map->size_n = ngram_option(o, "ngram_size_n", map->size_n);
        map->size_m = ngram_option(o, "ngram_size_m", map->size_m);
        map->min_hits = ngram_option(o, "ngram_min_hits", map->min_hits);
    }
    p.ngram_mod.n_match = o.value("ngram_size_n", p.ngram_mod.n_match);
    p.ngram_mod.n_max = o.value("ngram_size_m", p.ngram_mod.n_max);
    p.ngram_mod.n_min = std::min(p.ngram_mod.n_min, p.ngram_mod.n_max);
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
    p.synth_len = o.value("synth_len", p.synth_len);
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

// llama-common ends the process over such a type without a model that is made for it.
void check_draft_model(const common_params_speculative & p) {
    for (const type_t type :
         {COMMON_SPECULATIVE_TYPE_DRAFT_DFLASH, COMMON_SPECULATIVE_TYPE_DRAFT_DSPARK}) {
        if (!has_type(p, type) || p.draft.mparams.path.empty()) continue;
        const auto types = types_of(p.draft.mparams.path);
        if (std::find(types.begin(), types.end(), type) != types.end()) continue;
        throw std::invalid_argument(
            p.draft.mparams.path + " is no model for " + common_speculative_type_to_str(type));
    }
}

// llama-common ends the process over a cache file that it cannot read.
void check_cache_files(const common_params_speculative & p) {
    if (!has_type(p, COMMON_SPECULATIVE_TYPE_NGRAM_CACHE)) return;
    const auto & files = p.ngram_cache;
    for (const std::string * path : {&files.lookup_cache_static, &files.lookup_cache_dynamic}) {
        if (path->empty()) continue;
        try {
            common_ngram_cache_load(*path);
        } catch (const std::exception &) {
            throw std::runtime_error("cannot read the lookup cache " + *path);
        }
    }
}

// The draft context follows the target's: as many cells, rows, sequences and, unless the options
// say otherwise, threads.
common_json draft_context_options(const common_json & given, llama_context * target) {
    common_json o = given;
    if (!o.contains("n_threads")) {
        o["n_threads"] = llama_n_threads(target);
        o["n_threads_batch"] = llama_n_threads_batch(target);
    }
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
    const bool drafts_blocks = has_type(speculative, COMMON_SPECULATIVE_TYPE_DRAFT_DFLASH) ||
                               has_type(speculative, COMMON_SPECULATIVE_TYPE_DRAFT_DSPARK);
    const uint32_t n_per_sequence = drafts_blocks ? 1 + std::max(0, speculative.draft.n_max) : 1;
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
        s.model.reset(llama_model_load_from_file(path.c_str(), options.params));
        if (s.model == nullptr)
            throw std::runtime_error(shim::with_log("llama.cpp cannot load " + path));
        model = s.model.get();
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
        check_cache_files(s->params);
        check_draft_model(s->params);
        load_draft(*s, o, target);
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
