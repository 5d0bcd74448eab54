// Pattern → tree → program.
#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "text-pattern.h"

namespace {

using shim::byte_set;
using shim::pattern_program;
using shim::pattern_step;

// Templates' patterns take about 50 steps, with one group and 16 bytes of lookahead.
constexpr size_t n_steps_max = 1000, n_groups_max = 16, n_ahead_max = 32;
// Repetitions of what is empty take no steps.
constexpr size_t n_written_max = 20'000;
constexpr size_t unbounded = SIZE_MAX;

[[noreturn]] void refuse(const std::string & why) {
    throw std::invalid_argument("a grammar trigger's pattern cannot be used: " + why);
}

struct node {
    enum kind_t { bytes, sequence, choice, group, repeat, ahead, assertion };
    kind_t kind = sequence;
    byte_set set;                 // of `bytes`
    std::vector<node> parts;
    uint32_t number = 0;          // of a group that is remembered
    size_t least = 0, most = 0;   // of `repeat`
    bool is_lazy = false;
    bool is_negative = false;     // of `ahead`
    pattern_step step{pattern_step::at_begin}; // of `assertion`
};

byte_set bytes_where(int (*is)(int)) {
    byte_set set;
    for (int c = 0; c < 128; c++) set[c] = is(c) != 0;
    return set;
}

byte_set word_bytes() { return bytes_where(isalnum).set('_'); }

byte_set one_byte(char c) { return byte_set().set(static_cast<unsigned char>(c)); }

// Most bytes that a part can match.
size_t longest(const node & part) {
    size_t sum = part.kind == node::bytes ? 1 : 0;
    for (const node & inner : part.parts) {
        const size_t n = longest(inner);
        const size_t times = part.kind == node::repeat ? part.most : 1;
        if (part.kind == node::ahead || n == 0 || times == 0) continue;
        if (n > n_ahead_max || times > n_ahead_max) return unbounded;
        sum = part.kind == node::choice ? std::max(sum, n) : sum + n * times;
        if (sum > n_ahead_max) return unbounded;
    }
    return sum;
}

class parser {
public:
    explicit parser(const std::string & source) : source(source) {}

    node all() {
        node made = choices();
        if (!is_over()) refuse("it has a ) without a (");
        return made;
    }

    uint32_t n_groups = 0;
    size_t n_ahead = 0;

private:
    bool is_over() const { return i == source.size(); }
    bool is_next(char c) const { return !is_over() && source[i] == c; }

    bool take(const char * text) {
        const size_t n = strlen(text);
        if (source.compare(i, n, text) != 0) return false;
        i += n;
        return true;
    }

    char next() {
        if (is_over()) refuse("it ends too early");
        return source[i++];
    }

    node choices() {
        node first = sequence();
        if (!is_next('|')) return first;
        node made;
        made.kind = node::choice;
        made.parts.push_back(std::move(first));
        while (take("|")) made.parts.push_back(sequence());
        return made;
    }

    node sequence() {
        node made;
        while (!is_over() && !is_next('|') && !is_next(')')) {
            node part = one();
            if (part.kind != node::assertion && part.kind != node::ahead) part = repeated(part);
            made.parts.push_back(std::move(part));
        }
        return made;
    }

    node one() {
        const char c = next();
        switch (c) {
        case '^': return assertion({pattern_step::at_begin});
        case '$': return assertion({pattern_step::at_end});
        case '(': return parenthesis();
        case '[': return bytes(brackets());
        case '.': return bytes(~(one_byte('\n') | one_byte('\r')));
        case '\\': return escaped();
        case '*':
        case '+':
        case '?': refuse("it repeats nothing");
        default: return bytes(one_byte(c));
        }
    }

    node parenthesis() {
        node made;
        made.kind = node::group;
        made.is_negative = take("?!");
        if (made.is_negative || take("?=")) made.kind = node::ahead;
        else if (take("?:")) made.kind = node::sequence;
        else if (is_next('?')) refuse("it has a group of a kind that is not known");
        else made.number = ++n_groups;
        if (n_groups > n_groups_max) {
            refuse("it has more than " + std::to_string(n_groups_max) + " groups; (?: ) is none");
        }
        const bool is_ahead = made.kind == node::ahead;
        if (is_ahead && looks_ahead) refuse("it looks ahead while it looks ahead");
        looks_ahead |= is_ahead;
        made.parts.push_back(choices());
        if (is_ahead) looks_ahead = false;
        if (!take(")")) refuse("it has a ( without a )");
        if (is_ahead) look_ahead(longest(made.parts[0]));
        return made;
    }

    void look_ahead(size_t n) {
        if (n > n_ahead_max) {
            refuse("it looks more than " + std::to_string(n_ahead_max) + " bytes ahead");
        }
        n_ahead = std::max(n_ahead, n);
    }

    node repeated(node & part) {
        node made;
        made.kind = node::repeat;
        made.most = unbounded;
        if (take("?")) made.most = 1;
        else if (take("+")) made.least = 1;
        else if (!take("*") && !times(made)) return part;
        made.is_lazy = take("?");
        if (is_next('*') || is_next('+') || is_next('?')) refuse("it repeats a repetition");
        made.parts.push_back(std::move(part));
        return made;
    }

    // {2}, {2,} or {2,5}; a brace that begins nothing of the kind stands for itself.
    bool times(node & made) {
        const size_t begin = i;
        if (take("{") && number(made.least)) {
            made.most = made.least;
            if (take(",") && !number(made.most)) made.most = unbounded;
            if (take("}")) {
                if (made.most < made.least) refuse("a repetition ends before it begins");
                return true;
            }
        }
        i = begin;
        return false;
    }

    bool number(size_t & n) {
        const size_t begin = i;
        n = 0;
        for (; !is_over() && isdigit(static_cast<unsigned char>(source[i])); i++) {
            n = n * 10 + (source[i] - '0');
            if (n > n_steps_max) refuse("it repeats too often");
        }
        return i > begin;
    }

    node escaped() {
        const char c = next();
        if (c == 'b') return assertion({pattern_step::edge, 1});
        if (c == 'B') return assertion({pattern_step::edge, 0});
        if (c >= '1' && c <= '9') refuse("it refers to a group");
        return bytes(escape(c));
    }

    byte_set escape(char c) {
        switch (c) {
        case 'd': return bytes_where(isdigit);
        case 'D': return ~bytes_where(isdigit);
        case 's': return bytes_where(isspace);
        case 'S': return ~bytes_where(isspace);
        case 'w': return word_bytes();
        case 'W': return ~word_bytes();
        case 'n': return one_byte('\n');
        case 'r': return one_byte('\r');
        case 't': return one_byte('\t');
        case 'f': return one_byte('\f');
        case 'v': return one_byte('\v');
        case '0': return one_byte('\0');
        case 'c': return one_byte(static_cast<char>(next() & 31));
        case 'x': return one_byte(hexadecimal(2));
        case 'u': return one_byte(hexadecimal(4));
        default: return one_byte(c);
        }
    }

    char hexadecimal(size_t n_digits) {
        const std::string digits = source.substr(i, n_digits);
        if (digits.size() < n_digits ||
            digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
            refuse("an escape lacks hexadecimal digits");
        }
        i += n_digits;
        const unsigned long code = std::stoul(digits, nullptr, 16);
        if (code > 0xFF) refuse("an escape is of more than one byte");
        return static_cast<char>(code);
    }

    byte_set brackets() {
        const bool is_negative = take("^");
        byte_set set;
        while (!take("]")) {
            const byte_set first = item();
            const bool is_range = is_next('-') && i + 1 < source.size() && source[i + 1] != ']';
            if (!is_range || first.count() != 1) {
                set |= first;
                continue;
            }
            i++;
            const byte_set last = item();
            if (last.count() != 1 || lowest(last) < lowest(first)) refuse("it has a wrong range");
            for (size_t c = lowest(first); c <= lowest(last); c++) set.set(c);
        }
        return is_negative ? ~set : set;
    }

    static size_t lowest(const byte_set & set) {
        size_t c = 0;
        while (!set[c]) c++;
        return c;
    }

    byte_set item() {
        if (take("[:")) return named();
        const char c = next();
        if (c != '\\') return one_byte(c);
        const char what = next();
        return what == 'b' ? one_byte('\b') : escape(what);
    }

    byte_set named() {
        if (take("alpha:]")) return bytes_where(isalpha);
        if (take("digit:]")) return bytes_where(isdigit);
        if (take("alnum:]")) return bytes_where(isalnum);
        if (take("space:]")) return bytes_where(isspace);
        if (take("upper:]")) return bytes_where(isupper);
        if (take("lower:]")) return bytes_where(islower);
        if (take("punct:]")) return bytes_where(ispunct);
        if (take("xdigit:]")) return bytes_where(isxdigit);
        refuse("it names a class that is not known");
    }

    static node bytes(const byte_set & set) {
        node made;
        made.kind = node::bytes;
        made.set = set;
        return made;
    }

    static node assertion(const pattern_step & step) {
        node made;
        made.kind = node::assertion;
        made.step = step;
        return made;
    }

    const std::string & source;
    size_t i = 0;
    bool looks_ahead = false;
};

class writer {
public:
    pattern_program program;

    void write(const node & part) {
        if (++n_written > n_written_max) refuse("it is too large with its repetitions written out");
        switch (part.kind) {
        case node::bytes:
            program.sets.push_back(part.set);
            put({pattern_step::consume, static_cast<uint32_t>(program.sets.size() - 1)});
            return;
        case node::assertion: put(part.step); return;
        case node::choice: return write_choice(part);
        case node::repeat: return write_repeat(part);
        case node::ahead: return write_ahead(part);
        case node::group:
        case node::sequence:
            if (part.number > 0) put({pattern_step::save, 2 * part.number});
            for (const node & inner : part.parts) write(inner);
            if (part.number > 0) put({pattern_step::save, 2 * part.number + 1});
        }
    }

    uint32_t put(pattern_step step) {
        if (program.steps.size() == n_steps_max) refuse("it is too large");
        program.steps.push_back(step);
        return here() - 1;
    }

private:
    uint32_t here() const { return static_cast<uint32_t>(program.steps.size()); }

    void write_choice(const node & part) {
        std::vector<uint32_t> ends;
        for (size_t i = 0; i + 1 < part.parts.size(); i++) {
            const uint32_t fork = put({pattern_step::fork});
            program.steps[fork].x = here();
            write(part.parts[i]);
            ends.push_back(put({pattern_step::jump}));
            program.steps[fork].y = here();
        }
        write(part.parts.back());
        for (const uint32_t end : ends) program.steps[end].x = here();
    }

    void write_repeat(const node & part) {
        for (size_t i = 0; i < part.least; i++) write(part.parts[0]);
        std::vector<uint32_t> forks;
        const size_t n_more = part.most == unbounded ? 1 : part.most - part.least;
        for (size_t i = 0; i < n_more; i++) {
            forks.push_back(put({pattern_step::fork}));
            write(part.parts[0]);
        }
        if (part.most == unbounded) put({pattern_step::jump, forks[0]});
        for (const uint32_t fork : forks) {
            pattern_step & step = program.steps[fork];
            step.x = part.is_lazy ? here() : fork + 1;
            step.y = part.is_lazy ? fork + 1 : here();
        }
    }

    void write_ahead(const node & part) {
        const uint32_t look = put({pattern_step::look});
        program.steps[look].x = here();
        program.steps[look].z = part.is_negative ? 0 : 1;
        write(part.parts[0]);
        put({pattern_step::match});
        program.steps[look].y = here();
    }

    size_t n_written = 0;
};

} // namespace

namespace shim {

pattern_program compile_pattern(const std::string & source) {
    parser parsed(source);
    const node tree = parsed.all();
    writer out;
    out.put({pattern_step::save, 0});
    out.write(tree);
    out.put({pattern_step::match});
    out.program.n_groups = parsed.n_groups;
    out.program.n_ahead = parsed.n_ahead;
    return std::move(out.program);
}

} // namespace shim
