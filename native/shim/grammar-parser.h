// The text of a GBNF grammar; grammar-rules.h has what is made of it.
#pragma once

#include "grammar-rules.h"

namespace shim {

struct parsed_grammar {
    std::vector<std::vector<grammar_element>> rules;
    std::vector<character_class> classes;
    uint32_t root;
};

// Throws std::runtime_error, naming the place. Brackets must not be too deep: see nesting.h.
parsed_grammar parse_gbnf(const char * text, const llama_vocab * vocab);

} // namespace shim
