import type { NumberName, Settings } from "./conversation.ts";
import { byId } from "./dom.ts";

/** The dialog of what a conversation's requests say beside its messages. */
export class SettingsDialog {
  readonly #dialog = byId("settings-dialog", HTMLDialogElement);
  readonly #form = byId("settings-form", HTMLFormElement);
  readonly #tools = this.#field("tools") as HTMLTextAreaElement;

  constructor() {
    byId("settings-reset", HTMLButtonElement).addEventListener("click", () => {
      for (const field of this.#fields) field.value = "";
    });
    byId("settings-cancel", HTMLButtonElement).addEventListener("click", () =>
      this.#dialog.close(""),
    );
    this.#tools.addEventListener("input", () => this.#tools.setCustomValidity(""));
  }

  /** @returns what was chosen; null: it was closed without saving */
  ask(settings: Settings): Promise<Settings | null> {
    for (const field of this.#fields) field.value = textOf(settings, field.name);
    this.#tools.setCustomValidity("");
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
    const { promise, resolve } = Promise.withResolvers<Settings | null>();
    const onSubmit = (event: SubmitEvent) => {
      event.preventDefault(); // the policy of the page lets no form go anywhere
      this.#tools.setCustomValidity(problemOf(this.#tools.value));
      if (this.#form.reportValidity()) this.#dialog.close("save");
    };
    this.#form.addEventListener("submit", onSubmit);
    const onClose = () => {
      this.#form.removeEventListener("submit", onSubmit);
      resolve(this.#dialog.returnValue === "save" ? this.#read() : null);
    };
    this.#dialog.addEventListener("close", onClose, { once: true });
    return promise;
  }

  #read(): Settings {
    const given = this.#fields.filter(({ type, value }) => type === "number" && value !== "");
    return {
      system: this.#field("system").value,
      numbers: Object.fromEntries(given.map(({ name, value }) => [name, Number(value)])),
      effort: this.#field("effort").value,
      tools: this.#tools.value,
    };
  }

  get #fields(): Field[] {
    return [...this.#form.elements].filter((element) => isField(element));
  }

  #field(name: string): Field {
    const field = this.#form.elements.namedItem(name);
    if (field instanceof Element && isField(field)) return field;
    throw new TypeError(`the settings have no ${name}`);
  }
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const isField = (element: Element): element is Field =>
  element instanceof HTMLInputElement ||
  element instanceof HTMLTextAreaElement ||
  element instanceof HTMLSelectElement;

function textOf({ system, numbers, effort, tools }: Settings, name: string): string {
  const texts: Record<string, string> = { system, effort, tools };
  return texts[name] ?? String(numbers[name as NumberName] ?? "");
}

/** What is wrong with the text as a list of tools; "": nothing. */
function problemOf(text: string): string {
  if (text.trim() === "") return "";
  try {
    return Array.isArray(JSON.parse(text)) ? "" : "This must be a list: [ … ]";
  } catch (error) {
    return `This is not valid JSON: ${(error as Error).message}`;
  }
}
