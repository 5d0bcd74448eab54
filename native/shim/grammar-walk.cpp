// A state of a grammar, and the tree of a vocabulary: which tokens fit.
#include <algorithm>

#include "grammar-machine.h"

namespace {

constexpr uint32_t dead = 0;
constexpr uint64_t all_groups = (uint64_t{1} << shim::n_character_groups) - 1;

// Groups with a character from `low` to `high`; high is of the last letter UINT32_MAX.
uint64_t groups_between(uint32_t low, uint32_t high) {
    uint64_t groups = 0;
    for (uint32_t c = low; c <= std::min(high, 127u); c++) {
        groups |= uint64_t{1} << shim::group_of(c);
    }
    for (const auto & [first, last] : {std::pair{0x80u, 0x7ffu}, {0x800u, 0xffffu}}) {
        if (low <= last && first <= high) groups |= uint64_t{1} << shim::group_of(first);
    }
    if (high >= 0x10000) groups |= uint64_t{1} << shim::group_of(0x10000);
    return groups;
}

} // namespace

namespace shim {

// Groups of characters that all lead from a state to itself, parts included: text in a string.
uint64_t grammar_machine::loop_of(uint32_t id) {
    if (states[id].has_loop) return states[id].loop;
    uint64_t groups = all_groups & ~(uint64_t{1} << (group_of_parts + 1));
    for (size_t letter = 0; letter < letters.size(); letter++) {
        if (step(id, letters[letter]) == id) continue;
        const bool is_last = letter + 1 == letters.size();
        groups &= ~groups_between(letters[letter], is_last ? UINT32_MAX : letters[letter + 1] - 1);
    }
    const auto & all = states[id].stacks;
    const bool takes_all_parts = std::any_of(all.begin(), all.end(), [&](uint32_t stack) {
        const grammar_element top = rules.elements[stacks[stack].element];
        return stack != 0 && top.kind == element_kind::characters &&
               rules.classes[top.value].is_negated &&
               rules.classes[top.value].may_have(0x80, UINT32_MAX);
    });
    if (!takes_all_parts) groups &= ~(uint64_t{1} << group_of_parts);
    states[id].has_loop = true;
    return states[id].loop = groups;
}

// Adds the tokens that a place wants by name, of those whose text has characters below `node`.
void grammar_machine::take_wanted(uint32_t state, uint32_t node, mask_builder & mask) {
    for (uint32_t child = node + 1; child < words->ends[node]; child = words->ends[child]) {
        if ((words->characters[child] & part_flag) != 0) continue;
        for (uint32_t i = words->firsts[child]; i < words->firsts[words->ends[child]]; i++) {
            const llama_token token = words->tokens[i];
            const auto & all = states[state].stacks;
            spend(all.size());
            const bool is_wanted_here = std::any_of(
                all.begin(), all.end(), [&](uint32_t stack) { return is_wanted(stack, token); });
            if (is_wanted_here) mask.add(token);
        }
    }
}

void grammar_machine::walk(uint32_t from, mask_builder & mask) {
    struct level {
        uint32_t end; // the first node that is not below
        uint32_t state;
    };
    const vocabulary & tree = *words;
    std::vector<level> levels{{tree.ends[0], from}};
    const auto take = [&](uint32_t first, uint32_t last) {
        for (uint32_t i = first; i < last; i++) mask.add(tree.tokens[i]);
    };
    if (states[from].has_tokens) take_wanted(from, 0, mask);
    for (uint32_t node = 1; node < tree.ends[0];) {
        while (node >= levels.back().end) levels.pop_back();
        const uint32_t state = levels.back().state;
        const uint32_t character = tree.characters[node], end = tree.ends[node];
        spend(1);
        if ((character & part_flag) != 0) {
            if (may_begin(state, part_of(character))) take(tree.firsts[node], tree.firsts[end]);
            node = end;
            continue;
        }
        const uint32_t next = step(state, character);
        if (next == dead) {
            node = end;
            continue;
        }
        if (states[next].has_tokens) take_wanted(next, node, mask);
        // Only where there is a loop at all is it worth looking for all of it.
        const bool is_loop = next == state || states[next].has_loop;
        if (is_loop && (tree.below[node] & ~loop_of(next)) == 0) {
            take(tree.firsts[node], tree.firsts[end]);
            node = end;
            continue;
        }
        take(tree.firsts[node], tree.firsts[node + 1]);
        if (end > node + 1) levels.push_back({end, next});
        node++;
    }
}

} // namespace shim
