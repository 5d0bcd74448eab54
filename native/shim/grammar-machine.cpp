#include "grammar-machine.h"

#include <algorithm>
#include <stdexcept>

namespace {

// What one call may cost, some tenths of a second: an ambiguous grammar has exponentially many
// stacks.
constexpr uint64_t n_spent_max = 8'000'000;
constexpr uint64_t price_of_stack = 50;
constexpr size_t n_bytes_per_stack = 120; // with what the maps need
constexpr size_t n_masks_max = 128;       // at most 19 kB each for a vocabulary of 152,000

constexpr uint32_t dead = 0, empty_stack = 0;

uint64_t hash_of(const std::vector<uint32_t> & values) {
    uint64_t hash = values.size();
    for (const uint32_t value : values) {
        hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
        hash ^= hash >> 29;
    }
    return hash;
}

[[noreturn]] void fail_to_accept(const std::string & text) {
    throw std::runtime_error("empty grammar stack after accepting piece: " + text);
}

} // namespace

namespace shim {

grammar_machine::grammar_machine(
    grammar_rules rules, std::shared_ptr<const vocabulary> words, size_t n_bytes_max)
    : rules(std::move(rules)), words(std::move(words)), n_bytes_max(n_bytes_max) {
    make_letters();
    reset();
}

void grammar_machine::make_letters() {
    letters = {0};
    for (const auto & found : rules.classes) {
        for (const auto & [low, high] : found.ranges) {
            letters.push_back(low);
            if (high < UINT32_MAX) letters.push_back(high + 1);
        }
    }
    std::sort(letters.begin(), letters.end());
    letters.erase(std::unique(letters.begin(), letters.end()), letters.end());
    letters_of_ascii.resize(128);
    for (uint32_t c = 0; c < 128; c++) letters_of_ascii[c] = find_letter(c);
}

uint32_t grammar_machine::find_letter(uint32_t code_point) const {
    const auto next = std::upper_bound(letters.begin(), letters.end(), code_point);
    return static_cast<uint32_t>(next - letters.begin()) - 1;
}

uint32_t grammar_machine::letter_of(uint32_t code_point) const {
    return code_point < 128 ? letters_of_ascii[code_point] : find_letter(code_point);
}

void grammar_machine::spend(uint64_t amount) {
    n_spent += amount;
    if (n_spent > n_spent_max)
        throw std::runtime_error("the grammar is too ambiguous: it has too many ways to go on");
}

size_t grammar_machine::n_bytes() const {
    size_t sum = n_bytes_of_states + stacks.size() * n_bytes_per_stack;
    sum += rules.elements.size() * sizeof(grammar_element) + rules.classes.size() * 64;
    for (const auto & [key, mask] : masks.all()) sum += mask->n_bytes();
    return sum;
}

void grammar_machine::reset() {
    stacks.assign(1, {0, 0});
    stack_ids.clear();
    opened_stacks.clear();
    states.clear();
    state_ids.clear();
    masks.clear();
    n_bytes_of_states = 0;
    state_of({}); // the dead one
}

// Forgets all but where texts stand.
void grammar_machine::make_room() {
    if (n_bytes_of_states + stacks.size() * n_bytes_per_stack < n_bytes_max) return;
    using path = std::vector<uint32_t>; // of elements, from the top of a stack on
    std::vector<std::vector<path>> kept;
    for (const position * position : positions) {
        kept.emplace_back();
        for (uint32_t stack : states[position->state].stacks) {
            path elements;
            for (; stack != empty_stack; stack = stacks[stack].rest) {
                elements.push_back(stacks[stack].element);
            }
            kept.back().push_back(std::move(elements));
        }
    }
    reset();
    for (size_t i = 0; i < positions.size(); i++) {
        std::vector<uint32_t> ids;
        for (const path & elements : kept[i]) {
            uint32_t stack = empty_stack;
            for (size_t j = elements.size(); j-- > 0;) stack = stack_of(elements[j], stack);
            ids.push_back(stack);
        }
        positions[i]->state = state_of(std::move(ids));
    }
}

uint32_t grammar_machine::stack_of(uint32_t element, uint32_t rest) {
    const uint64_t key = uint64_t{element} << 32 | rest;
    const auto known = stack_ids.find(key);
    if (known != stack_ids.end()) return known->second;
    spend(price_of_stack);
    const auto id = static_cast<uint32_t>(stacks.size());
    stacks.push_back({element, rest});
    stack_ids[key] = id;
    return id;
}

uint32_t grammar_machine::state_of(std::vector<uint32_t> ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    spend(ids.size());
    auto & same_hash = state_ids[hash_of(ids)];
    for (const uint32_t id : same_hash) {
        if (states[id].stacks == ids) return id;
    }
    const auto id = static_cast<uint32_t>(states.size());
    same_hash.push_back(id);
    state made;
    made.can_end = !ids.empty() && ids.front() == empty_stack;
    made.has_tokens = std::any_of(ids.begin(), ids.end(), [&](uint32_t stack) {
        return stack != empty_stack && is_token(rules.elements[stacks[stack].element]);
    });
    made.stacks = std::move(ids);
    n_bytes_of_states += sizeof made + made.stacks.size() * sizeof(uint32_t);
    states.push_back(std::move(made));
    return id;
}

uint32_t grammar_machine::end_of_alternative(uint32_t at) {
    const uint32_t begin = at;
    while (!rules.ends_alternative(at)) at++;
    spend((at - begin) / 8); // a short look at each
    return at;
}

// The stacks that a stack stands for once rules on top of it are opened.
const std::vector<uint32_t> & grammar_machine::opened(uint32_t stack) {
    const auto known = opened_stacks.find(stack);
    if (known != opened_stacks.end()) return known->second;
    std::vector<uint32_t> found;
    std::unordered_set<uint32_t> seen{stack};
    std::vector<uint32_t> todo{stack};
    while (!todo.empty()) {
        const uint32_t next = todo.back();
        todo.pop_back();
        spend(1);
        const auto [place, rest] = stacks[next];
        if (next == empty_stack || rules.elements[place].kind != element_kind::rule) {
            found.push_back(next);
            continue;
        }
        const uint32_t after = rules.is_last(place) ? rest : stack_of(place + 1, rest);
        for (uint32_t at = rules.starts[rules.elements[place].value];; at++) {
            const uint32_t inner = rules.ends_alternative(at) ? after : stack_of(at, after);
            if (seen.insert(inner).second) todo.push_back(inner);
            at = end_of_alternative(at);
            if (rules.elements[at].kind == element_kind::end) break;
        }
    }
    spend(found.size());
    return opened_stacks[stack] = std::move(found);
}

// Where a stack goes on behind its top.
const std::vector<uint32_t> & grammar_machine::following(uint32_t id) {
    const auto [place, rest] = stacks[id];
    return opened(rules.is_last(place) ? rest : stack_of(place + 1, rest));
}

uint32_t grammar_machine::start() {
    std::vector<uint32_t> found;
    for (uint32_t at = rules.starts[rules.root];; at++) {
        const auto & some = opened(rules.ends_alternative(at) ? empty_stack : stack_of(at, 0));
        found.insert(found.end(), some.begin(), some.end());
        at = end_of_alternative(at);
        if (rules.elements[at].kind == element_kind::end) break;
    }
    return state_of(std::move(found));
}

uint32_t grammar_machine::step(uint32_t from, uint32_t code_point) {
    auto & next = states[from].next;
    if (next.empty()) {
        spend(letters.size() / 4);
        n_bytes_of_states += letters.size() * sizeof(int32_t);
        next.assign(letters.size(), -1);
    }
    const uint32_t letter = letter_of(code_point);
    if (next[letter] >= 0) return static_cast<uint32_t>(next[letter]);
    const uint32_t to = make_step(from, code_point);
    states[from].next[letter] = static_cast<int32_t>(to);
    return to;
}

uint32_t grammar_machine::make_step(uint32_t from, uint32_t code_point) {
    std::vector<uint32_t> found;
    spend(states[from].stacks.size());
    for (const uint32_t stack : states[from].stacks) {
        const grammar_element top = rules.elements[stacks[stack].element];
        if (stack == empty_stack || top.kind != element_kind::characters) continue;
        if (!rules.classes[top.value].has(code_point)) continue;
        const auto & some = following(stack);
        found.insert(found.end(), some.begin(), some.end());
    }
    return state_of(std::move(found));
}

bool grammar_machine::is_token(grammar_element element) {
    return element.kind == element_kind::token || element.kind == element_kind::other_token;
}

bool grammar_machine::is_wanted(uint32_t stack, llama_token token) const {
    if (stack == empty_stack) return false;
    const auto [kind, value] = rules.elements[stacks[stack].element];
    const bool is_same = value == static_cast<uint32_t>(token);
    return kind == element_kind::token ? is_same : kind == element_kind::other_token && !is_same;
}

// A character that begins like this may come next. Source: RFC 3629, on how long encodings must be.
bool grammar_machine::may_begin(uint32_t state, utf8_part part) const {
    const auto [value, n_remain] = part;
    if (n_remain < 0 || (n_remain == 1 && value < 2)) return false;
    const uint32_t shift = static_cast<uint32_t>(n_remain) * 6;
    uint32_t low = value << shift;
    const uint32_t high = low | ((1u << shift) - 1);
    if (low == 0 && n_remain == 2) low = 0x800;
    if (low == 0 && n_remain == 3) low = 0x10000;
    const auto & all = states[state].stacks;
    return std::any_of(all.begin(), all.end(), [&](uint32_t stack) {
        const grammar_element top = rules.elements[stacks[stack].element];
        return stack != empty_stack && top.kind == element_kind::characters &&
               rules.classes[top.value].may_have(low, high);
    });
}

// As llama.cpp says which tokens may come: where characters of a token's beginning lead to a place
// that wants this very token, it may come too.
bool grammar_machine::fits(uint32_t from, const decoded_text & text, llama_token token) {
    for (const uint32_t code_point : text.code_points) {
        const auto & all = states[from].stacks;
        if (states[from].has_tokens && std::any_of(all.begin(), all.end(), [&](uint32_t stack) {
                return is_wanted(stack, token);
            }))
            return true;
        from = step(from, code_point);
        if (from == dead) return false;
    }
    return text.rest.n_remain == 0 || may_begin(from, text.rest);
}

// As llama.cpp goes on behind a token, that was allowed or not.
uint32_t grammar_machine::step_over(uint32_t from, const decoded_text & text, llama_token token) {
    std::vector<uint32_t> found;
    for (const uint32_t stack : std::vector<uint32_t>(states[from].stacks)) {
        if (stack == empty_stack) continue;
        const bool is_of_token = is_token(rules.elements[stacks[stack].element]);
        if (is_of_token && !is_wanted(stack, token)) continue;
        if (!is_of_token && !text.code_points.empty()) continue;
        if (!is_of_token) found.push_back(stack);
        else {
            const auto & some = following(stack);
            found.insert(found.end(), some.begin(), some.end());
        }
    }
    if (text.code_points.empty()) return state_of(std::move(found));
    for (const uint32_t code_point : text.code_points) from = step(from, code_point);
    if (found.empty()) return from;
    found.insert(found.end(), states[from].stacks.begin(), states[from].stacks.end());
    return state_of(std::move(found));
}

grammar_machine::position::position(std::shared_ptr<grammar_machine> machine)
    : machine(std::move(machine)) {
    begin();
    state = this->machine->start();
    this->machine->positions.push_back(this);
}

grammar_machine::position::~position() {
    auto & all = machine->positions;
    all.erase(std::find(all.begin(), all.end(), this));
}

void grammar_machine::position::begin() {
    machine->n_spent = 0;
    machine->make_room();
}

uint64_t grammar_machine::position::key() const {
    return uint64_t{state} << 32 | node_of(part);
}

bool grammar_machine::position::fits(llama_token token) {
    begin();
    const auto & words = *machine->words;
    if (llama_vocab_is_eog(words.vocab, token)) return machine->states[state].can_end;
    const std::string text = words.text_of(token);
    if (text.empty() || text[0] == '\0') return false;
    return machine->fits(state, decode_utf8(text, part), token);
}

void grammar_machine::position::accept(llama_token token) {
    const auto & words = *machine->words;
    const std::string text = words.text_of(token);
    if (!llama_vocab_is_eog(words.vocab, token)) accept_text(token, text);
    else if (!machine->states[state].can_end) fail_to_accept(text);
}

void grammar_machine::position::accept_text(llama_token token, const std::string & text) {
    begin();
    const decoded_text decoded = decode_utf8(text, part);
    const uint32_t next = machine->step_over(state, decoded, token);
    if (next == dead) fail_to_accept(text);
    state = next;
    part = decoded.rest.is_open() ? decoded.rest : utf8_part{};
}

std::shared_ptr<const token_mask> grammar_machine::position::known_mask() {
    const auto * known = machine->masks.find(key());
    return known == nullptr ? nullptr : *known;
}

std::shared_ptr<const token_mask> grammar_machine::position::mask() {
    begin();
    if (auto known = known_mask()) return known;
    const auto & words = *machine->words;
    mask_builder builder(words.n_tokens);
    if (part.is_open()) {
        for (const llama_token token : words.continuations) {
            const decoded_text text = decode_utf8(words.text_of(token), part);
            if (machine->fits(state, text, token)) builder.add(token);
        }
    } else {
        machine->walk(state, builder);
    }
    if (machine->states[state].can_end) {
        for (const llama_token token : words.end_tokens) builder.add(token);
    }
    const auto made = std::make_shared<const token_mask>(builder.finish());
    if (machine->masks.size() >= n_masks_max) machine->masks.erase_oldest();
    machine->masks.insert(key(), made);
    return made;
}

} // namespace shim
