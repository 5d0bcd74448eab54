import { type Conversation, openCalls, type ToolCall } from "./conversation.ts";
import { byId, make } from "./dom.ts";
import { AnswerView, toolView, userView } from "./message-view.ts";

export interface TranscriptActions {
  /** Says `text` in the place of message `i`, and forgets what came after it. */
  edit(i: number, text: string): void;
  /** Answers anew what came before message `i`. */
  regenerate(i: number): void;
  answerCall(call: ToolCall, text: string): void;
}

/** So near to its end it counts as there, pixels. */
const nearEnd = 60;

/** The messages of the conversation that is open. */
export class Transcript {
  readonly #element = byId("transcript", HTMLElement);
  readonly #list = byId("messages", HTMLElement);
  readonly #actions: TranscriptActions;
  #last: AnswerView | null = null;
  #conversation: Conversation | null = null;
  #isDue = false;

  constructor(actions: TranscriptActions) {
    this.#actions = actions;
  }

  show(conversation: Conversation): void {
    this.#conversation = conversation;
    this.#last = null;
    const views = conversation.messages.map((_, i) => this.#view(conversation, i));
    this.#list.replaceChildren(...(views.length > 0 ? views : [welcome()]));
    this.#element.scrollTop = this.#element.scrollHeight;
  }

  /** The last answer has grown. Drawn at most once for each picture of the screen. */
  grow(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const draw = () => {
      if (!this.#isDue) return;
      this.#isDue = false;
      this.#draw();
    };
    requestAnimationFrame(draw);
    setTimeout(draw, 200); // windows that nobody sees get no frames
  }

  set isBusy(isBusy: boolean) {
    this.#element.setAttribute("aria-busy", String(isBusy));
    this.#element.classList.toggle("busy", isBusy);
  }

  #draw(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#element;
    const wasAtEnd = scrollHeight - scrollTop - clientHeight < nearEnd;
    const { messages = [] } = this.#conversation ?? {};
    if (this.#conversation) this.#last?.show(openCalls(this.#conversation, messages.length - 1));
    if (wasAtEnd) this.#element.scrollTop = this.#element.scrollHeight;
  }

  #view(conversation: Conversation, i: number): HTMLElement {
    const message = conversation.messages[i];
    const actions = {
      edit: (text: string) => this.#actions.edit(i, text),
      regenerate: () => this.#actions.regenerate(i),
      answerCall: this.#actions.answerCall,
    };
    switch (message?.role) {
      case "user":
        return userView(message, actions);
      case "tool":
        return toolView(message);
      case "assistant":
        this.#last = new AnswerView(message, actions);
        this.#last.show(openCalls(conversation, i));
        return this.#last.element;
      default:
        throw new TypeError(`there is no message ${i}`);
    }
  }
}

function welcome(): HTMLElement {
  return make(
    "div",
    { className: "welcome" },
    make("img", { src: "web/icon.svg", alt: "", width: 56, height: 56 }),
    make("h1", {}, "What can I help with?"),
    make("p", {}, "Everything stays between this browser and your own server."),
  );
}
