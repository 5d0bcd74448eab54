// llama.cpp's parsers call themselves once per bracket: a text of brackets alone, however it got
// here, would overflow the stack and end the process.
#pragma once

#include <cstdint>
#include <string>

namespace shim {

// What the text is says which brackets count: `text` is anything that a model may write.
enum class syntax { json, grammar, regex, text };

// Throws when brackets in `text` are nested too deep; `what` names it in the message.
// Nobody writes more levels; the first of llama.cpp's parsers overflows an 8 MB stack between 3,000
// and 10,000.
void check_nesting(
    const std::string & text, syntax syntax, const char * what, int32_t n_levels_max = 500);

} // namespace shim
