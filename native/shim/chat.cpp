// Chat templates, their parsers, and JSON schema to GBNF, all llama-common's.
#include <stdexcept>

#include "chat.h"
#include "hutch-shim.h"
#include "json-schema-to-grammar.h"
#include "shim-internal.h"

struct shim_chat_templates {
    common_chat_templates_ptr templates;
};

struct shim_chat_parser {
    common_chat_parser_params params;
};

namespace {

common_chat_templates_inputs inputs_from_json(
    const common_json & o, const common_chat_templates * templates) {
    common_chat_templates_inputs in;
    in.messages = common_chat_msgs_parse_oaicompat(o.at("messages"));
    if (o.contains("tools")) in.tools = common_chat_tools_parse_oaicompat(o.at("tools"));
    in.tool_choice = common_chat_tool_choice_parse_oaicompat(o.value("tool_choice", "auto"));
    in.json_schema = o.value("json_schema", "");
    in.grammar = o.value("grammar", "");
    in.add_generation_prompt = o.value("add_generation_prompt", true);
    in.use_jinja = true;
    auto caps = common_chat_templates_get_caps(templates);
    in.parallel_tool_calls =
        o.value("parallel_tool_calls", static_cast<bool>(caps["supports_parallel_tool_calls"]));
    in.reasoning_format = COMMON_REASONING_FORMAT_AUTO;
    in.enable_thinking = o.value("enable_thinking", true);
    if (o.contains("template_kwargs")) {
        for (const auto & item : o.at("template_kwargs").items()) {
            in.chat_template_kwargs[item.key()] = item.value().dump();
        }
    }
    return in;
}

common_json to_json(const common_chat_params & p) {
    common_json triggers = common_json::array();
    for (const auto & trigger : p.grammar_triggers) {
        common_json row = common_json::object();
        row["type"] = static_cast<int32_t>(trigger.type);
        row["value"] = trigger.value;
        row["token"] = trigger.token;
        triggers.push_back(row);
    }
    common_json o = common_json::object();
    o["prompt"] = p.prompt;
    o["grammar"] = p.grammar;
    o["grammar_lazy"] = p.grammar_lazy;
    o["grammar_triggers"] = triggers;
    o["preserved_tokens"] = p.preserved_tokens;
    o["stops"] = p.additional_stops;
    o["generation_prompt"] = p.generation_prompt;
    o["supports_thinking"] = p.supports_thinking;
    o["thinking_start_tag"] = p.thinking_start_tag;
    o["thinking_end_tags"] = p.thinking_end_tags;
    o["format"] = static_cast<int32_t>(p.format);
    o["parser"] = p.parser;
    return o;
}

common_json to_json(const common_chat_msg & message) {
    common_json calls = common_json::array();
    for (const auto & call : message.tool_calls) {
        common_json row = common_json::object();
        row["id"] = call.id;
        row["name"] = call.name;
        row["arguments"] = call.arguments;
        calls.push_back(row);
    }
    common_json o = common_json::object();
    o["content"] = message.content;
    o["reasoning"] = message.reasoning_content;
    o["tool_calls"] = calls;
    return o;
}

} // namespace

extern "C" {

struct shim_chat_templates * shim_chat_templates_init(
    const struct llama_model * model, const char * template_override) {
    return shim::guarded<shim_chat_templates *>(nullptr, [&] {
        return new shim_chat_templates{common_chat_templates_init(model, template_override)};
    });
}

void shim_chat_templates_free(struct shim_chat_templates * templates) { delete templates; }

char * shim_chat_apply(const struct shim_chat_templates * templates, const char * request) {
    return shim::guarded<char *>(nullptr, [&] {
        const common_chat_templates * t = templates->templates.get();
        const auto inputs = inputs_from_json(common_json::parse(request), t);
        return shim::copy_text(to_json(common_chat_templates_apply(t, inputs)).dump_safe());
    });
}

struct shim_chat_parser * shim_chat_parser_init(const char * params) {
    return shim::guarded<shim_chat_parser *>(nullptr, [&] {
        const common_json o = common_json::parse(params);
        common_chat_parser_params p;
        p.format = static_cast<common_chat_format>(o.at("format").get<int32_t>());
        p.reasoning_format = COMMON_REASONING_FORMAT_AUTO;
        p.generation_prompt = o.value("generation_prompt", "");
        p.parse_tool_calls = o.value("parse_tool_calls", true);
        const std::string parser = o.value("parser", "");
        if (!parser.empty()) p.parser.load(parser);
        return new shim_chat_parser{std::move(p)};
    });
}

void shim_chat_parser_free(struct shim_chat_parser * parser) { delete parser; }

char * shim_chat_parse(
    const struct shim_chat_parser * parser, const char * text, size_t text_len, bool is_partial) {
    return shim::guarded<char *>(nullptr, [&] {
        const auto message =
            common_chat_parse(std::string(text, text_len), is_partial, parser->params);
        return shim::copy_text(to_json(message).dump_safe());
    });
}

char * shim_json_schema_to_grammar(const char * schema) {
    return shim::guarded<char *>(nullptr, [&] {
        return shim::copy_text(json_schema_to_grammar(common_json::parse(schema)));
    });
}

} // extern "C"
