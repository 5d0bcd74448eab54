// Weights in huge pages. A step reads all weights once; in pages of 4 KiB a 2 GB model takes half a
// million address lookups for that, and in a virtual machine each is a walk through two tables.
//
// A model file is mapped, and Linux has huge pages for memory that is no file's. So a piece at a
// time is copied to fresh memory, which mremap then puts where the piece was: addresses stay, the
// old pages go, and a thread that reads meanwhile sees the old or the new, which are equal.
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ggml-backend.h"
#include "hutch-shim.h"
#include "shim-internal.h"

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>

// Declared in src/llama-model.h, which pulls in the rest of libllama's internals.
const std::vector<std::pair<std::string, ggml_tensor *>> & llama_internal_get_tensor_map(
    const llama_model * model);

namespace {

// Pages of other systems are larger than what is worth moving at once.
constexpr size_t page_max = size_t(32) << 20;
// What is smaller stays in the processor's caches, and so do its addresses.
constexpr size_t region_min = size_t(4) << 20;
// glibc has memory of at least this size in a mapping of its own, parts of which may be replaced.
constexpr size_t allocation_min = size_t(32) << 20;
// Page faults for each huge page that is still called a success; in small pages there are hundreds.
constexpr long faults_max = 8;

// Larger tensors may be read row by row when they are needed: all of it is not to be read for this.
// Source: auto_min_size in src/llama-model-loader.h.
constexpr size_t tensor_max = size_t(4) << 30;

// Memory [begin, end) that is mapped with `protection`.
struct region {
    uintptr_t begin;
    uintptr_t end;
    int protection;
    bool is_of_file;
};

// 0: the system has none, or its owner does not want any.
size_t huge_page_size() {
    const std::string dir = "/sys/kernel/mm/transparent_hugepage/";
    std::string modes;
    std::getline(std::ifstream(dir + "enabled"), modes);
    if (modes.empty() || modes.find("[never]") != std::string::npos) return 0;
    size_t size = 0;
    std::ifstream(dir + "hpage_pmd_size") >> size;
    return size > page_max ? 0 : size;
}

// Where the CPU has weights, by address.
std::map<uintptr_t, uintptr_t> weights_of(const llama_model * model) {
    std::map<uintptr_t, uintptr_t> ends;
    for (const auto & [name, tensor] : llama_internal_get_tensor_map(model)) {
        ggml_backend_buffer_t buffer =
            tensor->view_src == nullptr ? tensor->buffer : tensor->view_src->buffer;
        if (buffer == nullptr || ggml_nbytes(tensor) > tensor_max) continue;
        // The CPU's own kinds of memory name no device.
        const auto device = ggml_backend_buft_get_device(ggml_backend_buffer_get_type(buffer));
        const bool is_cpu = device == nullptr ||
                            ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_CPU;
        if (!is_cpu) continue;
        const auto base = reinterpret_cast<uintptr_t>(ggml_backend_buffer_get_base(buffer));
        if (base != 0) ends[base] = base + ggml_backend_buffer_get_size(buffer);
    }
    return ends;
}

// The mappings of this process that hold weights, as far as they can be moved in whole pages.
std::vector<region> movable(const std::map<uintptr_t, uintptr_t> & weights, size_t page) {
    std::vector<region> regions;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream fields(line);
        uintptr_t begin = 0, end = 0;
        char dash = 0;
        std::string mode, offset, device;
        uint64_t inode = 0;
        fields >> std::hex >> begin >> dash >> end >> mode >> offset >> device >> std::dec >> inode;
        if (!fields || mode.size() < 4 || mode[0] != 'r') continue;
        const bool is_written = mode[1] == 'w';
        // A file that is written through its mapping would no longer be.
        if (is_written && mode[3] != 'p') continue;
        const bool is_of_file = inode != 0;
        const size_t least = is_of_file ? region_min : allocation_min;
        for (const auto & [from, to] : weights) {
            const uintptr_t first = (std::max(begin, from) + page - 1) / page * page;
            const uintptr_t last = std::min(end, to) / page * page;
            if (last <= first || last - first < least) continue;
            const int protection = is_written ? PROT_READ | PROT_WRITE : PROT_READ;
            regions.push_back({first, last, protection, is_of_file});
        }
    }
    return regions;
}

long n_faults() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_minflt;
}

// Fresh memory for huge pages, aligned to them.
class fresh_memory {
public:
    fresh_memory(size_t n, size_t page) : n(n) {
        // What sticks out is given back at once.
        void * const all =
            mmap(nullptr, n + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (all == MAP_FAILED) throw std::runtime_error("no memory for huge pages");
        const auto begin = reinterpret_cast<uintptr_t>(all);
        const uintptr_t first = (begin + page - 1) / page * page;
        if (first > begin) munmap(all, first - begin);
        munmap(reinterpret_cast<void *>(first + n), begin + page - first);
        start = reinterpret_cast<void *>(first);
    }
    ~fresh_memory() {
        if (start != nullptr) munmap(start, n);
    }
    fresh_memory(const fresh_memory &) = delete;
    fresh_memory & operator=(const fresh_memory &) = delete;

    void * data() { return start; }

    // Puts it in the place of what is at `target`; where it was may be somebody else's from now on.
    void move_to(void * target) {
        if (mremap(start, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, target) == MAP_FAILED) {
            throw std::runtime_error("weights cannot be moved");
        }
        start = nullptr;
    }

private:
    size_t n;
    void * start = nullptr;
};

void move(const region & part, size_t page) {
    const size_t n = part.end - part.begin;
    void * const target = reinterpret_cast<void *>(part.begin);
    fresh_memory fresh(n, page);
    if (madvise(fresh.data(), n, MADV_HUGEPAGE) != 0) throw std::runtime_error("no huge pages");
    const long before = n_faults();
    std::memcpy(fresh.data(), target, n);
    if (n_faults() - before > faults_max * long(n / page)) {
        throw std::runtime_error("the system has no huge pages to spare");
    }
    if (mprotect(fresh.data(), n, part.protection) != 0) {
        throw std::runtime_error("weights cannot be protected");
    }
    fresh.move_to(target);
}

} // namespace

struct shim_huge_pages {
    size_t page;
    // What is left, the next at the end.
    std::vector<region> regions;

    int64_t n_left(bool of_files_only) const {
        int64_t n = 0;
        for (const region & r : regions) {
            if (r.is_of_file || !of_files_only) n += int64_t(r.end - r.begin);
        }
        return n;
    }
};

struct shim_huge_pages * shim_huge_pages_init(const struct llama_model * model) {
    return shim::guarded<shim_huge_pages *>(nullptr, [&]() -> shim_huge_pages * {
        const size_t page = huge_page_size();
        if (page == 0) throw std::runtime_error("the system has no huge pages");
        return new shim_huge_pages{page, movable(weights_of(model), page)};
    });
}

int64_t shim_huge_pages_left(const struct shim_huge_pages * pages, bool of_files_only) {
    return pages->n_left(of_files_only);
}

int64_t shim_huge_pages_move(struct shim_huge_pages * pages, int64_t n_bytes) {
    return shim::guarded<int64_t>(-1, [&] {
        if (pages->regions.empty()) return int64_t(0);
        region & last = pages->regions.back();
        const size_t n_wanted = std::max(pages->page, size_t(n_bytes) / pages->page * pages->page);
        const size_t n = std::min(n_wanted, size_t(last.end - last.begin));
        move({last.end - n, last.end, last.protection, last.is_of_file}, pages->page);
        last.end -= n;
        if (last.end == last.begin) pages->regions.pop_back();
        return pages->n_left(false);
    });
}

void shim_huge_pages_free(struct shim_huge_pages * pages) { delete pages; }

#else

struct shim_huge_pages * shim_huge_pages_init(const struct llama_model *) {
    shim::set_error("huge pages are asked for in Linux only");
    return nullptr;
}

int64_t shim_huge_pages_left(const struct shim_huge_pages *, bool) { return 0; }

int64_t shim_huge_pages_move(struct shim_huge_pages *, int64_t) { return 0; }

void shim_huge_pages_free(struct shim_huge_pages *) {}

#endif
