// What becomes of a grammar after it was parsed, and the characters of its classes.
#include "grammar-rules.h"

#include <algorithm>
#include <stdexcept>

#include "grammar-parser.h"

namespace {

using rule_list = std::vector<std::vector<shim::grammar_element>>;

// True when an alternative has no element at all. llama.cpp takes only such rules for ones that
// may be empty; what it misses ends at the machine's limit of work.
bool has_empty_alternative(const std::vector<shim::grammar_element> & rule) {
    bool is_at_start = true;
    for (const auto & element : rule) {
        const bool is_end = element.kind <= shim::element_kind::alternative;
        if (is_end && is_at_start) return true;
        is_at_start = is_end;
    }
    return false;
}

// The rules that may come first in `rule`. `may_be_empty` says which may be passed over.
std::vector<uint32_t> leftmost_rules(
    const rule_list & rules, const std::vector<bool> & may_be_empty, uint32_t rule) {
    std::vector<uint32_t> found;
    bool is_leftmost = true;
    for (const auto & element : rules[rule]) {
        if (element.kind <= shim::element_kind::alternative) is_leftmost = true;
        else if (element.kind != shim::element_kind::rule) is_leftmost = false;
        else if (is_leftmost) {
            found.push_back(element.value);
            is_leftmost = may_be_empty[element.value];
        }
    }
    return found;
}

// Depth first, without recursion: chains of rules may be as long as the grammar.
void check_left_recursion(const rule_list & rules) {
    enum class progress : uint8_t { none, begun, done };
    struct visit {
        uint32_t rule;
        std::vector<uint32_t> next;
    };
    std::vector<progress> reached(rules.size(), progress::none);
    std::vector<bool> may_be_empty;
    for (const auto & rule : rules) may_be_empty.push_back(has_empty_alternative(rule));
    std::vector<visit> path;
    const auto enter = [&](uint32_t rule) {
        reached[rule] = progress::begun;
        path.push_back({rule, leftmost_rules(rules, may_be_empty, rule)});
    };
    for (uint32_t rule = 0; rule < rules.size(); rule++) {
        if (reached[rule] == progress::none) enter(rule);
        while (!path.empty()) {
            visit & last = path.back();
            if (last.next.empty()) {
                reached[last.rule] = progress::done;
                path.pop_back();
                continue;
            }
            const uint32_t next = last.next.back();
            last.next.pop_back();
            if (reached[next] == progress::begun)
                throw std::runtime_error("unsupported grammar: a rule begins with itself");
            if (reached[next] == progress::none) enter(next);
        }
    }
}

// The same characters in order, in as few ranges as can be: a class may list tens of thousands.
void merge(std::vector<std::pair<uint32_t, uint32_t>> & ranges) {
    std::sort(ranges.begin(), ranges.end());
    size_t n = 0;
    for (const auto & [low, high] : ranges) {
        if (low > high) continue; // [z-a] has none
        if (n > 0 && low <= uint64_t{ranges[n - 1].second} + 1) {
            ranges[n - 1].second = std::max(ranges[n - 1].second, high);
        } else {
            ranges[n++] = {low, high};
        }
    }
    ranges.resize(n);
}

} // namespace

namespace shim {

bool character_class::has(uint32_t code_point) const { return may_have(code_point, code_point); }

bool character_class::may_have(uint32_t low, uint32_t high) const {
    // The first range that does not end before it.
    const auto range = std::partition_point(
        ranges.begin(), ranges.end(), [&](const auto & one) { return one.second < low; });
    return (range != ranges.end() && range->first <= high) != is_negated;
}

grammar_rules parse_grammar(const std::string & text, const llama_vocab * vocab) {
    parsed_grammar parsed = parse_gbnf(text.c_str(), vocab);
    check_left_recursion(parsed.rules);
    grammar_rules rules;
    rules.root = parsed.root;
    rules.classes = std::move(parsed.classes);
    for (auto & found : rules.classes) merge(found.ranges);
    for (const auto & rule : parsed.rules) {
        rules.starts.push_back(static_cast<uint32_t>(rules.elements.size()));
        rules.elements.insert(rules.elements.end(), rule.begin(), rule.end());
    }
    return rules;
}

} // namespace shim
