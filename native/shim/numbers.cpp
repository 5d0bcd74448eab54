// Numbers from JSON, in their range.
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "shim-internal.h"

namespace {

std::string text(double value) {
    std::ostringstream out;
    out.precision(10);
    out << value;
    return out.str();
}

// Every whole number that is asked for here is one that a double can hold.
double read(
    const common_json & options, const char * key, double min, double max, bool is_whole) {
    const common_json & given = options.at(key);
    const double value = given.is_number() ? given.get<double>() : NAN;
    if (value >= min && value <= max && (!is_whole || std::floor(value) == value)) return value;
    throw std::invalid_argument(
        std::string(key) + " must be a " + (is_whole ? "whole " : "") + "number from " + text(min) +
        " to " + text(max) + ", not " + (given.is_number() ? text(value) : given.dump()));
}

} // namespace

namespace shim {

int32_t whole_number(
    const common_json & options, const char * key, int64_t otherwise, int32_t min, int32_t max) {
    if (!options.contains(key)) return static_cast<int32_t>(otherwise);
    return static_cast<int32_t>(read(options, key, min, max, true));
}

double number(
    const common_json & options, const char * key, double otherwise, double min, double max) {
    if (!options.contains(key)) return otherwise;
    return read(options, key, min, max, false);
}

} // namespace shim
