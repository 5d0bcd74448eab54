#include "vocabulary.h"

#include <algorithm>
#include <string_view>

namespace {

// By the upper half of a first byte: how long its character is. 0: no character begins so.
constexpr int32_t lengths[16] = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 3, 4};

uint32_t byte_at(const std::string & bytes, size_t i) {
    return static_cast<unsigned char>(bytes[i]);
}

// The text of a token, within one string of all texts.
struct token_text {
    uint64_t beginning; // of the text, so that most comparisons are of numbers
    uint32_t at, size;
    llama_token token;
};

uint64_t beginning_of(const std::string & text) {
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof value; i++) {
        value = (value << 8) + (i < text.size() ? byte_at(text, i) : 0);
    }
    return value;
}

void sort_by_bytes(std::vector<token_text> & texts, const std::string & all) {
    std::sort(texts.begin(), texts.end(), [&](const token_text & a, const token_text & b) {
        if (a.beginning != b.beginning) return a.beginning < b.beginning;
        const std::string_view text(all);
        return text.substr(a.at, a.size) < text.substr(b.at, b.size);
    });
}

} // namespace

namespace shim {

decoded_text decode_utf8(const std::string & bytes, utf8_part before) {
    const size_t size = std::min(bytes.find('\0'), bytes.size());
    decoded_text decoded{{}, before};
    auto & [value, n_remain] = decoded.rest;
    size_t i = 0;
    for (; i < size && n_remain > 0; i++, n_remain--) {
        if (byte_at(bytes, i) >> 6 != 2) return {{}, {0, -1}};
        value = (value << 6) + (byte_at(bytes, i) & 0x3f);
    }
    if (before.is_open() && n_remain == 0) decoded.code_points.push_back(value);
    while (i < size) {
        const uint32_t first = byte_at(bytes, i++);
        n_remain = lengths[first >> 4] - 1;
        if (n_remain < 0) return {{}, {0, -1}};
        value = first & ((1u << (7 - n_remain)) - 1);
        for (; i < size && n_remain > 0; i++, n_remain--) {
            value = (value << 6) + (byte_at(bytes, i) & 0x3f);
        }
        if (n_remain == 0) decoded.code_points.push_back(value);
    }
    if (n_remain <= 0) decoded.rest = {};
    return decoded;
}

uint32_t node_of(utf8_part part) {
    return part_flag | (static_cast<uint32_t>(part.n_remain) << 24) | part.value;
}

utf8_part part_of(uint32_t node) {
    return {node & 0xffffff, static_cast<int32_t>((node & ~part_flag) >> 24)};
}

uint32_t group_of(uint32_t node) {
    if ((node & part_flag) != 0) {
        const utf8_part part = part_of(node);
        const bool is_overlong = part.n_remain == 1 && part.value < 2;
        return is_overlong ? group_of_parts + 1 : group_of_parts;
    }
    constexpr uint32_t n_controls = 0x20, first_of_letters = 34;
    if (node < n_controls) return 0;
    if (node >= 0x80) return group_of_parts - (node < 0x800 ? 1 : node < 0x10000 ? 2 : 3);
    if (node >= '0' && node <= '9') return first_of_letters;
    if (node >= 'a' && node <= 'z') return first_of_letters + (node <= 'f' ? 1 : 2);
    if (node >= 'A' && node <= 'Z') return first_of_letters + (node <= 'F' ? 3 : 4);
    // 34 others: each alone.
    uint32_t group = 1 + node - n_controls;
    if (node > '9') group -= 10;
    if (node > 'Z') group -= 26;
    if (node > 'z') group -= 26;
    return group == first_of_letters ? 0 : group; // DEL is a control character
}

vocabulary::vocabulary(const llama_vocab * vocab)
    : vocab(vocab), n_tokens(llama_vocab_n_tokens(vocab)) {
    std::string all;
    std::vector<token_text> texts;
    texts.reserve(static_cast<size_t>(n_tokens));
    for (llama_token token = 0; token < n_tokens; token++) {
        const std::string text = text_of(token);
        if (llama_vocab_is_eog(vocab, token)) end_tokens.push_back(token);
        else if (text.empty() || text[0] == '\0') continue; // no grammar lets them pass
        else if (byte_at(text, 0) >> 6 == 2) continuations.push_back(token);
        else {
            const auto at = static_cast<uint32_t>(all.size());
            texts.push_back({beginning_of(text), at, static_cast<uint32_t>(text.size()), token});
            all += text;
        }
    }
    sort_by_bytes(texts, all);
    add_node(0);
    for (const token_text & text : texts) {
        auto [path, rest] = decode_utf8(all.substr(text.at, text.size), {});
        if (rest.n_remain < 0) continue;
        if (rest.is_open()) path.push_back(node_of(rest));
        add_branch(path, text.token);
    }
    sum_up();
}

std::string vocabulary::text_of(llama_token token) const {
    std::string text(32, '\0');
    const auto render = [&] {
        const auto room = static_cast<int32_t>(text.size());
        return llama_token_to_piece(vocab, token, text.data(), room, 0, true);
    };
    int32_t size = render();
    if (size < 0) {
        text.resize(static_cast<size_t>(-size));
        size = render();
    }
    text.resize(static_cast<size_t>(std::max(size, 0)));
    return text;
}

void vocabulary::add_node(uint32_t character) {
    branch.push_back(static_cast<uint32_t>(characters.size()));
    characters.push_back(character);
    ends.push_back(0);
    firsts.push_back(static_cast<uint32_t>(tokens.size()));
}

// `path` comes behind all that were added, by bytes. Texts that are no UTF-8 may come back to a
// node that has others below it already: then there are two nodes of one character.
void vocabulary::add_branch(const std::vector<uint32_t> & path, llama_token token) {
    size_t depth = 0; // of what is common with the last one
    while (depth < path.size() && depth + 1 < branch.size() &&
           characters[branch[depth + 1]] == path[depth]) {
        depth++;
    }
    if (depth == path.size() && depth + 1 < branch.size()) depth--;
    while (branch.size() > depth + 1) {
        ends[branch.back()] = static_cast<uint32_t>(characters.size());
        branch.pop_back();
    }
    for (; depth < path.size(); depth++) add_node(path[depth]);
    tokens.push_back(token);
}

void vocabulary::sum_up() {
    const auto n_nodes = static_cast<uint32_t>(characters.size());
    for (const uint32_t node : branch) ends[node] = n_nodes;
    add_node(0);
    ends[n_nodes] = n_nodes + 1;
    branch = {};
    below.assign(n_nodes + 1, 0);
    // Backwards, so that what is below a node is known when it is added to those around it.
    for (uint32_t node = n_nodes; node-- > 0;) {
        uint64_t groups = 0;
        for (uint32_t child = node + 1; child < ends[node]; child = ends[child]) {
            groups |= below[child] | (uint64_t{1} << group_of(characters[child]));
        }
        below[node] = groups;
    }
    for (auto * list : {&characters, &ends, &firsts}) list->shrink_to_fit();
}

} // namespace shim
