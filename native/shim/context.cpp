// Contexts: llama_context_params from JSON, decode and encode.
#include <algorithm>
#include <stdexcept>
#include <vector>

#include "hutch-shim.h"
#include "shim-internal.h"

namespace {

// What llama-server takes for --cache-type-k and -v.
constexpr ggml_type kv_types[] = {GGML_TYPE_F32,    GGML_TYPE_F16,  GGML_TYPE_BF16,
                                  GGML_TYPE_Q8_0,   GGML_TYPE_Q4_0, GGML_TYPE_Q4_1,
                                  GGML_TYPE_IQ4_NL, GGML_TYPE_Q5_0, GGML_TYPE_Q5_1};

llama_flash_attn_type flash_attn_from_name(const std::string & name) {
    if (name == "auto") return LLAMA_FLASH_ATTN_TYPE_AUTO;
    if (name == "on") return LLAMA_FLASH_ATTN_TYPE_ENABLED;
    if (name == "off") return LLAMA_FLASH_ATTN_TYPE_DISABLED;
    throw std::invalid_argument(
        "flash_attn must be \"on\", \"off\" or \"auto\", not \"" + name + "\"");
}

llama_rope_scaling_type rope_scaling_from_name(const std::string & name) {
    if (name == "none") return LLAMA_ROPE_SCALING_TYPE_NONE;
    if (name == "linear") return LLAMA_ROPE_SCALING_TYPE_LINEAR;
    if (name == "yarn") return LLAMA_ROPE_SCALING_TYPE_YARN;
    throw std::invalid_argument(
        "rope_scaling must be \"none\", \"linear\" or \"yarn\", not \"" + name + "\"");
}

enum llama_pooling_type pooling_from_name(const std::string & name) {
    if (name == "none") return LLAMA_POOLING_TYPE_NONE;
    if (name == "mean") return LLAMA_POOLING_TYPE_MEAN;
    if (name == "cls") return LLAMA_POOLING_TYPE_CLS;
    if (name == "last") return LLAMA_POOLING_TYPE_LAST;
    if (name == "rank") return LLAMA_POOLING_TYPE_RANK;
    throw std::invalid_argument(
        "pooling must be \"none\", \"mean\", \"cls\", \"last\" or \"rank\", not \"" + name + "\"");
}

void read_rope(llama_context_params & p, const common_json & o) {
    if (o.contains("rope_scaling")) {
        p.rope_scaling_type = rope_scaling_from_name(o.at("rope_scaling").get<std::string>());
    }
    p.rope_freq_base = shim::number(o, "rope_freq_base", p.rope_freq_base, 0.0);
    p.rope_freq_scale = shim::number(o, "rope_freq_scale", p.rope_freq_scale, 0.0);
    p.yarn_orig_ctx = shim::whole_number(o, "yarn_orig_ctx", p.yarn_orig_ctx);
    p.yarn_ext_factor = shim::number(o, "yarn_ext_factor", p.yarn_ext_factor);
    p.yarn_attn_factor = shim::number(o, "yarn_attn_factor", p.yarn_attn_factor);
    p.yarn_beta_fast = shim::number(o, "yarn_beta_fast", p.yarn_beta_fast);
    p.yarn_beta_slow = shim::number(o, "yarn_beta_slow", p.yarn_beta_slow);
}

// llama.cpp ends the process over such a context.
void check_outputs(const llama_model * model, const llama_context_params & p) {
    const uint32_t n_ctx = p.n_ctx > 0 ? p.n_ctx : llama_model_n_ctx_train(model);
    const bool has_encoder = llama_model_has_encoder(model);
    const uint32_t n_batch = has_encoder ? p.n_batch : std::min(p.n_batch, n_ctx);
    const uint32_t n_outputs_max =
        p.n_outputs_max == 0 || has_encoder ? n_batch : p.n_outputs_max;
    if (n_outputs_max >= p.n_seq_max) return;
    throw std::invalid_argument(
        "a step has room for " + std::to_string(n_outputs_max) + " outputs, which is too few for " +
        std::to_string(p.n_seq_max) + " sequences");
}

// Bytes that llama.cpp takes to keep account of one cell, whatever it holds: position, sequences.
constexpr uint64_t cell_bytes = 64;

// Where memory is promised before there is any, a cache that is far too large ends the process when
// it is cleared.
void check_memory(const llama_context_params & p) {
    uint64_t n_bytes = 0;
    for (size_t i = 0; i < ggml_backend_dev_count(); i++) {
        size_t n_free = 0, n_total = 0;
        ggml_backend_dev_memory(ggml_backend_dev_get(i), &n_free, &n_total);
        n_bytes += n_total;
    }
    if (p.n_ctx <= n_bytes / cell_bytes) return;
    throw std::invalid_argument(
        "n_ctx " + std::to_string(p.n_ctx) + " is more than the memory of this machine holds");
}

// One run over BOS and EOS, whatever of them there is.
void run_empty(llama_context * ctx, const llama_model * model) {
    const llama_vocab * vocab = llama_model_get_vocab(model);
    std::vector<llama_token> tokens;
    for (const llama_token token : {llama_vocab_bos(vocab), llama_vocab_eos(vocab)}) {
        if (token != LLAMA_TOKEN_NULL) tokens.push_back(token);
    }
    if (tokens.empty()) tokens.push_back(0);
    tokens.resize(std::min<size_t>(tokens.size(), llama_n_ubatch(ctx)));
    const auto n_tokens = [&] { return static_cast<int32_t>(tokens.size()); };
    if (llama_model_has_encoder(model)) {
        llama_encode(ctx, llama_batch_get_one(tokens.data(), n_tokens()));
        const llama_token start = llama_model_decoder_start_token(model);
        tokens = {start == LLAMA_TOKEN_NULL ? tokens.front() : start};
    }
    if (llama_model_has_decoder(model)) {
        llama_decode(ctx, llama_batch_get_one(tokens.data(), n_tokens()));
    }
    llama_memory_clear(llama_get_memory(ctx), true);
    llama_synchronize(ctx);
}

// llama.cpp ends the process over a step that is too large for its context.
void check_size(const llama_context * ctx, int32_t n_tokens, bool encodes) {
    // What is encoded is not divided, as all of it is seen at once.
    const bool is_whole = encodes || llama_get_memory(ctx) == nullptr;
    const uint32_t n_max = is_whole ? llama_n_ubatch(ctx) : llama_n_batch(ctx);
    if (static_cast<uint32_t>(n_tokens) <= n_max) return;
    throw std::invalid_argument(
        "a step of " + std::to_string(n_tokens) + " rows is too large, at most " +
        std::to_string(n_max) + " are possible");
}

} // namespace

namespace shim {

int32_t thread_count(const common_json & options, const char * key, int32_t otherwise) {
    const int32_t n = whole_number(options, key, 0, 0, GGML_MAX_N_THREADS);
    return n == 0 ? otherwise : n;
}

ggml_type kv_type_from_name(const std::string & name) {
    std::string known;
    for (const ggml_type type : kv_types) {
        if (name == ggml_type_name(type)) return type;
        known += std::string(known.empty() ? "" : ", ") + ggml_type_name(type);
    }
    throw std::invalid_argument(
        "unknown KV cache type \"" + name + "\"; there is " + known);
}

llama_context_params context_params(const common_json & o) {
    llama_context_params p = llama_context_default_params();
    p.n_ctx = whole_number(o, "n_ctx", p.n_ctx);
    p.n_batch = whole_number(o, "n_batch", p.n_batch, 1);
    p.n_ubatch = whole_number(o, "n_ubatch", p.n_ubatch, 1);
    p.n_seq_max = whole_number(o, "n_seq_max", p.n_seq_max, 1);
    p.n_rs_seq = whole_number(o, "n_rs_seq", p.n_rs_seq);
    p.n_outputs_max = whole_number(o, "n_outputs_max", p.n_outputs_max);
    p.n_outputs_max_per_seq = whole_number(o, "n_outputs_max_per_seq", p.n_outputs_max_per_seq);
    p.n_threads = thread_count(o, "n_threads", common_cpu_get_num_math());
    p.n_threads_batch = thread_count(o, "n_threads_batch", p.n_threads);
    p.kv_unified = o.value("kv_unified", p.kv_unified);
    p.swa_full = o.value("swa_full", p.swa_full);
    p.offload_kqv = o.value("offload_kqv", p.offload_kqv);
    p.op_offload = o.value("op_offload", p.op_offload);
    p.embeddings = o.value("embeddings", p.embeddings);
    p.flash_attn_type = flash_attn_from_name(o.value("flash_attn", "auto"));
    p.type_k = kv_type_from_name(o.value("type_k", "f16"));
    p.type_v = kv_type_from_name(o.value("type_v", "f16"));
    if (o.contains("pooling")) {
        p.pooling_type = pooling_from_name(o.at("pooling").get<std::string>());
    }
    read_rope(p, o);
    return p;
}

llama_batch batch_over(
    int32_t n_tokens, const int32_t * token, const int32_t * pos, const int32_t * seq_id,
    const int8_t * output) {
    // llama_batch allows several sequences per row, hence an array of pointers. Ours have one.
    static thread_local std::vector<int32_t> n_seq_id;
    static thread_local std::vector<llama_seq_id *> seq_ids;
    n_seq_id.resize(n_tokens, 1);
    seq_ids.resize(n_tokens);
    for (int32_t i = 0; i < n_tokens; i++) seq_ids[i] = const_cast<llama_seq_id *>(seq_id + i);
    llama_batch batch{};
    batch.n_tokens = n_tokens;
    batch.token = const_cast<llama_token *>(token);
    batch.pos = const_cast<llama_pos *>(pos);
    batch.n_seq_id = n_seq_id.data();
    batch.seq_id = seq_ids.data();
    batch.logits = const_cast<int8_t *>(output);
    return batch;
}

} // namespace shim

extern "C" {

struct llama_context * shim_context_init(struct llama_model * model, const char * options) {
    return shim::guarded<llama_context *>(nullptr, [&] {
        const llama_context_params p = shim::context_params(common_json::parse(options));
        check_outputs(model, p);
        check_memory(p);
        shim::clear_log();
        llama_context * ctx = llama_init_from_model(model, p);
        if (ctx == nullptr)
            throw std::runtime_error(shim::with_log("llama.cpp cannot make a context"));
        return ctx;
    });
}

int32_t shim_decode(
    struct llama_context * ctx, int32_t n_tokens, const int32_t * token, const int32_t * pos,
    const int32_t * seq_id, const int8_t * output) {
    return shim::guarded<int32_t>(-100, [&] {
        check_size(ctx, n_tokens, false);
        const llama_batch batch = shim::batch_over(n_tokens, token, pos, seq_id, output);
        shim::clear_log();
        const int32_t code = llama_decode(ctx, batch);
        if (code < 0)
            shim::set_error(shim::with_log("llama_decode returned " + std::to_string(code)));
        return code;
    });
}

int32_t shim_encode(
    struct llama_context * ctx, int32_t n_tokens, const int32_t * token, const int32_t * pos,
    const int32_t * seq_id, const int8_t * output) {
    return shim::guarded<int32_t>(-100, [&] {
        check_size(ctx, n_tokens, true);
        const llama_batch batch = shim::batch_over(n_tokens, token, pos, seq_id, output);
        shim::clear_log();
        const int32_t code = llama_encode(ctx, batch);
        if (code != 0)
            shim::set_error(shim::with_log("llama_encode returned " + std::to_string(code)));
        return code;
    });
}

int32_t shim_warmup(struct llama_context * ctx) {
    return shim::guarded<int32_t>(-1, [&] {
        run_empty(ctx, llama_get_model(ctx));
        return 0;
    });
}

} // extern "C"
