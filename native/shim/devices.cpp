// What there is to compute on.
#include "ggml-backend.h"
#include "hutch-shim.h"
#include "shim-internal.h"

namespace {

const char * type_name(enum ggml_backend_dev_type type) {
    switch (type) {
    case GGML_BACKEND_DEVICE_TYPE_CPU: return "cpu";
    case GGML_BACKEND_DEVICE_TYPE_GPU: return "gpu";
    case GGML_BACKEND_DEVICE_TYPE_IGPU: return "igpu";
    default: return "accel";
    }
}

} // namespace

char * shim_devices(void) {
    return shim::guarded<char *>(nullptr, [] {
        common_json devices = common_json::array();
        for (size_t i = 0; i < ggml_backend_dev_count(); i++) {
            const ggml_backend_dev_t device = ggml_backend_dev_get(i);
            ggml_backend_dev_props props{};
            ggml_backend_dev_get_props(device, &props);
            devices.push_back({
                {"name", props.name},
                {"description", props.description},
                {"backend", ggml_backend_reg_name(ggml_backend_dev_backend_reg(device))},
                {"type", type_name(props.type)},
                {"total", props.memory_total},
                {"free", props.memory_free},
                {"id", props.device_id == nullptr ? common_json() : common_json(props.device_id)},
            });
        }
        return shim::copy_text(devices.dump());
    });
}
