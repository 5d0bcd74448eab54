// The grammar of one answer: llama-common's lazy grammars too, which begin with a trigger.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common.h"
#include "grammar-machine.h"
#include "text-pattern.h"

namespace shim {

// Of a model's vocabulary, made when it is first needed. Models, their contexts and samplers
// belong to one thread at a time; models of several threads do not share these.
std::shared_ptr<const vocabulary> vocabulary_of(const llama_vocab * vocab);

// The machine of a grammar's text, shared by all who ask for the same one. Throws for what is no
// grammar.
std::shared_ptr<grammar_machine> machine_of(const llama_vocab * vocab, const std::string & text);

// How many machines are kept for those who may ask for them again.
size_t n_kept_machines();

class constraint {
public:
    // Throws for what is no grammar.
    constraint(const llama_vocab * vocab, const common_params_sampling & params);

    // It allows everything: its trigger has not come.
    bool is_waiting() const { return waits; }

    bool fits(llama_token token) { return waits || at.fits(token); }
    std::shared_ptr<const token_mask> mask() { return at.mask(); }
    std::shared_ptr<const token_mask> known_mask() { return at.known_mask(); }

    // Goes on behind a token. Throws where it does not fit.
    void accept(llama_token token);

private:
    struct trigger {
        std::string word; // when there is no pattern
        std::optional<text_pattern> pattern;

        size_t find(const std::string & text, size_t n_new);
    };
    struct token_text {
        llama_token token;
        size_t begin, end; // in `text`
    };

    void add_pattern(const std::string & pattern);
    void wait(llama_token token);
    void begin_at(size_t begin);

    std::shared_ptr<const vocabulary> words;
    grammar_machine::position at;
    bool waits;
    std::vector<trigger> triggers;
    std::vector<llama_token> trigger_tokens;
    std::string text; // of the tokens that came while it waited
    std::vector<token_text> tokens;
};

} // namespace shim
