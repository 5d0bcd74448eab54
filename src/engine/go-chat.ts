import { NativeError } from "../../ffi/native.ts";
import { type CallForm, callFormOf } from "../chat/go-call-form.ts";
import { GoPromptTemplate } from "../chat/go-prompt.ts";
import { type GoTemplateFacts, goTemplateFacts } from "../chat/go-template-facts.ts";
import { AppError } from "../core/errors.ts";
import type { ChatPrompt, Constraint } from "../core/generate.ts";
import type { EngineLimits } from "../core/limits.ts";
import type { ChatOptions } from "../core/load.ts";
import type { Message } from "../core/messages.ts";
import { framed, offeredTools } from "./chat-inputs.ts";
import type { AnswerForm, GoRenderedChat } from "./go-answer.ts";
import { goGrammar } from "./go-grammar.ts";

/** What of an engine a conversation is rendered with. */
export interface GoChatSettings extends ChatOptions {
  /** Stands for each picture. */
  marker: string;
  /** What tokenizing puts before the prompt, so that the template need not. */
  bosText: string;
  /** What the server was started with. */
  constraint?: Constraint | undefined;
  limits?: EngineLimits;
}

/** A template, and what is known of it. */
interface Compiled {
  template: GoPromptTemplate;
  facts: GoTemplateFacts;
  form: CallForm | null;
}

/** Templates that are kept compiled: the model's, and the latest of requests. */
const nCompiledMax = 4;
/** Longer ones, characters, are compiled each time: nobody has such. */
const compiledLengthMax = 50_000;
const compiled = new Map<string, Compiled>();

/** @throws AppError invalid_request when it does not parse */
function compile(text: string): Compiled {
  const known = compiled.get(text);
  if (known) return known;
  const made = {
    template: new GoPromptTemplate(text),
    facts: goTemplateFacts(text),
    form: callFormOf(text),
  };
  if (text.length > compiledLengthMax) return made;
  const [oldest] = compiled.keys();
  if (compiled.size >= nCompiledMax && oldest !== undefined) compiled.delete(oldest);
  compiled.set(text, made);
  return made;
}

/**
 * Renders a conversation with a template in the language of Go's text/template.
 * @throws AppError invalid_request where the template or the conversation is at fault, unsupported
 */
export function renderGoChat(
  goTemplate: string,
  prompt: ChatPrompt,
  settings: GoChatSettings,
): GoRenderedChat {
  const { template, facts, form: callForm } = compile(goTemplate);
  refuse(prompt, facts);
  const think = thinkOf(prompt, settings, facts);
  const text = template.render({
    messages: withoutOldThoughts(framed(prompt, settings), facts.thinkingTags),
    tools: offeredTools(prompt),
    suffix: prompt.suffix,
    think,
    thinkLevel: prompt.thinkLevel ?? effortOf(prompt),
    marker: settings.marker,
    ...(settings.limits && { limits: settings.limits }),
  });
  const { bosText } = settings;
  const rendered = bosText !== "" && text.startsWith(bosText) ? text.slice(bosText.length) : text;
  const thinking = thinkingOf(facts, rendered);
  const calls = offeredTools(prompt).map(({ name }) => name);
  const form: AnswerForm = {
    thinking: (prompt.reasoningFormat ?? settings.reasoningFormat) === "none" ? null : thinking,
    calls:
      calls.length > 0 && prompt.parseToolCalls !== false
        ? { tag: facts.toolTag ?? "{", names: calls }
        : null,
  };
  const isParsed = settings.parse !== false && (form.thinking !== null || form.calls !== null);
  return {
    prompt: rendered,
    ...grammarOf(prompt, settings, callForm, think === false ? closed(thinking) : thinking),
    grammar_lazy: false,
    grammar_triggers: [],
    preserved_tokens: [...(facts.thinkingTags ?? []), facts.toolTag ?? ""].filter(Boolean),
    stops: [],
    generation_prompt: thinking?.isOpen ? thinking.open : "",
    thinking_start_tag: thinking?.open ?? "",
    thinking_end_tags: thinking ? [thinking.close] : [],
    supports_thinking: facts.capabilities.includes("thinking"),
    format: 0,
    parser: "",
    parses_json: false,
    form: isParsed ? form : null,
  };
}

function refuse(prompt: ChatPrompt, { capabilities }: GoTemplateFacts): void {
  const { suffix, tools, toolChoice, grammar, messages, addGenerationPrompt } = prompt;
  if (suffix && !capabilities.includes("insert")) throw lacks("suffix", "a suffix");
  const usesTools = tools.length > 0 && toolChoice !== "none";
  if (usesTools && !capabilities.includes("tools")) throw lacks("tools", "tools");
  if (usesTools && grammar !== undefined) {
    const message = "Cannot use custom grammar constraints with tools.";
    throw new AppError("invalid_request", message, { param: "grammar" });
  }
  const isOpen = messages.at(-1)?.role === "assistant";
  if (addGenerationPrompt === false && !isOpen) {
    const message = "a Go template always ends with the beginning of an answer";
    throw new AppError("unsupported", message, { param: "add_generation_prompt" });
  }
  if (prompt.continueFinalMessage === "reasoning_content") {
    const message = "a Go template cannot continue thinking";
    throw new AppError("unsupported", message, { param: "continue_final_message" });
  }
  for (const name of Object.keys(prompt.templateVariables ?? {})) {
    if (name === "enable_thinking" || name === effort) continue;
    const message = `a Go template has no variable "${name}"`;
    throw new AppError("unsupported", message, { param: `chat_template_kwargs.${name}` });
  }
}

function lacks(param: string, what: string): AppError {
  return new AppError("unsupported", `the model's template has no place for ${what}`, { param });
}

/** What Jinja templates call how hard to think. */
const effort = "reasoning_effort";

function effortOf({ templateVariables = {} }: ChatPrompt): string | undefined {
  const asked = templateVariables[effort];
  return typeof asked === "string" ? asked : undefined;
}

/** Who can think does, unless somebody says otherwise; null: it makes no difference. */
function thinkOf(
  prompt: ChatPrompt,
  { reasoning = "auto", templateVariables: standard = {} }: ChatOptions,
  { capabilities }: GoTemplateFacts,
): boolean | null {
  const { enableThinking, templateVariables = {} } = prompt;
  // Who says how much to think wants thoughts.
  const byEffort = effortOf(prompt) !== undefined && capabilities.includes("thinking");
  const asked = enableThinking ?? templateVariables.enable_thinking ?? (byEffort || undefined);
  const owners =
    standard.enable_thinking ?? (reasoning === "auto" ? undefined : reasoning === "on");
  const wish = asked ?? owners;
  if (typeof wish === "boolean") return wish;
  return capabilities.includes("thinking") ? true : null;
}

/** Answers before the last question, without the thinking that clients left in them. */
function withoutOldThoughts(messages: Message[], tags: [string, string] | null): Message[] {
  if (!tags) return messages;
  const [open, close] = tags;
  const last = messages.findLastIndex(({ role }) => role === "user");
  return messages.map((message, i) => {
    const [first, ...others] = message.parts;
    const isOld = message.role === "assistant" && i < last;
    if (!isOld || first?.type !== "text" || !first.text.trimStart().startsWith(open))
      return message;
    const end = first.text.indexOf(close);
    if (end < 0) return message;
    const text = first.text.slice(end + close.length).trimStart();
    return { ...message, parts: [{ type: "text", text }, ...others] };
  });
}

/** The thinking of the answer: a template may have begun it already. */
function thinkingOf({ thinkingTags }: GoTemplateFacts, text: string): AnswerForm["thinking"] {
  if (!thinkingTags) return null;
  const [open, close] = thinkingTags;
  return { open, close, isOpen: text.trimEnd().endsWith(open) };
}

/** Thinking that has no place before an answer; one that the prompt began must be ended. */
function closed(thinking: AnswerForm["thinking"]): AnswerForm["thinking"] {
  return thinking?.isOpen ? thinking : null;
}

function grammarOf(
  prompt: ChatPrompt,
  settings: GoChatSettings,
  callForm: CallForm | null,
  thinking: AnswerForm["thinking"],
): { grammar: string } {
  const { toolChoice, grammar: own } = prompt;
  const { constraint = {} } = settings;
  const tools = offeredTools(prompt);
  const mustCall = tools.length > 0 && toolChoice !== "auto";
  const standard = own || mustCall ? undefined : constraint.jsonSchema;
  const schema = mustCall ? undefined : (prompt.jsonSchema ?? standard);
  // Without thinking, a grammar of the client's own begins with the answer, as it is.
  const grammar = thinking && !prompt.grammarLazy ? own || undefined : undefined;
  if (!mustCall && schema === undefined && grammar === undefined) return { grammar: "" };
  const form = tools.length > 0 ? callForm : null;
  if (mustCall && !form) throw cannotForce();
  const areSeveral = prompt.parallelToolCalls !== false;
  const calls = form ? { calls: { form: bareForm(form), tools, areSeveral } } : {};
  try {
    return { grammar: goGrammar({ thinking, schema, grammar, ...calls }) };
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    const param = mustCall ? "tools" : "json_schema";
    const message = `the JSON schema has no grammar: ${error.message}`;
    throw new AppError("invalid_request", message, { param, cause: error });
  }
}

function cannotForce(): AppError {
  const message = "the model's template shows no tool calls as JSON: a call cannot be required";
  return new AppError("unsupported", message, { param: "tool_choice" });
}

/** What follows bare JSON would be taken for a part of it. */
function bareForm(form: CallForm): CallForm {
  return form.before === "" ? { ...form, after: "" } : form;
}
