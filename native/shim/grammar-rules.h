// A GBNF grammar as data: llama.cpp's language (grammars/README.md there), read by our own parser,
// because llama.cpp's may count for ever or overflow the stack over what a client sends.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llama.h"

namespace shim {

// Characters that fit one place of a grammar.
struct character_class {
    bool is_negated;
    std::vector<std::pair<uint32_t, uint32_t>> ranges; // in order; both ends belong to it

    bool has(uint32_t code_point) const;
    // As llama.cpp judges parts of characters: one of `ranges` has some character of these, or,
    // where they are negated, none has.
    bool may_have(uint32_t low, uint32_t high) const;
};

enum class element_kind : uint8_t { end, alternative, rule, characters, token, other_token };

struct grammar_element {
    element_kind kind;
    // Of a rule, of `classes`, or the token's id.
    uint32_t value;
};

struct grammar_rules {
    std::vector<grammar_element> elements; // one rule after another
    std::vector<uint32_t> starts;          // by rule: where it begins
    std::vector<character_class> classes;
    uint32_t root;

    bool is_last(uint32_t element) const { // of its alternative: nothing follows
        return ends_alternative(element + 1);
    }
    bool ends_alternative(uint32_t element) const {
        return elements[element].kind <= element_kind::alternative;
    }
};

// Throws std::runtime_error for what is no grammar, and for left recursion.
grammar_rules parse_grammar(const std::string & text, const llama_vocab * vocab);

} // namespace shim
