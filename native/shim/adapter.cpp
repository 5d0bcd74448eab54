// LoRA adapters and control vectors.
#include <algorithm>
#include <stdexcept>
#include <vector>

#include "hutch-shim.h"
#include "shim-internal.h"

namespace {

using sources_t = std::vector<common_control_vector_load_info>;

// llama-common logs what is wrong with a file and returns nothing of it, so each is read by itself
// to name the one that is wrong.
void check_control_vectors(const sources_t & sources, int32_t n_embd) {
    for (const auto & source : sources) {
        const auto vector = common_control_vector_load({source});
        if (vector.n_embd == -1) {
            throw std::runtime_error(source.fname + " is not a control vector");
        }
        if (vector.n_embd != n_embd) {
            throw std::runtime_error(
                source.fname + " is a control vector for a width of " +
                std::to_string(vector.n_embd) + ", the model's is " + std::to_string(n_embd));
        }
    }
}

} // namespace

extern "C" {

struct llama_adapter_lora * shim_lora_load(struct llama_model * model, const char * path) {
    return shim::guarded<llama_adapter_lora *>(nullptr, [&] {
        shim::clear_log();
        llama_adapter_lora * adapter = llama_adapter_lora_init(model, path);
        if (adapter == nullptr) {
            throw std::runtime_error(
                shim::with_log(std::string("cannot use ") + path + " as a LoRA adapter"));
        }
        return adapter;
    });
}

int32_t shim_set_loras(
    struct llama_context * ctx, int32_t n_adapters,
    struct llama_adapter_lora * const * adapters, const float * scales) {
    return shim::guarded<int32_t>(-1, [&] {
        shim::clear_log();
        const int32_t code = llama_set_adapters_lora(
            ctx, const_cast<llama_adapter_lora **>(adapters), n_adapters,
            const_cast<float *>(scales));
        if (code != 0) throw std::runtime_error(shim::with_log("cannot apply the LoRA adapters"));
        return 0;
    });
}

int32_t shim_set_control_vectors(struct llama_context * ctx, const char * options) {
    return shim::guarded<int32_t>(-1, [&] {
        const llama_model * model = llama_get_model(ctx);
        const common_json o = common_json::parse(options);
        sources_t sources;
        for (const auto & row : o.at("vectors")) {
            sources.push_back({row.at("scale").get<float>(), row.at("path").get<std::string>()});
        }
        if (sources.empty()) {
            return llama_set_adapter_cvec(ctx, nullptr, 0, 0, 0, 0);
        }
        const int32_t n_layer = llama_model_n_layer(model);
        const int32_t first = o.value("first_layer", 1);
        const int32_t last = o.value("last_layer", n_layer);
        if (first < 1 || last > n_layer || first > last) {
            throw std::invalid_argument(
                "the layers of a control vector must lie between 1 and " +
                std::to_string(n_layer) + ", not " + std::to_string(first) + " to " +
                std::to_string(last));
        }
        const int32_t n_embd = llama_model_n_embd(model);
        check_control_vectors(sources, n_embd);
        auto sum = common_control_vector_load(sources);
        // A layer without data would keep that of the vectors before these.
        const size_t n_values = static_cast<size_t>(n_embd) * n_layer;
        sum.data.resize(std::max(sum.data.size(), n_values));
        shim::clear_log();
        const int32_t code =
            llama_set_adapter_cvec(ctx, sum.data.data(), sum.data.size(), n_embd, first, last);
        if (code != 0) throw std::runtime_error(shim::with_log("cannot apply the control vector"));
        return 0;
    });
}

} // extern "C"
