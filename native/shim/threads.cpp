// Thread pools: how many threads, on which CPUs, how eager.
#include <algorithm>
#include <stdexcept>

#include "hutch-shim.h"
#include "shim-internal.h"

namespace {

// ggml's CPU backend is a library of its own, so its thread pools are found by name.
template <typename F> F * cpu_function(const char * name) {
    const ggml_backend_dev_t cpu = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    const ggml_backend_reg_t reg = ggml_backend_dev_backend_reg(cpu);
    F * function = reinterpret_cast<F *>(ggml_backend_reg_get_proc_address(reg, name));
    if (function == nullptr)
        throw std::runtime_error(std::string("the CPU backend has no ") + name);
    return function;
}

struct pool_deleter {
    void operator()(ggml_threadpool * pool) const {
        cpu_function<decltype(ggml_threadpool_free)>("ggml_threadpool_free")(pool);
    }
};
using pool_ptr = std::unique_ptr<ggml_threadpool, pool_deleter>;

pool_ptr make_pool(ggml_threadpool_params & params) {
    pool_ptr pool(
        cpu_function<decltype(ggml_threadpool_new)>("ggml_threadpool_new")(&params));
    if (pool == nullptr) throw std::runtime_error("ggml cannot make a pool of threads");
    return pool;
}

void read_cpus(common_cpu_params & p, const common_json & o) {
    if (o.contains("cpu_mask")) {
        const auto mask = o.at("cpu_mask").get<std::string>();
        if (mask.empty() || !parse_cpu_mask(mask, p.cpumask)) {
            throw std::invalid_argument("cpu_mask \"" + mask + "\" is not a hexadecimal number");
        }
        p.mask_valid = true;
    }
    if (!o.contains("cpu_range")) return;
    const auto range = o.at("cpu_range").get<std::string>();
    bool is_good = false;
    try {
        is_good = parse_cpu_range(range, p.cpumask);
    } catch (const std::logic_error &) { // not a number
    }
    if (!is_good) throw std::invalid_argument("cpu_range \"" + range + "\" is not LOW-HIGH");
    p.mask_valid = true;
}

common_cpu_params cpu_params(const common_json & o) {
    common_cpu_params p;
    p.n_threads = shim::thread_count(o, "n_threads", common_cpu_get_num_math());
    read_cpus(p, o);
    p.strict_cpu = o.value("cpu_strict", p.strict_cpu);
    p.priority = static_cast<ggml_sched_priority>(shim::whole_number(
        o, "priority", p.priority, GGML_SCHED_PRIO_LOW, GGML_SCHED_PRIO_REALTIME));
    p.poll = shim::whole_number(o, "poll", p.poll, 0, 100);
    const int32_t n_cpus =
        static_cast<int32_t>(std::count(p.cpumask, p.cpumask + GGML_MAX_N_THREADS, true));
    if (p.mask_valid && n_cpus < p.n_threads) {
        shim::warn(
            "the CPU mask has " + std::to_string(n_cpus) + " CPUs for " +
            std::to_string(p.n_threads) + " threads");
    }
    return p;
}

} // namespace

struct shim_threads {
    pool_ptr decode;
    pool_ptr batch;
};

extern "C" {

struct shim_threads * shim_set_threads(struct llama_context * ctx, const char * options) {
    return shim::guarded<shim_threads *>(nullptr, [&] {
        const common_json o = common_json::parse(options);
        const common_cpu_params decode = cpu_params(o.at("decode"));
        const common_cpu_params batch = cpu_params(o.at("batch"));
        auto decode_params = ggml_threadpool_params_from_cpu_params(decode);
        auto batch_params = ggml_threadpool_params_from_cpu_params(batch);
        if (decode.priority != GGML_SCHED_PRIO_NORMAL && !set_process_priority(decode.priority)) {
            shim::warn("this user may not set the priority of a process");
        }
        auto threads = std::make_unique<shim_threads>();
        // Equal pools are one; of two, only the one that computes is awake.
        if (!ggml_threadpool_params_match(&decode_params, &batch_params)) {
            threads->batch = make_pool(batch_params);
            decode_params.paused = true;
        }
        threads->decode = make_pool(decode_params);
        llama_set_n_threads(ctx, decode.n_threads, batch.n_threads);
        llama_attach_threadpool(ctx, threads->decode.get(), threads->batch.get());
        return threads.release();
    });
}

void shim_threads_free(struct shim_threads * threads) { delete threads; }

} // extern "C"
