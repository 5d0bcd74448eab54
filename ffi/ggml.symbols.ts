import type { FFIFunction } from "bun:ffi";

/** Source: ggml/include/ggml-backend.h at native/llama-cpp.json's version. Checked by a test. */
export const ggmlSymbols = {
  // size_t ggml_backend_dev_count(void)
  ggml_backend_dev_count: { args: [], returns: "usize" },
  // ggml_backend_dev_t ggml_backend_dev_get(size_t index)
  ggml_backend_dev_get: { args: ["usize"], returns: "ptr" },
  // const char * ggml_backend_dev_name(ggml_backend_dev_t device)
  ggml_backend_dev_name: { args: ["ptr"], returns: "cstring" },
  // const char * ggml_backend_dev_description(ggml_backend_dev_t device)
  ggml_backend_dev_description: { args: ["ptr"], returns: "cstring" },
  // enum ggml_backend_dev_type ggml_backend_dev_type(ggml_backend_dev_t device)
  ggml_backend_dev_type: { args: ["ptr"], returns: "i32" },
  // void ggml_backend_dev_memory(ggml_backend_dev_t device, size_t * free, size_t * total)
  ggml_backend_dev_memory: { args: ["ptr", "ptr", "ptr"], returns: "void" },
} as const satisfies Record<string, FFIFunction>;
