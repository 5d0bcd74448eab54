// Models, contexts and decode.
#include <stdexcept>
#include <vector>

#include "hutch-shim.h"
#include "shim-internal.h"

namespace {

ggml_type kv_type_from_name(const std::string & name) {
    for (int i = 0; i < GGML_TYPE_COUNT; i++) {
        const ggml_type type = static_cast<ggml_type>(i);
        const char * type_name = ggml_type_name(type);
        if (type_name != nullptr && name == type_name) return type;
    }
    throw std::invalid_argument("unknown KV cache type \"" + name + "\"");
}

llama_flash_attn_type flash_attn_from_name(const std::string & name) {
    if (name == "auto") return LLAMA_FLASH_ATTN_TYPE_AUTO;
    if (name == "on") return LLAMA_FLASH_ATTN_TYPE_ENABLED;
    if (name == "off") return LLAMA_FLASH_ATTN_TYPE_DISABLED;
    throw std::invalid_argument(
        "flash_attn must be \"on\", \"off\" or \"auto\", not \"" + name + "\"");
}

llama_context_params context_params(const common_json & o) {
    llama_context_params p = llama_context_default_params();
    p.n_ctx = o.value("n_ctx", p.n_ctx);
    p.n_batch = o.value("n_batch", p.n_batch);
    p.n_ubatch = o.value("n_ubatch", p.n_ubatch);
    p.n_seq_max = o.value("n_seq_max", p.n_seq_max);
    p.n_outputs_max = o.value("n_outputs_max", p.n_outputs_max);
    p.n_threads = o.value("n_threads", 0);
    p.n_threads_batch = o.value("n_threads_batch", 0);
    if (p.n_threads <= 0) p.n_threads = common_cpu_get_num_math();
    if (p.n_threads_batch <= 0) p.n_threads_batch = p.n_threads;
    p.kv_unified = o.value("kv_unified", p.kv_unified);
    p.swa_full = o.value("swa_full", p.swa_full);
    p.offload_kqv = o.value("offload_kqv", p.offload_kqv);
    p.embeddings = o.value("embeddings", p.embeddings);
    p.flash_attn_type = flash_attn_from_name(o.value("flash_attn", "auto"));
    p.type_k = kv_type_from_name(o.value("type_k", "f16"));
    p.type_v = kv_type_from_name(o.value("type_v", "f16"));
    return p;
}

} // namespace

extern "C" {

struct llama_model * shim_model_load(
    const char * path, const char * options, bool (*progress)(float fraction, void * user_data),
    void * user_data) {
    return shim::guarded<llama_model *>(nullptr, [&] {
        const common_json o = common_json::parse(options);
        llama_model_params p = llama_model_default_params();
        p.n_gpu_layers = o.value("n_gpu_layers", p.n_gpu_layers);
        p.vocab_only = o.value("vocab_only", p.vocab_only);
        p.check_tensors = o.value("check_tensors", p.check_tensors);
        p.use_extra_bufts = o.value("use_extra_bufts", p.use_extra_bufts);
        if (o.contains("load_mode")) {
            p.load_mode = llama_load_mode_from_str(o.at("load_mode").get<std::string>().c_str());
        }
        p.progress_callback = progress;
        p.progress_callback_user_data = user_data;
        shim::clear_log();
        llama_model * model = llama_model_load_from_file(path, p);
        if (model == nullptr)
            throw std::runtime_error(shim::with_log("llama.cpp cannot load the model"));
        return model;
    });
}

struct llama_context * shim_context_init(struct llama_model * model, const char * options) {
    return shim::guarded<llama_context *>(nullptr, [&] {
        const llama_context_params p = context_params(common_json::parse(options));
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
        shim::clear_log();
        const int32_t code = llama_decode(ctx, batch);
        if (code < 0)
            shim::set_error(shim::with_log("llama_decode returned " + std::to_string(code)));
        return code;
    });
}

} // extern "C"
