import { type Conversation, mentions } from "./conversation.ts";
import { byId, make } from "./dom.ts";

interface Actions {
  rename(conversation: Conversation): void;
  remove(conversation: Conversation): void;
}

/** The list of conversations; each is a link, so that the browser's history knows them. */
export class Sidebar {
  readonly #list = byId("conversations", HTMLElement);
  readonly #search = byId("search", HTMLInputElement);
  readonly #element = byId("sidebar", HTMLElement);
  readonly #toggle = byId("menu", HTMLButtonElement);
  readonly #actions: Actions;
  #conversations: readonly Conversation[] = [];
  #openId = "";

  constructor(actions: Actions) {
    this.#actions = actions;
    this.#search.addEventListener("input", () => this.#draw());
    this.#toggle.addEventListener("click", () => this.#open(!this.isOpen));
    byId("shade", HTMLElement).addEventListener("click", () => this.close());
  }

  /** On a small screen it lies over the conversation, or is out of sight. */
  get isOpen(): boolean {
    return document.body.classList.contains("menu-open");
  }

  close(): void {
    if (this.isOpen) this.#open(false);
  }

  show(conversations: readonly Conversation[], openId: string): void {
    this.#conversations = conversations;
    this.#openId = openId;
    this.#draw();
  }

  #open(isOpen: boolean): void {
    document.body.classList.toggle("menu-open", isOpen);
    this.#toggle.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.#element.querySelector<HTMLElement>("a, button")?.focus();
    else this.#toggle.focus();
  }

  #draw(): void {
    const found = this.#conversations.filter((one) => mentions(one, this.#search.value));
    const items = found.map((conversation) => this.#item(conversation));
    const nothing = this.#search.value === "" ? "No conversations yet" : "Nothing found";
    this.#list.replaceChildren(
      ...(items.length > 0 ? items : [make("li", { className: "none" }, nothing)]),
    );
  }

  #item(conversation: Conversation): HTMLElement {
    const { id, title } = conversation;
    const link = make("a", { href: `#${id}`, title }, title);
    if (id === this.#openId) link.setAttribute("aria-current", "page");
    link.addEventListener("click", () => this.close());
    const button = (label: string, sign: string, act: () => void) => {
      const made = make("button", { type: "button", className: "icon", title: label }, sign);
      made.setAttribute("aria-label", `${label} “${title}”`);
      made.addEventListener("click", act);
      return made;
    };
    return make(
      "li",
      {},
      link,
      button("Rename", "✎", () => this.#actions.rename(conversation)),
      button("Delete", "×", () => this.#actions.remove(conversation)),
    );
  }
}
