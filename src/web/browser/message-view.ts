import type { Answer, ToolCall, ToolMessage, UserMessage } from "./conversation.ts";
import { actionButton, copyButton, make } from "./dom.ts";
import { MarkdownView } from "./markdown.ts";
import { shortName } from "./models.ts";
import { urlOf } from "./pictures.ts";

export interface MessageActions {
  edit(text: string): void;
  regenerate(): void;
  answerCall(call: ToolCall, text: string): void;
}

/** What the user said; it can be changed, which asks anew. */
export function userView({ text, pictures }: UserMessage, { edit }: MessageActions): HTMLElement {
  const images = pictures.map((picture, i) =>
    make("img", { src: urlOf(picture), alt: `Attached picture ${i + 1}` }),
  );
  const bubble = make("div", { className: "bubble" }, ...images, make("p", {}, text));
  const buttons = make("div", { className: "actions" });
  const view = make("article", { className: "user", "aria-label": "You" }, bubble, buttons);
  const change = actionButton("Edit", () => {
    const area = make("textarea", { value: text, rows: 3, "aria-label": "Your message" });
    const close = () => editor.replaceWith(bubble, buttons);
    const save = () => edit(area.value);
    area.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      save();
    });
    const row = make(
      "div",
      { className: "buttons" },
      make("button", { type: "button", textContent: "Cancel", onclick: close }),
      make("button", { type: "button", className: "primary", textContent: "Send", onclick: save }),
    );
    const editor = make("div", { className: "editor" }, area, row);
    buttons.remove();
    bubble.replaceWith(editor);
    area.focus();
  });
  buttons.append(
    copyButton("Copy", () => text),
    change,
  );
  return view;
}

export function toolView({ name, text }: ToolMessage): HTMLElement {
  return make(
    "article",
    { className: "tool", "aria-label": `Result of ${name}` },
    make("strong", {}, `Result of ${name}`),
    make("pre", { tabIndex: 0 }, text),
  );
}

const endings: Partial<Record<Answer["ending"], string>> = {
  stopped: "Stopped",
  length: "Cut off: the limit of tokens was reached",
};

/** An answer, which may still grow. */
export class AnswerView {
  readonly element: HTMLElement;
  readonly #answer: Answer;
  readonly #text = new MarkdownView();
  readonly #thought = new MarkdownView();
  readonly #thinking: HTMLDetailsElement;
  readonly #summary = make("summary", {}, "Thinking…");
  readonly #waiting = make("p", { className: "waiting" }, "Waiting for the model");
  readonly #calls = make("div");
  readonly #error = make("p", { className: "error", role: "alert", hidden: true });
  readonly #figures = make("span", { className: "figures" });
  readonly #buttons = make("div", { className: "actions" });
  readonly #actions: MessageActions;

  constructor(answer: Answer, actions: MessageActions) {
    this.#answer = answer;
    this.#actions = actions;
    this.#thinking = make("details", { className: "thinking" }, this.#summary);
    this.#thinking.append(this.#thought.element);
    this.element = make("article", { className: "answer", "aria-label": shortName(answer.model) });
    this.element.append(this.#thinking, this.#waiting, this.#text.element, this.#calls);
    this.element.append(this.#error, this.#buttons);
    this.#buttons.append(copyButton("Copy", () => answer.text));
    this.#buttons.append(
      actionButton("Regenerate", () => actions.regenerate()),
      this.#figures,
    );
  }

  /** @param open calls that wait for a result */
  show(open: readonly ToolCall[]): void {
    const { text, reasoning, ending, error } = this.#answer;
    const isRunning = ending === "running";
    const isThinking = isRunning && text === "";
    this.#thinking.hidden = reasoning === "";
    this.#thought.show(reasoning);
    this.#summary.textContent = isThinking ? "Thinking…" : "Thoughts";
    this.#text.show(text);
    const hasSomething = text !== "" || reasoning !== "" || this.#answer.toolCalls.length > 0;
    this.#waiting.hidden = !isRunning || hasSomething;
    this.#showCalls(open);
    this.#error.hidden = error === undefined;
    this.#error.textContent = error ?? "";
    this.#figures.textContent = figuresOf(this.#answer);
    this.element.classList.toggle("running", isRunning);
  }

  #showCalls(open: readonly ToolCall[]): void {
    // A form that is being filled in must stay as it is.
    if (this.#calls.contains(document.activeElement)) return;
    const { toolCalls } = this.#answer;
    const cards = toolCalls.map((call) => callCard(call, open.includes(call), this.#actions));
    this.#calls.replaceChildren(...cards);
  }
}

function callCard(call: ToolCall, isOpen: boolean, { answerCall }: MessageActions): HTMLElement {
  const card = make(
    "section",
    { className: "call", "aria-label": `Call of ${call.name}` },
    make("strong", {}, `Calls ${call.name}`),
    make("pre", { tabIndex: 0 }, pretty(call.arguments)),
  );
  if (!isOpen) return card;
  const area = make("textarea", { rows: 2, "aria-label": `Result of ${call.name}` });
  area.placeholder = "What does it return?";
  const send = make("button", { className: "primary", textContent: "Send result" });
  const form = make("form", {}, area, make("div", { className: "buttons" }, send));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send.focus(); // the field is done with
    answerCall(call, area.value);
  });
  card.append(form);
  return card;
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json; // not all of it is here yet
  }
}

function figuresOf({ model, ending, nTokens, tokensPerSecond }: Answer): string {
  const parts = [
    shortName(model),
    ...(nTokens === undefined ? [] : [`${nTokens} token${nTokens === 1 ? "" : "s"}`]),
    ...(tokensPerSecond ? [`${tokensPerSecond.toFixed(1)} tokens/s`] : []),
    endings[ending],
  ];
  return parts.filter(Boolean).join(" · ");
}
