// Process-wide things: backends, the log, errors.
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>

#ifdef __linux__
#include <sys/prctl.h>
#include <unistd.h>
#endif

#include "hutch-shim.h"
#include "log.h"
#include "mtmd-helper.h"
#include "shim-internal.h"

namespace {

// Error lines kept for messages. A failing load prints a handful; a broken loop must not grow
// memory.
constexpr size_t n_error_lines_max = 8;

std::mutex log_mutex;
std::deque<std::string> error_lines;
int32_t stderr_level = GGML_LOG_LEVEL_ERROR;
thread_local std::string last_error;

void on_log(ggml_log_level level, const char * text, void *) {
    const std::lock_guard<std::mutex> lock(log_mutex);
    static ggml_log_level previous = GGML_LOG_LEVEL_NONE;
    if (level != GGML_LOG_LEVEL_CONT) previous = level;
    if (previous >= stderr_level) fputs(text, stderr);
    if (previous != GGML_LOG_LEVEL_ERROR) return;
    std::string line(text);
    while (!line.empty() && line.back() == '\n') line.pop_back();
    if (line.empty()) return;
    error_lines.push_back(line);
    if (error_lines.size() > n_error_lines_max) error_lines.pop_front();
}

} // namespace

namespace shim {

void set_error(const std::string & message) { last_error = message; }

void clear_log() {
    const std::lock_guard<std::mutex> lock(log_mutex);
    error_lines.clear();
}

std::string with_log(const std::string & what) {
    const std::lock_guard<std::mutex> lock(log_mutex);
    std::string message = what;
    for (const std::string & line : error_lines) {
        if (message.find(line) == std::string::npos) message += "\n" + line;
    }
    return message;
}

void warn(const std::string & message) {
    if (stderr_level <= GGML_LOG_LEVEL_WARN) fprintf(stderr, "%s\n", message.c_str());
}

char * copy_text(const std::string & text) {
    char * copy = static_cast<char *>(malloc(text.size() + 1));
    if (copy == nullptr) throw std::bad_alloc();
    memcpy(copy, text.c_str(), text.size() + 1);
    return copy;
}

} // namespace shim

extern "C" {

void shim_die_with(int32_t parent) {
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) raise(SIGKILL); // it was quicker
#else
    (void) parent;
#endif
}

int32_t shim_init(const char * library_dir, int32_t log_level) {
    return shim::guarded<int32_t>(-1, [&] {
        stderr_level = log_level;
        // llama-common logs through a thread of its own; errors reach us as exceptions anyway.
        common_log_set_verbosity_thold(-1);
        llama_log_set(on_log, nullptr);
        mtmd_helper_log_set(on_log, nullptr); // sets libmtmd's log as well
        shim::clear_log();
        ggml_backend_load_all_from_path(library_dir);
        llama_backend_init();
        if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
            throw std::runtime_error(shim::with_log(
                std::string("no CPU backend in ") + library_dir +
                " runs on this machine: it was built for a CPU with other instructions"));
        }
        return static_cast<int32_t>(ggml_backend_dev_count());
    });
}

int32_t shim_load_backend(const char * path) {
    return shim::guarded<int32_t>(-1, [&] {
        shim::clear_log();
        const ggml_backend_reg_t backend = ggml_backend_load(path);
        if (backend == nullptr)
            throw std::runtime_error(shim::with_log(std::string("ggml cannot use ") + path));
        return static_cast<int32_t>(ggml_backend_reg_dev_count(backend));
    });
}

const char * shim_last_error(void) { return last_error.c_str(); }

void shim_free(char * text) { free(text); }

} // extern "C"
