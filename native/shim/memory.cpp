// What a loaded model takes, by kind of memory.
#include "../src/llama-ext.h" // llama_get_memory_breakdown
#include "ggml-backend.h"
#include "hutch-shim.h"
#include "shim-internal.h"

namespace {

// Not all of a CPU's memory is for others to look into: it has tensors in an order of its own.
bool is_on_gpu(ggml_backend_buffer_type_t type) {
    const ggml_backend_dev_t device = ggml_backend_buft_get_device(type);
    if (device == nullptr || ggml_backend_buft_is_host(type)) return false;
    const auto kind = ggml_backend_dev_type(device);
    return kind == GGML_BACKEND_DEVICE_TYPE_GPU || kind == GGML_BACKEND_DEVICE_TYPE_IGPU;
}

} // namespace

char * shim_memory(const llama_context * ctx) {
    return shim::guarded<char *>(nullptr, [&] {
        common_json buffers = common_json::array();
        for (const auto & [type, bytes] : llama_get_memory_breakdown(ctx)) {
            buffers.push_back({
                {"name", ggml_backend_buft_name(type)},
                {"gpu", is_on_gpu(type)},
                {"model", bytes.model},
                {"context", bytes.context},
                {"compute", bytes.compute},
            });
        }
        return shim::copy_text(buffers.dump());
    });
}
