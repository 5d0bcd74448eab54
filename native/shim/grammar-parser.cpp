// GBNF: rules are lists of alternatives; repetitions become rules that repeat themselves.
#include "grammar-parser.h"

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>

namespace {

using shim::character_class;
using shim::element_kind;
using shim::grammar_element;
using rule_t = std::vector<grammar_element>;

// llama.cpp's limit of repetitions, nested ones multiplied; larger most numbers mean no limit.
constexpr uint64_t n_repetitions_max = 2000;
// Of all rules together; 8 bytes each. The largest grammars of schemas have some 10,000.
constexpr size_t n_elements_max = 1 << 20;
constexpr uint64_t unlimited = UINT64_MAX;

bool is_digit(char c) { return '0' <= c && c <= '9'; }

bool is_of_name(char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '-' || is_digit(c);
}

// Characters up to 0x7f, and all that have no encoding, stand for themselves.
uint32_t length_of_character(unsigned char first) {
    if (first < 0xc0) return 1;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

class parser {
public:
    parser(const char * text, const llama_vocab * vocab) : at(text), vocab(vocab) {}

    shim::parsed_grammar parse() {
        skip_space(true);
        while (*at != '\0') parse_rule();
        for (const auto & [name, rule] : names) {
            if (rule >= rules.size() || rules[rule].empty()) fail("undefined rule \"" + name + '"');
        }
        const auto root = names.find("root");
        if (root == names.end()) throw std::runtime_error("the grammar has no rule \"root\"");
        return {std::move(rules), std::move(classes), root->second};
    }

private:
    const char * at;
    const llama_vocab * vocab;
    std::map<std::string, uint32_t> names;
    uint32_t n_rules = 0;
    std::vector<rule_t> rules;
    size_t n_elements = 0;
    std::vector<character_class> classes;
    std::map<std::vector<uint32_t>, uint32_t> class_ids;

    [[noreturn]] static void fail(const std::string & what) {
        throw std::runtime_error("failed to parse grammar: " + what);
    }

    [[noreturn]] void expected(const std::string & what) const {
        constexpr size_t n_shown = 40;
        const std::string rest(at);
        fail("expecting " + what + " at \"" + rest.substr(0, n_shown) + '"');
    }

    void skip_space(bool over_lines) {
        while (true) {
            if (*at == '#') {
                while (*at != '\0' && *at != '\r' && *at != '\n') at++;
            } else if (*at == ' ' || *at == '\t' || (over_lines && (*at == '\r' || *at == '\n'))) {
                at++;
            } else {
                return;
            }
        }
    }

    void take(char c, bool over_lines) {
        if (*at != c) expected(std::string("'") + c + "'");
        at++;
        skip_space(over_lines);
    }

    std::string take_name() {
        const char * begin = at;
        while (is_of_name(*at)) at++;
        if (at == begin) expected("a name");
        return {begin, at};
    }

    uint64_t take_number() {
        if (!is_digit(*at)) expected("a number");
        uint64_t value = 0;
        for (; is_digit(*at); at++) {
            if (value > UINT32_MAX) expected("a smaller number");
            value = 10 * value + static_cast<uint64_t>(*at - '0');
        }
        return value;
    }

    uint32_t rule_of(const std::string & name) {
        const auto [known, is_new] = names.insert({name, n_rules});
        if (is_new) n_rules++;
        return known->second;
    }

    void add_rule(uint32_t id, rule_t rule) {
        if (rules.size() <= id) rules.resize(id + 1);
        rules[id] = std::move(rule);
    }

    void count_elements(size_t n) {
        n_elements += n;
        if (n_elements > n_elements_max) fail("it is too large");
    }

    void parse_rule() {
        const std::string name = take_name();
        skip_space(false);
        const uint32_t id = rule_of(name);
        for (const char c : {':', ':', '='}) {
            if (*at != c) expected("::=");
            at++;
        }
        skip_space(true);
        parse_alternatives(id, false);
        if (*at != '\0' && *at != '\r' && *at != '\n') expected("the end of a line");
        skip_space(true);
    }

    void parse_alternatives(uint32_t id, bool is_nested) {
        rule_t rule;
        parse_sequence(rule, is_nested);
        while (*at == '|') {
            at++;
            skip_space(true);
            rule.push_back({element_kind::alternative, 0});
            parse_sequence(rule, is_nested);
        }
        rule.push_back({element_kind::end, 0});
        add_rule(id, std::move(rule));
    }

    void parse_sequence(rule_t & rule, bool is_nested) {
        size_t last = rule.size();  // where the item begins that a repetition would repeat
        uint64_t n_rules_of_last = 1;
        while (*at != '\0') {
            if (const auto times = take_repetition(is_nested)) {
                if (last == rule.size()) expected("something to repeat before this");
                n_rules_of_last *= repeat(rule, last, *times, n_rules_of_last);
                continue;
            }
            const size_t begin = rule.size();
            const uint32_t n_rules_before = n_rules;
            if (!parse_item(rule)) return;
            const bool is_group = at[-1] == ')';
            skip_space(is_nested);
            last = begin;
            n_rules_of_last = is_group ? std::max(1u, n_rules - n_rules_before) : 1;
            count_elements(rule.size() - begin + 1);
        }
    }

    // False where a sequence ends.
    bool parse_item(rule_t & rule) {
        if (*at == '"') parse_literal(rule);
        else if (*at == '[') parse_class(rule);
        else if (*at == '<' || *at == '!') parse_token(rule);
        else if (*at == '(') parse_group(rule);
        else if (*at == '.') {
            at++;
            rule.push_back(characters({true, {}}));
        } else if (is_of_name(*at)) rule.push_back({element_kind::rule, rule_of(take_name())});
        else return false;
        return true;
    }

    void parse_literal(rule_t & rule) {
        for (at++; *at != '"';) {
            const uint32_t c = take_character();
            rule.push_back(characters({false, {{c, c}}}));
        }
        at++;
    }

    void parse_class(rule_t & rule) {
        character_class found{false, {}};
        at++;
        if (*at == '^') {
            found.is_negated = true;
            at++;
        }
        while (*at != ']') {
            const uint32_t low = take_character();
            const bool is_range = at[0] == '-' && at[1] != ']';
            if (is_range) at++;
            found.ranges.push_back({low, is_range ? take_character() : low});
        }
        at++;
        if (!found.ranges.empty()) rule.push_back(characters(found)); // so does llama.cpp
    }

    void parse_group(rule_t & rule) {
        at++;
        skip_space(true);
        const uint32_t id = n_rules++;
        parse_alternatives(id, true);
        if (*at != ')') expected("')'");
        at++;
        rule.push_back({element_kind::rule, id});
    }

    void parse_token(rule_t & rule) {
        const bool is_other = *at == '!';
        if (is_other) at++;
        if (*at != '<') expected("'<'");
        rule.push_back({is_other ? element_kind::other_token : element_kind::token, take_token()});
    }

    // <[id]>, or the text of a token: <think>.
    uint32_t take_token() {
        if (at[1] == '[') {
            at += 2;
            const auto id = static_cast<uint32_t>(take_number());
            if (at[0] != ']' || at[1] != '>') expected("]>");
            at += 2;
            return id;
        }
        const char * begin = at;
        while (*at != '\0' && *at != '>') at++;
        if (*at == '\0') expected("'>'");
        at++;
        const auto length = static_cast<int32_t>(at - begin);
        llama_token tokens[2];
        if (llama_tokenize(vocab, begin, length, tokens, 2, false, true) != 1)
            fail("no token is \"" + std::string(begin, at) + '"');
        return static_cast<uint32_t>(tokens[0]);
    }

    uint32_t take_hexadecimal(int32_t n_digits) {
        uint32_t value = 0;
        for (at += 2; n_digits > 0; n_digits--, at++) {
            const auto digits = std::string("0123456789abcdef");
            const size_t digit = digits.find(*at >= 'A' && *at <= 'F' ? *at + ('a' - 'A') : *at);
            if (digit == std::string::npos) expected("a hexadecimal digit");
            value = 16 * value + static_cast<uint32_t>(digit);
        }
        return value;
    }

    uint32_t take_escape() {
        switch (at[1]) {
        case 'x': return take_hexadecimal(2);
        case 'u': return take_hexadecimal(4);
        case 'U': return take_hexadecimal(8);
        case 't': at += 2; return '\t';
        case 'r': at += 2; return '\r';
        case 'n': at += 2; return '\n';
        case '\\':
        case '"':
        case '[':
        case ']':
        case '-': at += 2; return static_cast<unsigned char>(at[-1]);
        default: expected("an escape that is known");
        }
    }

    uint32_t take_character() {
        if (*at == '\0') fail("unexpected end of input");
        if (*at == '\\') return take_escape();
        const auto first = static_cast<unsigned char>(*at++);
        const uint32_t length = length_of_character(first);
        uint32_t value = first & ((1u << (8 - length)) - 1);
        for (uint32_t i = 1; i < length && *at != '\0'; i++) {
            value = (value << 6) + (static_cast<unsigned char>(*at++) & 0x3f);
        }
        return value;
    }

    grammar_element characters(const character_class & found) {
        std::vector<uint32_t> key{found.is_negated};
        for (const auto & [low, high] : found.ranges) key.insert(key.end(), {low, high});
        const auto id = static_cast<uint32_t>(classes.size());
        const auto [known, is_new] = class_ids.insert({key, id});
        if (is_new) classes.push_back(found);
        return {element_kind::characters, known->second};
    }

    struct repetition {
        uint64_t least, most;
    };

    std::optional<repetition> take_repetition(bool is_nested) {
        const char c = *at;
        if (c != '*' && c != '+' && c != '?' && c != '{') return std::nullopt;
        at++;
        skip_space(is_nested);
        if (c == '*') return repetition{0, unlimited};
        if (c == '+') return repetition{1, unlimited};
        if (c == '?') return repetition{0, 1};
        repetition times{take_number(), unlimited};
        skip_space(is_nested);
        if (*at == '}') times.most = times.least;
        else {
            take(',', is_nested);
            if (is_digit(*at)) times.most = take_number();
            skip_space(is_nested);
        }
        take('}', is_nested);
        if (times.least > n_repetitions_max) fail("number of repetitions is too large");
        if (times.most < times.least) fail("a repetition ends before it begins");
        if (times.most > n_repetitions_max) times.most = unlimited;
        return times;
    }

    // S{2,4} becomes S S R2, with R2 ::= S R1 | and R1 ::= S |; S{2,} becomes S S R, with
    // R ::= S R |. Returns by how much that multiplies the rules of S.
    uint64_t repeat(rule_t & rule, size_t begin, repetition times, uint64_t n_rules_of_it) {
        const rule_t item(rule.begin() + static_cast<std::ptrdiff_t>(begin), rule.end());
        const bool is_endless = times.most == unlimited;
        const uint64_t n_times = std::max<uint64_t>(is_endless ? times.least : times.most, 1);
        if (n_rules_of_it * n_times > n_repetitions_max) fail("number of repetitions is too large");
        const uint64_t n_optional = is_endless ? 1 : times.most - times.least;
        count_elements(item.size() * times.least + (item.size() + 3) * n_optional);
        rule.resize(begin);
        for (uint64_t i = 0; i < times.least; i++) {
            rule.insert(rule.end(), item.begin(), item.end());
        }
        uint32_t inner = 0;
        for (uint64_t i = 0; i < n_optional; i++) {
            const uint32_t id = n_rules++;
            rule_t optional = item;
            if (is_endless || i > 0) {
                optional.push_back({element_kind::rule, is_endless ? id : inner});
            }
            optional.push_back({element_kind::alternative, 0});
            optional.push_back({element_kind::end, 0});
            add_rule(id, std::move(optional));
            inner = id;
        }
        if (n_optional > 0) rule.push_back({element_kind::rule, inner});
        return n_times;
    }
};

} // namespace

namespace shim {

parsed_grammar parse_gbnf(const char * text, const llama_vocab * vocab) {
    return parser(text, vocab).parse();
}

} // namespace shim
