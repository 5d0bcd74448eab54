// Loading models: llama_model_params from JSON.
#include <algorithm>
#include <cfloat>
#include <mutex>
#include <set>
#include <stdexcept>
#include <vector>

#include "ggml-cpp.h"
#include "gguf.h"
#include "hutch-shim.h"
#include "shim-internal.h"

namespace {

using names_t = std::vector<std::string>;

std::string quoted(const std::string & text) { return "\"" + text + "\""; }

bool is_offloadable(ggml_backend_dev_t device) {
    return ggml_backend_dev_type(device) != GGML_BACKEND_DEVICE_TYPE_CPU;
}

std::string offloadable_devices() {
    names_t names;
    for (size_t i = 0; i < ggml_backend_dev_count(); i++) {
        const ggml_backend_dev_t device = ggml_backend_dev_get(i);
        if (is_offloadable(device)) names.push_back(ggml_backend_dev_name(device));
    }
    return names.empty() ? "no device but the CPU" : string_join(names, ", ");
}

llama_split_mode split_mode_from_name(const std::string & name) {
    if (name == "none") return LLAMA_SPLIT_MODE_NONE;
    if (name == "layer") return LLAMA_SPLIT_MODE_LAYER;
    if (name == "row") return LLAMA_SPLIT_MODE_ROW;
    if (name == "tensor") return LLAMA_SPLIT_MODE_TENSOR;
    throw std::invalid_argument(
        "split_mode must be \"none\", \"layer\", \"row\" or \"tensor\", not " + quoted(name));
}

llama_lazy_mode lazy_mode_from_name(const std::string & name) {
    if (name == "on") return LLAMA_LAZY_MODE_ON;
    if (name == "auto") return LLAMA_LAZY_MODE_AUTO;
    if (name == "off") return LLAMA_LAZY_MODE_OFF;
    throw std::invalid_argument(
        "lazy_mode must be \"on\", \"auto\" or \"off\", not " + quoted(name));
}

std::vector<llama_model_kv_override> kv_overrides_from_json(const common_json & list) {
    std::vector<llama_model_kv_override> overrides;
    for (const auto & entry : list) {
        const auto text = entry.get<std::string>();
        if (!string_parse_kv_override(text.c_str(), overrides)) {
            throw std::invalid_argument(
                "override_kv " + quoted(text) +
                " is not KEY=TYPE:VALUE with a type of int, float, bool or str");
        }
    }
    overrides.emplace_back(); // an empty key ends the list
    overrides.back().key[0] = '\0';
    return overrides;
}

ggml_backend_buffer_type_t buffer_type_from_name(const std::string & name) {
    names_t known;
    for (size_t i = 0; i < ggml_backend_dev_count(); i++) {
        const auto type = ggml_backend_dev_buffer_type(ggml_backend_dev_get(i));
        if (type == nullptr) continue;
        if (name == ggml_backend_buft_name(type)) return type;
        known.push_back(ggml_backend_buft_name(type));
    }
    throw std::invalid_argument(
        "override_tensor: there is no buffer type " + quoted(name) + "; there is " +
        string_join(known, ", "));
}

std::vector<float> tensor_split_from_json(const common_json & list) {
    auto parts = list.get<std::vector<float>>();
    for (const float part : parts) {
        if (!(part >= 0.0f && part <= FLT_MAX)) {
            throw std::invalid_argument("tensor_split must have numbers of at least 0");
        }
    }
    if (parts.size() > llama_max_devices()) {
        throw std::invalid_argument(
            "tensor_split has " + std::to_string(parts.size()) + " values, but at most " +
            std::to_string(llama_max_devices()) + " devices are possible");
    }
    parts.resize(std::max<size_t>(llama_max_devices(), 1), 0.0f);
    return parts;
}

std::string text_of(int32_t (*write)(char *, size_t, const char *, int32_t, int32_t),
    const std::string & path, int32_t split, int32_t n_splits) {
    std::vector<char> buffer(path.size() + 64);
    const int32_t n = write(buffer.data(), buffer.size(), path.c_str(), split, n_splits);
    return n > 0 ? std::string(buffer.data()) : "";
}

bool names_mtp_layers(const gguf_context * gguf) {
    for (int64_t i = 0; i < gguf_get_n_tensors(gguf); i++) {
        if (std::string(gguf_get_tensor_name(gguf, i)).find("nextn.") != std::string::npos)
            return true;
    }
    return false;
}

// Metadata may promise layers that the file, or the files of a split model, do not hold.
bool holds_mtp_layers(const std::string & path) {
    std::string prefix;
    int32_t n_splits = 1;
    for (int32_t i = 0; i < n_splits; i++) {
        const std::string file =
            prefix.empty() ? path : text_of(llama_split_path, prefix, i, n_splits);
        gguf_init_params no_data{true, nullptr};
        const gguf_context_ptr gguf(gguf_init_from_file(file.c_str(), no_data));
        if (gguf == nullptr) return false;
        if (names_mtp_layers(gguf.get())) return true;
        const int64_t key = gguf_find_key(gguf.get(), "split.count");
        if (i > 0 || key < 0 || gguf_get_kv_type(gguf.get(), key) != GGUF_TYPE_UINT16) continue;
        n_splits = gguf_get_val_u16(gguf.get(), key);
        prefix = text_of(llama_split_prefix, path, 0, n_splits);
        if (prefix.empty()) return false;
    }
    return false;
}

std::mutex mtp_mutex;
// Pointers of models that were loaded with such layers. A model that has gone may be among them:
// another one at its place is entered anew when it is loaded.
std::set<const llama_model *> mtp_models;

} // namespace

namespace shim {

llama_model * load_model(const char * path, const model_options & options) {
    llama_model * model = llama_model_load_from_file(path, options.params);
    forget_vocabulary(model);
    const bool has_mtp = model != nullptr && options.params.load_mtp && holds_mtp_layers(path);
    const std::lock_guard<std::mutex> lock(mtp_mutex);
    if (has_mtp) mtp_models.insert(model);
    else mtp_models.erase(model);
    return model;
}

bool has_mtp_layers(const llama_model * model) {
    const std::lock_guard<std::mutex> lock(mtp_mutex);
    return llama_model_n_layer_nextn(model) > 0 && mtp_models.count(model) > 0;
}

std::vector<ggml_backend_dev_t> devices_from_json(const common_json & list) {
    const auto names = list.get<names_t>();
    std::vector<ggml_backend_dev_t> devices;
    for (const std::string & name : names) {
        if (name == "none" && names.size() == 1) break;
        const ggml_backend_dev_t device = ggml_backend_dev_by_name(name.c_str());
        if (device == nullptr || !is_offloadable(device)) {
            throw std::invalid_argument(
                "there is no device " + quoted(name) + " to offload to; there is " +
                offloadable_devices());
        }
        devices.push_back(device);
    }
    devices.push_back(nullptr);
    return devices;
}

model_options::model_options(const common_json & o) {
    params.n_gpu_layers = whole_number(o, "n_gpu_layers", params.n_gpu_layers, -2);
    params.main_gpu = whole_number(o, "main_gpu", params.main_gpu);
    params.check_tensors = o.value("check_tensors", params.check_tensors);
    params.use_extra_bufts = o.value("use_extra_bufts", params.use_extra_bufts);
    params.no_host = o.value("no_host", params.no_host);
    params.load_mtp = o.value("load_mtp", false);
    params.no_alloc = o.value("no_alloc", false);
    if (o.contains("split_mode")) {
        params.split_mode = split_mode_from_name(o.at("split_mode").get<std::string>());
    }
    if (o.contains("load_mode")) {
        params.load_mode = llama_load_mode_from_str(o.at("load_mode").get<std::string>().c_str());
    }
    if (params.no_alloc) params.load_mode = LLAMA_LOAD_MODE_NONE;
    if (o.contains("lazy_mode")) {
        params.lazy_mode = lazy_mode_from_name(o.at("lazy_mode").get<std::string>());
    }
    if (o.contains("devices")) {
        devices = devices_from_json(o.at("devices"));
        params.devices = devices.data();
    }
    if (o.contains("tensor_split")) {
        tensor_split = tensor_split_from_json(o.at("tensor_split"));
        params.tensor_split = tensor_split.data();
    }
    if (o.contains("override_kv")) {
        kv_overrides = kv_overrides_from_json(o.at("override_kv"));
        params.kv_overrides = kv_overrides.data();
    }
    if (o.contains("override_tensor")) read_tensor_overrides(o.at("override_tensor"));
}

void model_options::read_tensor_overrides(const common_json & list) {
    for (const auto & entry : list) {
        const auto text = entry.get<std::string>();
        const size_t equals = text.rfind('=');
        if (equals == std::string::npos) {
            throw std::invalid_argument(
                "override_tensor " + quoted(text) + " is not PATTERN=BUFFER_TYPE");
        }
        patterns.push_back(text.substr(0, equals));
        tensor_overrides.push_back(
            {patterns.back().c_str(), buffer_type_from_name(text.substr(equals + 1))});
    }
    tensor_overrides.push_back({nullptr, nullptr});
    params.tensor_buft_overrides = tensor_overrides.data();
}

} // namespace shim

extern "C" {

struct llama_model * shim_model_load(
    const char * path, const char * options, bool (*progress)(float fraction, void * user_data),
    void * user_data) {
    return shim::guarded<llama_model *>(nullptr, [&] {
        shim::model_options o(common_json::parse(options));
        o.params.progress_callback = progress;
        o.params.progress_callback_user_data = user_data;
        shim::clear_log();
        llama_model * model = shim::load_model(path, o);
        if (model == nullptr)
            throw std::runtime_error(shim::with_log("llama.cpp cannot load the model"));
        return model;
    });
}

} // extern "C"
