// Chat templates, their parsers, and JSON schema to GBNF, all llama-common's.
#include <stdexcept>

#include "chat.h"
#include "hutch-shim.h"
#include "json-schema-to-grammar.h"
#include "nesting.h"
#include "shim-internal.h"

struct shim_chat_templates {
    common_chat_templates_ptr templates;
    bool use_jinja;
};

struct shim_chat_parser {
    common_chat_parser_params params;
    // JSON in answers is parsed by a function that calls itself.
    bool parses_json;
};

namespace {

common_reasoning_format reasoning_format_from_name(const std::string & name) {
    for (const auto format :
         {COMMON_REASONING_FORMAT_NONE, COMMON_REASONING_FORMAT_AUTO,
          COMMON_REASONING_FORMAT_DEEPSEEK, COMMON_REASONING_FORMAT_DEEPSEEK_LEGACY}) {
        if (name == common_reasoning_format_name(format)) return format;
    }
    throw std::invalid_argument(
        "reasoning_format must be \"none\", \"auto\", \"deepseek\" or \"deepseek-legacy\", not \"" +
        name + "\"");
}

// Why a template does not parse. llama-common reports that by an exception without a message.
std::string parse_error_of(const std::string & source) {
    const std::string error = "the chat template does not parse";
    try {
        common_chat_template(source, "", "");
    } catch (const std::exception & e) {
        return error + ": " + e.what();
    }
    return error;
}

common_chat_templates_ptr templates_from(const llama_model * model, const std::string & given) {
    try {
        return common_chat_templates_init(model, given);
    } catch (const std::exception &) {
        const char * own = llama_model_chat_template(model, nullptr);
        throw std::invalid_argument(parse_error_of(given.empty() && own ? own : given));
    }
}

common_chat_templates_inputs inputs_from_json(
    const common_json & o, const shim_chat_templates & templates) {
    common_chat_templates_inputs in;
    in.messages = common_chat_msgs_parse_oaicompat(o.at("messages"));
    if (o.contains("tools")) in.tools = common_chat_tools_parse_oaicompat(o.at("tools"));
    in.tool_choice = common_chat_tool_choice_parse_oaicompat(o.value("tool_choice", "auto"));
    for (const auto & message : in.messages) {
        for (const auto & call : message.tool_calls) {
            shim::check_nesting(call.arguments, shim::syntax::json, "a tool call");
        }
    }
    in.json_schema = o.value("json_schema", "");
    shim::check_nesting(in.json_schema, shim::syntax::json, "the JSON schema");
    in.grammar = o.value("grammar", "");
    in.add_generation_prompt = o.value("add_generation_prompt", true);
    if (o.contains("continue_final_message")) {
        in.continue_final_message = common_chat_continuation_parse(o.at("continue_final_message"));
    }
    in.use_jinja = templates.use_jinja;
    auto caps = common_chat_templates_get_caps(templates.templates.get());
    in.parallel_tool_calls =
        o.value("parallel_tool_calls", static_cast<bool>(caps["supports_parallel_tool_calls"]));
    in.reasoning_format = reasoning_format_from_name(o.value("reasoning_format", "auto"));
    in.enable_thinking = o.value("enable_thinking", true);
    in.force_pure_content = o.value("force_pure_content", false);
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
    const struct llama_model * model, const char * template_override, bool use_jinja) {
    return shim::guarded<shim_chat_templates *>(nullptr, [&] {
        const std::string given = template_override;
        if (!use_jinja && !given.empty() && !common_chat_verify_template(given, false)) {
            throw std::invalid_argument(
                "without Jinja the chat template must be one of those that llama.cpp has built in");
        }
        return new shim_chat_templates{templates_from(model, given), use_jinja};
    });
}

void shim_chat_templates_free(struct shim_chat_templates * templates) { delete templates; }

char * shim_chat_templates_describe(const struct shim_chat_templates * templates) {
    return shim::guarded<char *>(nullptr, [&] {
        const common_chat_templates * t = templates->templates.get();
        common_json caps = common_json::object();
        for (const auto & [name, has] : common_chat_templates_get_caps(t)) caps[name] = has;
        common_json o = common_json::object();
        o["caps"] = caps;
        o["source"] = common_chat_templates_source(t);
        o["tool_use_source"] = common_chat_templates_source(t, "tool_use");
        o["supports_thinking"] =
            templates->use_jinja && common_chat_templates_support_enable_thinking(t);
        return shim::copy_text(o.dump_safe());
    });
}

char * shim_chat_apply(const struct shim_chat_templates * templates, const char * request) {
    return shim::guarded<char *>(nullptr, [&] {
        const common_chat_templates * t = templates->templates.get();
        shim::check_nesting(request, shim::syntax::json, "the conversation");
        const common_json o = common_json::parse(request);
        auto inputs = inputs_from_json(o, *templates);
        common_chat_params rendered = common_chat_templates_apply(t, inputs);
        if (!inputs.tools.empty() && !o.value("parse_tool_calls", true)) {
            // The answer is read as one to a conversation without tools: its calls stay text.
            inputs.tools.clear();
            const common_chat_params plain = common_chat_templates_apply(t, inputs);
            rendered.format = plain.format;
            rendered.parser = plain.parser;
        }
        common_json result = to_json(rendered);
        result["parses_json"] = !inputs.tools.empty() || !inputs.json_schema.empty();
        return shim::copy_text(result.dump_safe());
    });
}

struct shim_chat_parser * shim_chat_parser_init(const char * params) {
    return shim::guarded<shim_chat_parser *>(nullptr, [&] {
        const common_json o = common_json::parse(params);
        common_chat_parser_params p;
        p.format = static_cast<common_chat_format>(o.at("format").get<int32_t>());
        p.generation_prompt = o.value("generation_prompt", "");
        const std::string parser = o.value("parser", "");
        if (!parser.empty()) p.parser.load(parser);
        return new shim_chat_parser{std::move(p), o.value("parses_json", false)};
    });
}

void shim_chat_parser_free(struct shim_chat_parser * parser) { delete parser; }

char * shim_chat_parse(
    const struct shim_chat_parser * parser, const char * text, size_t text_len, bool is_partial) {
    return shim::guarded<char *>(nullptr, [&] {
        const std::string answer(text, text_len);
        const common_chat_parser_params & params = parser->params;
        if (parser->parses_json) {
            const std::string whole = params.generation_prompt + answer;
            shim::check_nesting(whole, shim::syntax::text, "the answer");
        }
        const auto message = common_chat_parse(answer, is_partial, params);
        return shim::copy_text(to_json(message).dump_safe());
    });
}

char * shim_json_schema_to_grammar(const char * schema) {
    return shim::guarded<char *>(nullptr, [&] {
        shim::check_nesting(schema, shim::syntax::json, "the JSON schema");
        return shim::copy_text(json_schema_to_grammar(common_json::parse(schema)));
    });
}

} // extern "C"
