// Other machines that compute for this one, by ggml's RPC: both sides of it.
#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <vector>

#ifndef _WIN32
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#endif

#include "ggml-backend.h"
#include "ggml-rpc.h"
#include "hutch-shim.h"
#include "shim-internal.h"

namespace {

// An engine has a handful of files open when it adds its workers.
constexpr int descriptor_max = 1024;

// A machine that vanishes sends nothing: who computes for us is asked for a sign of life after so
// much silence, so often, and is gone after so many without an answer.
constexpr int idle_seconds = 10;
constexpr int interval_seconds = 5;
constexpr int n_unanswered_max = 3;
constexpr int unacknowledged_ms = 30000;

struct connection {
    int descriptor;
    std::string endpoint;
};

std::vector<connection> connections;

// A function of the RPC backend, which is a library that ggml loads by itself.
template <typename Function> Function * rpc_function(const char * name) {
    const ggml_backend_reg_t rpc = ggml_backend_reg_by_name("RPC");
    void * address = rpc == nullptr ? nullptr : ggml_backend_reg_get_proc_address(rpc, name);
    if (address == nullptr) throw std::runtime_error("this build has no RPC backend");
    return reinterpret_cast<Function *>(address);
}

#ifdef _WIN32

std::vector<int> connected_sockets() { return {}; }
void ask_for_signs_of_life(int) {}
bool has_ended(int) { return false; }

#else

std::vector<int> connected_sockets() {
    std::vector<int> found;
    for (int fd = 0; fd < descriptor_max; fd++) {
        sockaddr_storage peer{};
        socklen_t size = sizeof(peer);
        const bool is_connected = getpeername(fd, reinterpret_cast<sockaddr *>(&peer), &size) == 0;
        if (is_connected && peer.ss_family == AF_INET) found.push_back(fd);
    }
    return found;
}

void ask_for_signs_of_life(int fd) {
    const auto set = [fd](int level, int option, int value) {
        setsockopt(fd, level, option, &value, sizeof(value));
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef __linux__
    set(IPPROTO_TCP, TCP_KEEPIDLE, idle_seconds);
    set(IPPROTO_TCP, TCP_KEEPINTVL, interval_seconds);
    set(IPPROTO_TCP, TCP_KEEPCNT, n_unanswered_max);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged_ms);
#endif
}

bool has_ended(int fd) {
    pollfd one{fd, POLLIN, 0};
    if (poll(&one, 1, 0) <= 0) return false;
    char byte = 0;
    const ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

#endif

// ggml keeps a connection as long as something uses it: without this, every question of a model
// that is being loaded would make one of its own. It is never freed: an engine has its workers to
// its end.
void stay_connected(ggml_backend_dev_t device, const std::string & endpoint) {
    const std::vector<int> before = connected_sockets();
    if (ggml_backend_dev_init(device, nullptr) == nullptr) {
        throw std::runtime_error("cannot connect to " + endpoint);
    }
    for (const int fd : connected_sockets()) {
        if (std::count(before.begin(), before.end(), fd) > 0) continue;
        ask_for_signs_of_life(fd);
        connections.push_back({fd, endpoint});
    }
}

// As llama.cpp's own rpc-server chooses: what is not the CPU, or else the CPU.
std::vector<ggml_backend_dev_t> devices_to_share(const common_json & options) {
    std::vector<ggml_backend_dev_t> devices;
    if (options.contains("devices")) {
        for (const auto & name : options.at("devices")) {
            const std::string text = name.get<std::string>();
            const ggml_backend_dev_t device = ggml_backend_dev_by_name(text.c_str());
            if (device == nullptr) throw std::invalid_argument("there is no device " + text);
            devices.push_back(device);
        }
        return devices;
    }
    for (size_t i = 0; i < ggml_backend_dev_count(); i++) {
        const ggml_backend_dev_t device = ggml_backend_dev_get(i);
        const auto type = ggml_backend_dev_type(device);
        const bool is_cpu =
            type == GGML_BACKEND_DEVICE_TYPE_CPU || type == GGML_BACKEND_DEVICE_TYPE_ACCEL;
        if (!is_cpu) devices.push_back(device);
    }
    if (devices.empty()) {
        devices.push_back(ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU));
    }
    return devices;
}

} // namespace

extern "C" {

int32_t shim_worker_add(const char * endpoint) {
    return shim::guarded<int32_t>(-1, [&] {
        const auto add =
            rpc_function<decltype(ggml_backend_rpc_add_server)>("ggml_backend_rpc_add_server");
        const ggml_backend_reg_t worker = add(endpoint);
        const size_t n = worker == nullptr ? 0 : ggml_backend_reg_dev_count(worker);
        if (n == 0) throw std::runtime_error(std::string(endpoint) + " has no device to share");
        ggml_backend_register(worker);
        stay_connected(ggml_backend_reg_dev_get(worker, 0), endpoint);
        return static_cast<int32_t>(n);
    });
}

const char * shim_worker_lost(void) {
    for (const connection & one : connections) {
        if (has_ended(one.descriptor)) return one.endpoint.c_str();
    }
    return "";
}

char * shim_worker_devices(const char * options) {
    return shim::guarded<char *>(nullptr, [&] {
        common_json names = common_json::array();
        for (const ggml_backend_dev_t device : devices_to_share(common_json::parse(options))) {
            names.push_back(ggml_backend_dev_name(device));
        }
        return shim::copy_text(names.dump());
    });
}

int32_t shim_worker_serve(const char * endpoint, const char * options) {
    return shim::guarded<int32_t>(-1, [&]() -> int32_t {
        const common_json o = common_json::parse(options);
        const auto serve =
            rpc_function<decltype(ggml_backend_rpc_start_server)>("ggml_backend_rpc_start_server");
        std::vector<ggml_backend_dev_t> devices = devices_to_share(o);
        const std::string cache_dir = o.value("cache_dir", std::string());
        const int32_t n_threads = shim::thread_count(o, "n_threads", common_cpu_get_num_math());
        serve(
            endpoint, cache_dir.empty() ? nullptr : cache_dir.c_str(), n_threads, devices.size(),
            devices.data());
        throw std::runtime_error(shim::with_log(std::string("cannot listen on ") + endpoint));
    });
}

} // extern "C"
