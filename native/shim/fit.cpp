// Fitting a model to the memory of its devices.
#include <algorithm>
#include <stdexcept>
#include <vector>

#include "fit.h"
#include "hutch-shim.h"
#include "shim-internal.h"

namespace {

std::vector<size_t> margins_from_json(const common_json & list) {
    std::vector<size_t> margins;
    for (const auto & bytes : list) margins.push_back(static_cast<size_t>(bytes.get<double>()));
    if (margins.empty()) throw std::invalid_argument("margins must have a number at least");
    margins.resize(std::max(llama_max_devices(), margins.size()), margins.back());
    return margins;
}

// As shim_model_load takes it, up to the pattern that ends the list.
common_json overrides_to_json(const std::vector<llama_model_tensor_buft_override> & overrides) {
    common_json list = common_json::array();
    for (const auto & [pattern, type] : overrides) {
        if (pattern == nullptr) break;
        list.push_back(std::string(pattern) + "=" + ggml_backend_buft_name(type));
    }
    return list;
}

} // namespace

char * shim_fit(
    const char * path, const char * model_options, const char * context_options,
    const char * margins) {
    return shim::guarded<char *>(nullptr, [&] {
        const shim::model_options o(common_json::parse(model_options));
        llama_model_params model = o.params;
        llama_context_params context = shim::context_params(common_json::parse(context_options));
        auto margin_of = margins_from_json(common_json::parse(margins));
        std::vector<float> split(llama_max_devices(), 0.0f);
        std::vector<llama_model_tensor_buft_override> overrides(llama_max_tensor_buft_overrides());
        shim::clear_log();
        const auto status = common_fit_params(
            path, &model, &context, split.data(), overrides.data(), margin_of.data(), context.n_ctx,
            nullptr, GGML_LOG_LEVEL_ERROR);
        if (status == COMMON_PARAMS_FIT_STATUS_ERROR)
            throw std::runtime_error(shim::with_log("llama.cpp cannot fit the model to memory"));
        common_json changed = common_json::object();
        if (status != COMMON_PARAMS_FIT_STATUS_SUCCESS) return shim::copy_text(changed.dump());
        if (model.n_gpu_layers != o.params.n_gpu_layers)
            changed["n_gpu_layers"] = model.n_gpu_layers;
        if (model.tensor_split != o.params.tensor_split) changed["tensor_split"] = split;
        if (model.tensor_buft_overrides != o.params.tensor_buft_overrides)
            changed["override_tensor"] = overrides_to_json(overrides);
        return shim::copy_text(changed.dump());
    });
}
