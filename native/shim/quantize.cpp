// Writing models with other types of numbers.
#include <atomic>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "hutch-shim.h"
#include "shim-internal.h"

struct shim_quantization {
    std::string source;
    std::string target;
    llama_model_quantize_params params = llama_model_quantize_default_params();
    std::atomic<int32_t> n_done{0};
    std::atomic<int32_t> n_tensors{0};
    std::atomic<bool> has_ended{false};
    std::string error; // written before has_ended is set, read after
    ggml_log_callback log = nullptr;
    void * log_data = nullptr;
    std::thread thread;
};

namespace {

// llama.cpp says how far it is in its log only: "[  12/ 291] blk.1.attn_k.weight - …" as it begins
// with a tensor.
void on_log(ggml_log_level level, const char * text, void * user_data) {
    auto * q = static_cast<shim_quantization *>(user_data);
    int32_t index = 0;
    int32_t n = 0;
    if (sscanf(text, "[%d/%d]", &index, &n) == 2) {
        q->n_done = index - 1;
        q->n_tensors = n;
    }
    if (q->log != nullptr) q->log(level, text, q->log_data);
}

void run(shim_quantization & q) {
    llama_log_get(&q.log, &q.log_data);
    llama_log_set(on_log, &q);
    shim::clear_log();
    const uint32_t code = llama_model_quantize(q.source.c_str(), q.target.c_str(), &q.params);
    llama_log_set(q.log, q.log_data);
    if (code != 0) q.error = shim::with_log("llama.cpp cannot use the model");
    else q.n_done = q.n_tensors.load();
    q.has_ended = true;
}

} // namespace

extern "C" {

struct shim_quantization * shim_quantize_start(
    const char * source, const char * target, const char * options) {
    return shim::guarded<shim_quantization *>(nullptr, [&] {
        const common_json o = common_json::parse(options);
        auto q = std::make_unique<shim_quantization>();
        q->source = source;
        q->target = target;
        q->params.only_copy = !o.contains("type");
        if (o.contains("type")) {
            q->params.ftype = static_cast<llama_ftype>(shim::whole_number(o, "type", 0));
        }
        q->params.dry_run = o.value("dry_run", false);
        q->params.nthread = shim::whole_number(o, "n_threads", 0);
        q->thread = std::thread([q = q.get()] { run(*q); });
        return q.release();
    });
}

int32_t shim_quantize_poll(struct shim_quantization * quantization, int32_t * progress) {
    return shim::guarded<int32_t>(-1, [&] {
        const bool has_ended = quantization->has_ended;
        progress[0] = quantization->n_done;
        progress[1] = quantization->n_tensors;
        if (has_ended && !quantization->error.empty()) {
            throw std::runtime_error(quantization->error);
        }
        return has_ended ? 1 : 0;
    });
}

void shim_quantize_free(struct shim_quantization * quantization) {
    if (quantization == nullptr) return;
    quantization->thread.join();
    delete quantization;
}

} // extern "C"
