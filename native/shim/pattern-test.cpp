#include "pattern-test.h"

#include <random>
#include <regex>
#include <stdexcept>
#include <vector>

#include "text-pattern.h"

namespace {

struct example {
    std::string source;
    std::string pieces; // what random texts are made of, between bars
};

// First all of llama-common's own.
const std::vector<example> examples = {
    {R"x((?:^|<\|start\|>assistant)( to=(?!self<\|message\|>)(?!user<\|message\|>))x"
     R"x([^<]*?<\|message\|>))x",
     "<#start#>assistant| to=|self|user|<#message#>|x|<"},
    {R"(>>>(?!all))", ">|>>>|all|al|x"},
    {R"(^\s+to$)", " |\n|to|x"},
    {R"(^<\|channel\|>(?:commentary|analysis)\s+to=functions$)",
     "<#channel#>|commentary|analysis| |to=functions|x"},
    {R"(<\|start\|>assistant(\s+to))", "<#start#>assistant| |to|x"},
    {R"(<\|start\|>assistant(<\|channel\|>(?:commentary|analysis)\s+to))",
     "<#start#>assistant|<#channel#>|commentary|analysis| |to|x"},
    {R"((a+)+$)", "a|aa|b"},
    {R"((a|aa)+?(b|$))", "a|aa|b"},
    {R"((x*)*y)", "x|y|z"},
    {R"((?:ab?){2,3}(c)?)", "a|b|c|d"},
    {R"((a)|b(c)|())", "a|b|c|d"},
    {R"([^]*(b)[\s\S]*?(c)$)", "a|b|c|\n"},
    {R"(\b(\w+)\B.\b)", "ab|_| |-|\n"},
    {R"([a-c\]\-[:digit:]]{2}(?=x|-y)([^\d])?)", "a|]|-|7|x|y"},
    {R"(\x41\u0042\.(\$|\{)\d{0,2})", "A|B|.|$|{|5"},
};

std::vector<std::string> split(const std::string & text) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == '|') parts.emplace_back();
        else parts.back() += c == '#' ? '|' : c;
    }
    return parts;
}

size_t found_by(const std::regex & regex, const std::string & text) {
    std::smatch match;
    if (!std::regex_search(text, match, regex)) return std::string::npos;
    for (size_t i = 1; i < match.size(); i++) {
        if (match.length(i) > 0) return static_cast<size_t>(match.position(i));
    }
    return static_cast<size_t>(match.position(0));
}

// A text that grows piece by piece until something is found.
void compare(const example & one, std::mt19937 & random, check_t check) {
    const auto pieces = split(one.pieces);
    const std::regex regex(one.source);
    shim::text_pattern pattern(one.source);
    std::string text;
    for (int i = 0; i < 8; i++) {
        for (size_t n = random() % 3; n-- > 0;) text += pieces[random() % pieces.size()];
        const size_t expected = found_by(regex, text), found = pattern.find(text);
        check(found == expected, one.source + " in \"" + text + "\"");
        if (expected != std::string::npos || found != std::string::npos) return;
    }
}

void compare_long(check_t check) {
    shim::text_pattern nested("(a+)+$"), doubled("^(a|a)*b"), dots("(?:.*)*x");
    std::string text;
    for (int i = 0; i < 100'000; i++) text += "a";
    text += "!";
    check(nested.find(text) == std::string::npos, "a long text without a match");
    check(doubled.find(text) == std::string::npos, "a long text without a match, from its begin");
    check(dots.find(text + "x") == 0, "a long text with a match");
}

void check_refusal(const std::string & source, const std::string & why, check_t check) {
    try {
        shim::text_pattern made(source);
        check(false, source + " is taken");
    } catch (const std::invalid_argument & error) {
        const std::string message = error.what();
        check(message.find(why) != std::string::npos, source + ": " + message);
    }
}

} // namespace

void check_patterns(check_t check) {
    std::mt19937 random(7);
    for (const auto & one : examples) {
        for (int i = 0; i < 300; i++) compare(one, random, check);
    }
    compare_long(check);
    check_refusal(R"((a)\1)", "refers to a group", check);
    check_refusal("(?!a*)", "more than 32 bytes ahead", check);
    check_refusal("(?!(?=a)b)", "while it looks ahead", check);
    check_refusal("((a{100}){100}){100}", "too large", check);
    check_refusal("((((?:){999}){999}){999}){999}", "too large", check);
    check_refusal("(a", "without a )", check);
    check_refusal("a)", "without a (", check);
    check_refusal("*a", "repeats nothing", check);
    check_refusal("[a", "ends too early", check);
    check_refusal("[b-a]", "wrong range", check);
    check_refusal("(?<x>a)", "not known", check);
    check_refusal("a{99999999999999999999}", "too often", check);
}
