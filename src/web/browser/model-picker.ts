import { byId, make } from "./dom.ts";
import { type ListedModel, listModels, shortName } from "./models.ts";

/** Where the browser keeps which model was chosen last. */
const keyName = "hutch.model";

/** What a capability is called for people. */
const words: [capability: string, word: string][] = [
  ["vision", "sees pictures"],
  ["tools", "calls tools"],
  ["thinking", "thinks"],
];

/** Which model answers. */
export class ModelPicker {
  readonly #select = byId("model", HTMLSelectElement);
  readonly #badges = byId("capabilities", HTMLElement);
  #models: ListedModel[] = [];
  onChange: () => void = () => {};

  constructor() {
    this.#select.addEventListener("change", () => {
      localStorage.setItem(keyName, this.chosen);
      this.#changed();
    });
  }

  /** @throws ApiError */
  async load(): Promise<void> {
    this.#models = await listModels();
    const names = this.#models.map(({ name }) => name);
    const options = names.map((value) => make("option", { value, title: value }, shortName(value)));
    const none = make("option", { value: "" }, "No models here");
    this.#select.replaceChildren(...(options.length > 0 ? options : [none]));
    this.#select.disabled = names.length === 0;
    const last = localStorage.getItem(keyName) ?? "";
    if (names.includes(last)) this.#select.value = last;
    this.#changed();
  }

  /** "": there is none, or it is not known yet. */
  get chosen(): string {
    return this.#select.value;
  }

  can(capability: string): boolean {
    return (
      this.#models.find(({ name }) => name === this.chosen)?.capabilities.has(capability) ?? false
    );
  }

  #changed(): void {
    const able = words.filter(([capability]) => this.can(capability));
    this.#badges.replaceChildren(...able.map(([, word]) => make("li", {}, word)));
    this.onChange();
  }
}
