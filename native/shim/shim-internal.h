// Shared by the shim's translation units; not part of its interface.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "common.h"
#include "json.h"

namespace shim {

// Sets what shim_last_error() returns on this thread.
void set_error(const std::string & message);

// Drops the native error lines collected so far, so that the next failure shows only its own.
void clear_log();

// `what`, followed by llama.cpp's error log lines since clear_log().
std::string with_log(const std::string & what);

// A malloc'ed copy for the caller to shim_free().
char * copy_text(const std::string & text);

// Runs `body`; an exception becomes `on_error` and an error message. No exception leaves the shim:
// its callers are not C++.
template <typename T, typename F> T guarded(T on_error, F && body) {
    try {
        return std::forward<F>(body)();
    } catch (const std::exception & e) {
        set_error(e.what());
        return on_error;
    }
}

} // namespace shim
