#include "constraint.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <stdexcept>

#include "grammar-rules.h"
#include "shim-internal.h"

namespace {

// Of all grammars that are kept together, most recent ones first.
constexpr size_t n_bytes_max = 64 << 20, n_machines_max = 64;
// Of all triggers of a constraint, which every byte of an answer goes through.
constexpr size_t n_pattern_steps_max = 10'000;

struct machine_key {
    const llama_vocab * vocab;
    std::string text;

    bool operator==(const machine_key & other) const {
        return vocab == other.vocab && text == other.text;
    }
};

struct hash_of_key {
    size_t operator()(const machine_key & key) const { return std::hash<std::string>()(key.text); }
};

struct cache {
    std::mutex mutex;
    std::map<const llama_vocab *, std::shared_ptr<const shim::vocabulary>> vocabularies;
    shim::least_recent<machine_key, std::shared_ptr<shim::grammar_machine>, hash_of_key> machines;
};

cache & kept() {
    static cache all;
    return all;
}

// With the lock. What somebody uses goes on living.
void drop_old_machines() {
    auto & machines = kept().machines;
    size_t n_bytes = 0;
    for (const auto & [key, machine] : machines.all()) {
        n_bytes += machine->n_bytes() + key.text.size();
    }
    while (machines.size() > 1 && (n_bytes > n_bytes_max || machines.size() > n_machines_max)) {
        const auto & [key, machine] = machines.all().back();
        n_bytes -= machine->n_bytes() + key.text.size();
        machines.erase_oldest();
    }
}

std::string whole(const std::string & pattern) {
    if (pattern.empty()) return "^$";
    return (pattern.front() != '^' ? "^" : "") + pattern + (pattern.back() != '$' ? "$" : "");
}

} // namespace

namespace shim {

std::shared_ptr<const vocabulary> vocabulary_of(const llama_vocab * vocab) {
    const std::lock_guard<std::mutex> lock(kept().mutex);
    auto & known = kept().vocabularies[vocab];
    if (!known) known = std::make_shared<const vocabulary>(vocab);
    return known;
}

void forget_vocabulary(const llama_model * model) {
    const llama_vocab * vocab = model == nullptr ? nullptr : llama_model_get_vocab(model);
    const std::lock_guard<std::mutex> lock(kept().mutex);
    if (kept().vocabularies.erase(vocab) == 0) return;
    kept().machines.clear(); // some may be of others, who will ask again
}

std::shared_ptr<grammar_machine> machine_of(const llama_vocab * vocab, const std::string & text) {
    const machine_key key{vocab, text};
    {
        const std::lock_guard<std::mutex> lock(kept().mutex);
        if (const auto * known = kept().machines.find(key)) {
            const auto machine = *known;
            drop_old_machines(); // they grow
            return machine;
        }
    }
    auto rules = parse_grammar(text, vocab);
    const auto made = std::make_shared<grammar_machine>(std::move(rules), vocabulary_of(vocab));
    const std::lock_guard<std::mutex> lock(kept().mutex);
    kept().machines.insert(key, made);
    drop_old_machines();
    return made;
}

size_t n_kept_machines() {
    const std::lock_guard<std::mutex> lock(kept().mutex);
    return kept().machines.size();
}

constraint::constraint(const llama_vocab * vocab, const common_params_sampling & params)
    : words(vocabulary_of(vocab)), at(machine_of(vocab, common_grammar_value(params.grammar))),
      waits(params.grammar_lazy) {
    if (!waits) return;
    for (const auto & [type, value, token] : params.grammar_triggers) {
        switch (type) {
        case COMMON_GRAMMAR_TRIGGER_TYPE_TOKEN: trigger_tokens.push_back(token); break;
        case COMMON_GRAMMAR_TRIGGER_TYPE_WORD: triggers.push_back({value, {}}); break;
        case COMMON_GRAMMAR_TRIGGER_TYPE_PATTERN: add_pattern(value); break;
        case COMMON_GRAMMAR_TRIGGER_TYPE_PATTERN_FULL: add_pattern(whole(value)); break;
        }
    }
}

void constraint::add_pattern(const std::string & pattern) {
    triggers.push_back({{}, text_pattern(pattern)});
    size_t n_steps = 0;
    for (const auto & one : triggers) n_steps += one.pattern ? one.pattern->n_steps() : 0;
    if (n_steps > n_pattern_steps_max) {
        throw std::invalid_argument("the patterns of the grammar's triggers are too many");
    }
}

// `n_new` bytes came since it was last asked.
size_t constraint::trigger::find(const std::string & text, size_t n_new) {
    if (pattern) return pattern->find(text);
    const size_t n_looked_at = text.size() - n_new;
    return text.find(word, n_looked_at < word.size() ? 0 : n_looked_at - word.size());
}

void constraint::accept(llama_token token) {
    if (!waits) at.accept(token);
    else if (std::count(trigger_tokens.begin(), trigger_tokens.end(), token) == 0) wait(token);
    else {
        waits = false;
        at.accept_text(token, words->text_of(token));
    }
}

void constraint::wait(llama_token token) {
    const std::string piece = words->text_of(token);
    tokens.push_back({token, text.size(), text.size() + piece.size()});
    text += piece;
    for (auto & trigger : triggers) {
        const size_t begin = trigger.find(text, piece.size());
        if (begin == std::string::npos) continue;
        begin_at(begin);
        return;
    }
}

// The grammar begins there, maybe within a token.
void constraint::begin_at(size_t begin) {
    waits = false;
    for (const auto & [token, first, end] : tokens) {
        if (end <= begin) continue;
        const size_t from = std::max(first, begin);
        at.accept_text(token, text.substr(from, end - from));
    }
    tokens.clear();
    text.clear();
}

} // namespace shim
