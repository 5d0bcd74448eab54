// What a grammar allows next, as a machine whose states are made when they are first reached: a
// state is the set of stacks that llama.cpp's grammars have, each stack the places to go on at.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "grammar-rules.h"
#include "least-recent.h"
#include "token-mask.h"
#include "vocabulary.h"

namespace shim {

class grammar_machine {
public:
    // It keeps about `n_bytes_max` of what it has found out; more is found anew.
    grammar_machine(
        grammar_rules rules, std::shared_ptr<const vocabulary> words,
        size_t n_bytes_max = 16 << 20);
    grammar_machine(const grammar_machine &) = delete;
    grammar_machine & operator=(const grammar_machine &) = delete;

    // Where one text stands. It stays right while the machine forgets states to save memory.
    class position {
    public:
        explicit position(std::shared_ptr<grammar_machine> machine);
        ~position();
        position(const position &) = delete;
        position & operator=(const position &) = delete;

        // `token` may come next.
        bool fits(llama_token token);

        // Goes on behind a token. Throws where it does not fit.
        void accept(llama_token token);

        // Goes on behind a token of whose text only `text` counts.
        void accept_text(llama_token token, const std::string & text);

        // The tokens that may come next.
        std::shared_ptr<const token_mask> mask();

        // The mask, if it is known already; otherwise NULL.
        std::shared_ptr<const token_mask> known_mask();

    private:
        friend class grammar_machine;
        void begin();
        uint64_t key() const;

        std::shared_ptr<grammar_machine> machine;
        uint32_t state;
        utf8_part part;
    };

    size_t n_bytes() const;
    size_t n_masks() const { return masks.size(); }

private:
    struct stack { // one place on top of the others, which are a stack too
        uint32_t element;
        uint32_t rest;
    };
    struct state {
        std::vector<uint32_t> stacks; // in order; 0 is the empty one
        std::vector<int32_t> next;    // by letter; negative: not known yet
        bool can_end = false;
        bool has_tokens = false; // some stack wants a certain token
        bool has_loop = false;   // `loop` is known
        uint64_t loop = 0;       // groups of characters that lead back here
    };

    void make_letters();
    void reset();
    void make_room();
    void spend(uint64_t amount);

    uint32_t find_letter(uint32_t code_point) const;
    uint32_t letter_of(uint32_t code_point) const;
    uint32_t stack_of(uint32_t element, uint32_t rest);
    uint32_t state_of(std::vector<uint32_t> ids);
    uint32_t start();
    uint32_t end_of_alternative(uint32_t at);
    const std::vector<uint32_t> & opened(uint32_t stack);
    const std::vector<uint32_t> & following(uint32_t id);
    static bool is_token(grammar_element element);
    bool is_wanted(uint32_t stack, llama_token token) const;
    bool may_begin(uint32_t state, utf8_part part) const;

    uint32_t step(uint32_t from, uint32_t code_point);
    uint32_t make_step(uint32_t from, uint32_t code_point);
    uint32_t step_over(uint32_t from, const decoded_text & text, llama_token token);
    bool fits(uint32_t from, const decoded_text & text, llama_token token);
    uint64_t loop_of(uint32_t state);

    void walk(uint32_t from, mask_builder & mask);
    void take_wanted(uint32_t state, uint32_t node, mask_builder & mask);

    const grammar_rules rules;
    const std::shared_ptr<const vocabulary> words;
    const size_t n_bytes_max;
    // Characters that all of the grammar's classes treat alike are one letter: by letter, the first
    // of them, in order.
    std::vector<uint32_t> letters;
    std::vector<uint32_t> letters_of_ascii;

    std::vector<stack> stacks;
    std::unordered_map<uint64_t, uint32_t> stack_ids;
    std::unordered_map<uint32_t, std::vector<uint32_t>> opened_stacks;
    std::vector<state> states;
    std::unordered_map<uint64_t, std::vector<uint32_t>> state_ids; // by hash
    size_t n_bytes_of_states = 0;
    uint64_t n_spent = 0;
    least_recent<uint64_t, std::shared_ptr<const token_mask>> masks;
    std::vector<position *> positions;
};

} // namespace shim
