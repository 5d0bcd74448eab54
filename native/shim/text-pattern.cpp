#include "text-pattern.h"

#include <algorithm>
#include <cctype>

namespace {

bool is_word(unsigned char c) { return isalnum(c) || c == '_'; }

bool is_edge(const std::string & text, size_t at) {
    const bool before = at > 0 && is_word(text[at - 1]);
    const bool after = at < text.size() && is_word(text[at]);
    return before != after;
}

size_t begin_of(const std::vector<size_t> & saved) {
    for (size_t i = 2; i + 1 < saved.size(); i += 2) {
        if (saved[i + 1] != std::string::npos && saved[i] < saved[i + 1]) return saved[i];
    }
    return saved[0];
}

} // namespace

namespace shim {

// All ways through a program that are alive at one place of a text.
class pattern_walk {
public:
    using way = text_pattern::way;

    pattern_walk(const pattern_program & program, const std::string & text)
        : program(program), text(text), seen(program.steps.size(), 0) {}

    // Those that `ways` lead to without another byte, in their order; each step is reached once.
    std::vector<way> reached(const std::vector<way> & ways, size_t at) {
        now++;
        std::vector<way> all;
        for (auto one : ways) follow(one.step, one.saved, at, all);
        return all;
    }

    // What comes of those behind the byte at `at`. Returns whether one has matched before that:
    // then `matched` is set, and the ways behind it are dropped.
    bool advance(const std::vector<way> & reached, size_t at, std::vector<way> & next,
                 std::vector<size_t> & matched) const {
        next.clear();
        for (const way & one : reached) {
            const pattern_step & step = program.steps[one.step];
            if (step.kind == pattern_step::match) {
                matched = one.saved;
                return true;
            }
            if (at == text.size()) continue;
            const auto byte = static_cast<unsigned char>(text[at]);
            if (program.sets[step.x].test(byte)) next.push_back({one.step + 1, one.saved});
        }
        return false;
    }

private:
    void follow(uint32_t at_step, std::vector<size_t> & saved, size_t at, std::vector<way> & all) {
        if (seen[at_step] == now) return;
        seen[at_step] = now;
        const pattern_step & step = program.steps[at_step];
        switch (step.kind) {
        case pattern_step::fork:
            follow(step.x, saved, at, all);
            follow(step.y, saved, at, all);
            return;
        case pattern_step::jump: return follow(step.x, saved, at, all);
        case pattern_step::save: {
            if (step.x >= saved.size()) return follow(at_step + 1, saved, at, all);
            const size_t before = saved[step.x];
            saved[step.x] = at;
            follow(at_step + 1, saved, at, all);
            saved[step.x] = before;
            return;
        }
        case pattern_step::at_begin:
            if (at == 0) follow(at_step + 1, saved, at, all);
            return;
        case pattern_step::at_end:
            if (at == text.size()) follow(at_step + 1, saved, at, all);
            return;
        case pattern_step::edge:
            if (is_edge(text, at) == (step.x == 1)) follow(at_step + 1, saved, at, all);
            return;
        case pattern_step::look:
            if (follows(step.x, at) == (step.z == 1)) follow(step.y, saved, at, all);
            return;
        case pattern_step::consume:
        case pattern_step::match: all.push_back({at_step, saved});
        }
    }

    // Whether what begins at a step matches from `at` on. It is short.
    bool follows(uint32_t step, size_t at) const {
        pattern_walk inside(program, text);
        std::vector<way> ways{{step, {}}};
        std::vector<size_t> matched;
        for (; !ways.empty(); at++) {
            const auto reached = inside.reached(ways, at);
            if (inside.advance(reached, at, ways, matched)) return true;
        }
        return false;
    }

    const pattern_program & program;
    const std::string & text;
    std::vector<uint32_t> seen; // when a step was reached last
    uint32_t now = 0;
};

size_t text_pattern::find(const std::string & text) {
    constexpr size_t npos = std::string::npos;
    const std::vector<size_t> nothing(2 + 2 * program.n_groups, npos);
    const size_t n_settled = text.size() - std::min(program.n_ahead, text.size());
    pattern_walk walk(program, text);
    std::vector<way> now = ways, next;
    std::vector<size_t> matched;
    for (size_t at = n_seen;; at++) {
        if (at == n_settled) {
            ways = now;
            n_seen = at;
        }
        if (matched.empty()) now.push_back({0, nothing}); // an earlier begin comes before this one
        walk.advance(walk.reached(now, at), at, next, matched);
        if (at == text.size() || (!matched.empty() && next.empty())) break;
        now.swap(next);
    }
    return matched.empty() ? npos : begin_of(matched);
}

} // namespace shim
