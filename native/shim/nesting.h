// llama.cpp's parsers call themselves once per bracket: a text of brackets alone, however it got
// here, would overflow the stack and end the process.
#pragma once

#include <string>

namespace shim {

// What the text is says which brackets count: `text` is anything that a model may write.
enum class syntax { json, grammar, regex, text };

// Throws when brackets in `text` are nested too deep; `what` names it in the message.
void check_nesting(const std::string & text, syntax syntax, const char * what);

} // namespace shim
