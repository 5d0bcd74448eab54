// Saving one sequence's cells to a file and reading them back.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "hutch-shim.h"
#include "shim-internal.h"

namespace {

// What a file begins with; then comes the payload, then the state.
struct file_head {
    uint32_t magic;
    uint32_t version;
    uint32_t n_payload;
};

// A state in memory begins with llama.cpp's mark and a sequence id, one in a file does not.
constexpr size_t n_mark_bytes = 2 * sizeof(uint32_t);

class sequence_file {
  public:
    explicit sequence_file(const std::string & path)
        : stream(fs_open_ifstream(path, std::ios::binary | std::ios::ate)) {
        if (!stream) throw std::runtime_error("cannot open " + path);
        size = static_cast<size_t>(stream.tellg());
        stream.seekg(0);
        if (size < sizeof(head)) throw std::runtime_error(path + " is no saved sequence");
        read(&head, sizeof(head));
        if (head.magic != LLAMA_STATE_SEQ_MAGIC || head.version != LLAMA_STATE_SEQ_VERSION)
            throw std::runtime_error(path + " is no saved sequence of this version");
        if (head.n_payload > (size - sizeof(head)) / sizeof(int32_t))
            throw std::runtime_error(path + " ends too early");
    }

    void read(void * to, size_t n_bytes) {
        stream.read(static_cast<char *>(to), static_cast<std::streamsize>(n_bytes));
        if (!stream) throw std::runtime_error("the file cannot be read");
    }

    size_t n_state_bytes() const {
        return size - sizeof(head) - head.n_payload * sizeof(int32_t);
    }

    file_head head{};
    size_t size = 0;

  private:
    std::ifstream stream;
};

// The mark, from the state of a sequence that holds nothing.
std::vector<uint8_t> marked(llama_context * ctx, llama_seq_id seq_id, size_t n_state_bytes) {
    std::vector<uint8_t> empty(llama_state_seq_get_size(ctx, seq_id));
    if (llama_state_seq_get_data(ctx, empty.data(), empty.size(), seq_id) < n_mark_bytes)
        throw std::runtime_error("llama.cpp cannot describe an empty sequence");
    std::vector<uint8_t> state(n_mark_bytes + n_state_bytes);
    memcpy(state.data(), empty.data(), n_mark_bytes);
    return state;
}

// 0 for a file that is not there.
size_t size_on_disk(const std::string & path) {
    std::ifstream stream = fs_open_ifstream(path, std::ios::binary | std::ios::ate);
    return stream ? static_cast<size_t>(stream.tellg()) : 0;
}

void remove_cells(llama_context * ctx, llama_seq_id seq_id) {
    llama_memory_seq_rm(llama_get_memory(ctx), seq_id, -1, -1);
}

} // namespace

extern "C" {

int64_t shim_sequence_save(
    struct llama_context * ctx, const char * path, int32_t seq_id, const int32_t * payload,
    size_t n_payload) {
    return shim::guarded<int64_t>(-1, [&] {
        // Whatever happens on the way, what lies at `path` is whole.
        const std::string unfinished = std::string(path) + ".part";
        shim::clear_log();
        const size_t n_bytes =
            llama_state_seq_save_file(ctx, unfinished.c_str(), seq_id, payload, n_payload);
        const bool is_whole = n_bytes > 0 && size_on_disk(unfinished) == n_bytes;
        if (!is_whole || std::rename(unfinished.c_str(), path) != 0) {
            std::remove(unfinished.c_str());
            // llama.cpp does not see what fails when the file is closed.
            const char * reason = n_bytes > 0 && !is_whole ? ": its end is missing" : "";
            throw std::runtime_error(
                shim::with_log(std::string("cannot save to ") + path + reason));
        }
        return static_cast<int64_t>(n_bytes);
    });
}

int64_t shim_sequence_payload_size(const char * path) {
    return shim::guarded<int64_t>(
        -1, [&] { return static_cast<int64_t>(sequence_file(path).head.n_payload); });
}

int64_t shim_sequence_restore(
    struct llama_context * ctx, const char * path, int32_t seq_id, int32_t * payload,
    size_t n_payload) {
    return shim::guarded<int64_t>(-1, [&] {
        remove_cells(ctx, seq_id);
        sequence_file file(path);
        if (file.head.n_payload != n_payload)
            throw std::runtime_error(std::string(path) + " has changed meanwhile");
        file.read(payload, n_payload * sizeof(int32_t));
        // Not llama_state_seq_load_file: it ends the process over a file that ends too early.
        std::vector<uint8_t> state = marked(ctx, seq_id, file.n_state_bytes());
        file.read(state.data() + n_mark_bytes, file.n_state_bytes());
        shim::clear_log();
        if (llama_state_seq_set_data(ctx, state.data(), state.size(), seq_id) != state.size()) {
            remove_cells(ctx, seq_id);
            throw std::runtime_error(
                shim::with_log("the file does not fit this model, or the cache has no room"));
        }
        return static_cast<int64_t>(file.size);
    });
}

} // extern "C"
