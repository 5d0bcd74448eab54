// A regular expression that is looked for in a text that grows: the one of a grammar's trigger.
//
// Clients hand these in, and std::regex calls itself once per character and tries all ways one
// after the other: `(a+)+$` takes it for ever, and 100,000 letters overflow the stack. Here all
// ways are followed at once (a Pike machine), each byte is looked at once, and what that cannot do
// is refused.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

namespace shim {

using byte_set = std::bitset<256>;

struct pattern_step {
    enum kind_t {
        consume,   // a byte of set `x`
        fork,      // goes on at `x`, or else at `y`
        jump,      // goes on at `x`
        save,      // remembers the place as number `x`
        at_begin,
        at_end,
        edge,      // of a word; `x`: 0 no edge
        look,      // what begins at `x` follows, or not: where `z` is 0; goes on at `y`
        match,
    };
    kind_t kind;
    uint32_t x = 0, y = 0, z = 0;
};

struct pattern_program {
    std::vector<pattern_step> steps;
    std::vector<byte_set> sets;
    uint32_t n_groups = 0;
    size_t n_ahead = 0; // bytes that a step looks ahead at most
};

// ECMAScript's syntax and meaning over bytes, as std::regex has them. Throws std::invalid_argument
// for what is no pattern or cannot be looked for in linear time: references to groups, unbounded
// or nested lookahead, and what is too large written out.
pattern_program compile_pattern(const std::string & source);

class text_pattern {
public:
    explicit text_pattern(const std::string & source) : program(compile_pattern(source)) {}

    // How much a byte costs at most.
    size_t n_steps() const { return program.steps.size(); }

    // Where a match in `text` begins: its first group that is not empty, else all of it; npos
    // without a match. `text` is that of the last call, which found nothing, and what came since.
    size_t find(const std::string & text);

private:
    struct way {
        uint32_t step;
        std::vector<size_t> saved; // begin and end of the match, of its first group, …
    };

    pattern_program program;
    // Those at byte `n_seen`, the preferred ones first. What looks ahead from a later place may see
    // more the next time.
    std::vector<way> ways;
    size_t n_seen = 0;

    friend class pattern_walk;
};

} // namespace shim
