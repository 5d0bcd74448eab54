// The tokens of a vocabulary as grammars see them: characters, in a tree of common beginnings, so
// that what begins alike is looked at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llama.h"

namespace shim {

// The bytes of a character that is not whole yet.
struct utf8_part {
    uint32_t value = 0;   // their bits
    int32_t n_remain = 0; // bytes that are missing; negative: no character begins like this

    bool is_open() const { return n_remain > 0; }
};

struct decoded_text {
    std::vector<uint32_t> code_points;
    utf8_part rest;
};

// As llama.cpp's grammars decode a token after what came before: leniently, up to a NUL. What is no
// UTF-8 has no characters, and -1 missing bytes.
decoded_text decode_utf8(const std::string & bytes, utf8_part before);

// In place of a character in the tree: the token ends with a part of one.
constexpr uint32_t part_flag = 1u << 31;
uint32_t node_of(utf8_part part);
utf8_part part_of(uint32_t node);

// Characters in some 50 groups, a bit each, for what is below a node of the tree; the last but one
// is for parts of characters, the last for parts that nothing can follow.
constexpr uint32_t n_character_groups = 52;
constexpr uint32_t group_of_parts = n_character_groups - 2;
uint32_t group_of(uint32_t node);

struct vocabulary {
    explicit vocabulary(const llama_vocab * vocab);

    std::string text_of(llama_token token) const;

    const llama_vocab * vocab;
    int32_t n_tokens;
    std::vector<llama_token> end_tokens; // of generation

    // Nodes in preorder; the first is the root, the last stands behind the end.
    std::vector<uint32_t> characters; // by node: a character, or a part of one
    std::vector<uint32_t> ends;       // by node: the first one that is not below it
    std::vector<uint32_t> firsts;     // by node: its tokens, then those below it, in `tokens`
    std::vector<uint64_t> below;      // by node: groups of the characters below it
    std::vector<llama_token> tokens;

    // Tokens that go on with a character that others began.
    std::vector<llama_token> continuations;

private:
    void add_node(uint32_t character);
    void add_branch(const std::vector<uint32_t> & path, llama_token token);
    void sum_up();

    std::vector<uint32_t> branch; // nodes of the last token, while the tree is built
};

} // namespace shim
