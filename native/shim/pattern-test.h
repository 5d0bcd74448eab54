// Compares the patterns of triggers with std::regex.
#pragma once

#include <string>

using check_t = void (*)(bool is_right, const std::string & what);

void check_patterns(check_t check);
