import type { DraftLoad } from "./draft.ts";
import { on, onOff, section, value } from "./flag.ts";
import { choice, fileText, jsonObject, onOffAuto, text, whole } from "./readers.ts";

function setVariable({ chat }: DraftLoad, name: string, variable: unknown): void {
  chat.templateVariables = { ...chat.templateVariables, [name]: variable };
}

export const chatFlags = section("Chat", "model", [
  onOff("--jinja", "--no-jinja", {
    env: "LLAMA_ARG_JINJA",
    help: "render templates with Jinja; without it llama.cpp's built-in ones, and no tools",
    default: "on, unless --chat-template names a built-in one",
    set: ({ load }, isOn) => {
      load.chat.jinja = isOn;
    },
  }),
  value("--chat-template", text("JINJA"), {
    env: "LLAMA_ARG_CHAT_TEMPLATE",
    help: "chat template, or the name of one that llama.cpp has built in (chatml, llama3 …)",
    default: "the model's",
    set: ({ load }, template) => {
      load.chat.template = template;
    },
  }),
  value("--chat-template-file", fileText("FILE"), {
    env: "LLAMA_ARG_CHAT_TEMPLATE_FILE",
    help: "file with a chat template",
    set: ({ load }, template) => {
      load.chat.template = template;
    },
  }),
  value("--chat-template-kwargs", jsonObject("JSON"), {
    env: "LLAMA_ARG_CHAT_TEMPLATE_KWARGS",
    help: "more variables for the template, as an object",
    set: ({ load }, variables) => {
      load.chat.templateVariables = { ...load.chat.templateVariables, ...variables };
    },
  }),
  value("--reasoning-format", choice(["none", "auto", "deepseek", "deepseek-legacy"]), {
    env: "LLAMA_ARG_THINK",
    help:
      "where thinking goes: deepseek (and auto) into reasoning_content, none leaves it in the " +
      "content, deepseek-legacy does both",
    default: "auto",
    set: ({ load }, format) => {
      load.chat.reasoningFormat = format;
    },
  }),
  value("-rea, --reasoning", onOffAuto, {
    env: "LLAMA_ARG_REASONING",
    help: "let the model think; auto: as its template has it",
    default: "auto",
    set: ({ load }, reasoning) => {
      load.chat.reasoning = reasoning;
    },
  }),
  value("--reasoning-effort", text("LEVEL"), {
    env: "LLAMA_ARG_REASONING_EFFORT",
    help: "how long to think, as the template knows it: low, medium, high …",
    default: "default",
    set: ({ load }, level) => {
      if (level !== "default") return setVariable(load, "reasoning_effort", level);
      delete load.chat.templateVariables?.reasoning_effort;
    },
  }),
  value("--reasoning-budget", whole("N", -1), {
    env: "LLAMA_ARG_THINK_BUDGET",
    help: "tokens of thinking at most, -1: no limit",
    default: "-1",
    set: ({ load }, n) => {
      load.chat.reasoningBudget = n;
    },
  }),
  value("--reasoning-budget-message", text("TEXT"), {
    env: "LLAMA_ARG_THINK_BUDGET_MESSAGE",
    help: "what the model reads when its budget is used up",
    set: ({ load }, message) => {
      load.chat.reasoningBudgetMessage = message;
    },
  }),
  onOff("--reasoning-preserve", "--no-reasoning-preserve", {
    env: "LLAMA_ARG_REASONING_PRESERVE",
    help: "keep the thinking of all earlier answers in the prompt, where the template can",
    default: "on",
    set: ({ load }, isOn) => setVariable(load, "preserve_reasoning", isOn),
  }),
  onOff("--skip-chat-parsing", "--no-skip-chat-parsing", {
    env: "LLAMA_ARG_SKIP_CHAT_PARSING",
    help: "leave answers as they are: thinking and tool calls stay in the content",
    default: "off",
    set: ({ load }, isOn) => {
      load.chat.parse = !isOn;
    },
  }),
  onOff("--prefill-assistant", "--no-prefill-assistant", {
    env: "LLAMA_ARG_PREFILL_ASSISTANT",
    help: "continue a last message of the assistant's instead of answering it",
    default: "on",
    set: ({ load }, isOn) => {
      load.chat.prefillAssistant = isOn;
    },
  }),
  on("--spm-infill", {
    help: "fill-in-the-middle prompts begin with the suffix, as some models prefer",
    set: ({ load }) => {
      load.spmInfill = true;
    },
  }),
  onOff("-e, --escape", "--no-escape", {
    help: String.raw`escapes like \n in stop texts and sequence breakers are understood`,
    default: "on",
    set: (draft, isOn) => {
      draft.escapes = isOn;
    },
  }),
]);
