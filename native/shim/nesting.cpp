#include "nesting.h"

#include <cstring>
#include <stdexcept>

namespace {

struct brackets {
    const char * open;
    const char * close;
    bool has_strings;
    bool has_classes;
    bool has_comments;
    // Outside of strings and classes, where it always does.
    bool escapes;
};

brackets brackets_of(shim::syntax syntax) {
    switch (syntax) {
    case shim::syntax::json: return {"[{", "]}", true, false, false, false};
    case shim::syntax::grammar: return {"(", ")", true, true, true, false};
    case shim::syntax::regex: return {"(", ")", false, true, false, true};
    case shim::syntax::text: break;
    }
    return {"[{", "]}", false, false, false, false};
}

bool is_one_of(const char * characters, char c) { return c != '\0' && strchr(characters, c); }

// The end of what begins at `i` with a quote or "[": the position of `last`, or the text's end.
size_t skip_to(const std::string & text, size_t i, char last) {
    for (i++; i < text.size() && text[i] != last; i++) {
        if (text[i] == '\\') i++;
    }
    return i;
}

} // namespace

namespace shim {

void check_nesting(
    const std::string & text, syntax syntax, const char * what, int32_t n_levels_max) {
    const brackets b = brackets_of(syntax);
    int32_t n_levels = 0;
    for (size_t i = 0; i < text.size(); i++) {
        const char c = text[i];
        if (b.escapes && c == '\\') i++;
        else if (b.has_strings && c == '"') i = skip_to(text, i, '"');
        else if (b.has_classes && c == '[') i = skip_to(text, i, ']');
        else if (b.has_comments && c == '#') i = text.find('\n', i);
        else if (is_one_of(b.close, c)) n_levels--;
        else if (is_one_of(b.open, c) && ++n_levels > n_levels_max) {
            throw std::invalid_argument(
                std::string(what) + " has brackets more than " + std::to_string(n_levels_max) +
                " levels deep");
        }
        if (i == std::string::npos) return;
    }
}

} // namespace shim
