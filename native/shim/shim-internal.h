// Shared by the shim's translation units; not part of its interface.
#pragma once

#include <cfloat>
#include <cstdint>
#include <exception>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "common.h"
#include "json.h"

namespace shim {

// Sets what shim_last_error() returns on this thread.
void set_error(const std::string & message);

// Drops the native error lines collected so far, so that the next failure shows only its own.
void clear_log();

// `what`, followed by llama.cpp's error log lines since clear_log().
std::string with_log(const std::string & what);

// Writes a line to stderr, if the log level lets warnings through.
void warn(const std::string & message);

// A malloc'ed copy for the caller to shim_free().
char * copy_text(const std::string & text);

// Runs `body`; an exception becomes `on_error` and an error message. No exception leaves the shim:
// its callers are not C++.
template <typename T, typename F> T guarded(T on_error, F && body) {
    try {
        return std::forward<F>(body)();
    } catch (const std::exception & e) {
        set_error(e.what());
        return on_error;
    }
}

// Whole and other numbers of the options; `otherwise` where there is none. Throws, naming the key,
// for what is no number, not whole or not between `min` and `max`: llama.cpp narrows and asserts.
int32_t whole_number(
    const common_json & options, const char * key, int64_t otherwise, int32_t min = 0,
    int32_t max = INT32_MAX);
double number(
    const common_json & options, const char * key, double otherwise, double min = -FLT_MAX,
    double max = FLT_MAX);

// What shim_model_load's options say. llama.cpp's parameters point into the lists beside them, so
// this is neither copied nor moved.
struct model_options {
    explicit model_options(const common_json & options);
    model_options(const model_options &) = delete;
    model_options & operator=(const model_options &) = delete;

    llama_model_params params = llama_model_default_params();

private:
    void read_tensor_overrides(const common_json & list);

    std::vector<ggml_backend_dev_t> devices;
    std::vector<float> tensor_split;
    std::vector<llama_model_kv_override> kv_overrides;
    std::list<std::string> patterns;
    std::vector<llama_model_tensor_buft_override> tensor_overrides;
};

// Loads a model, and remembers whether with the layers that predict several tokens. NULL: it fails.
llama_model * load_model(const char * path, const model_options & options);

// The model has such layers in memory. llama.cpp ends the process when they are used without.
bool has_mtp_layers(const llama_model * model);

// A model was loaded: what is known of the tokens of one that had its address is about another one.
void forget_vocabulary(const llama_model * model);

// The devices of these names and a NULL; of ["none"] the NULL alone.
std::vector<ggml_backend_dev_t> devices_from_json(const common_json & list);

// What shim_context_init's options say.
llama_context_params context_params(const common_json & options);

// A number of threads; `otherwise` for 0 and for none.
int32_t thread_count(const common_json & options, const char * key, int32_t otherwise);

// Throws for a type that no KV cache can have.
ggml_type kv_type_from_name(const std::string & name);

// A batch over a caller's arrays. Valid until the next call on this thread.
llama_batch batch_over(
    int32_t n_tokens, const int32_t * token, const int32_t * pos, const int32_t * seq_id,
    const int8_t * output);

} // namespace shim
