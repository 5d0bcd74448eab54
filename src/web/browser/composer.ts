import type { UserMessage } from "./conversation.ts";
import { announce, byId, make } from "./dom.ts";
import { picturesIn, toPicture, urlOf } from "./pictures.ts";

interface Actions {
  send(message: UserMessage): void;
  stop(): void;
}

/** Where messages are written. */
export class Composer {
  readonly #text = byId("text", HTMLTextAreaElement);
  readonly #send = byId("send", HTMLButtonElement);
  readonly #stop = byId("stop", HTMLButtonElement);
  readonly #attach = byId("attach", HTMLButtonElement);
  readonly #file = byId("file", HTMLInputElement);
  readonly #tray = byId("tray", HTMLElement);
  readonly #complaint = byId("complaint", HTMLElement);
  readonly #actions: Actions;
  #pictures: Blob[] = [];
  #canSee = false;
  #isBusy = false;

  constructor(actions: Actions) {
    this.#actions = actions;
    byId("composer", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#stop.addEventListener("click", () => actions.stop());
    this.#text.addEventListener("input", () => this.#grow());
    this.#text.addEventListener("keydown", (event) => {
      // While a word is being composed, as in Japanese, Enter is part of that.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#attach.addEventListener("click", () => this.#file.click());
    this.#file.addEventListener("change", async () => {
      await this.#add([...(this.#file.files ?? [])]);
      this.#file.value = "";
    });
    this.#text.addEventListener("paste", (event) => {
      const pictures = picturesIn(event.clipboardData);
      if (pictures.length === 0) return;
      event.preventDefault();
      void this.#add(pictures);
    });
    this.#takeDrops();
  }

  focus(): void {
    this.#text.focus();
  }

  /** Whether the model that is chosen sees pictures. */
  set canSee(canSee: boolean) {
    this.#canSee = canSee;
    this.#attach.disabled = !canSee;
    this.#attach.title = canSee ? "Attach pictures" : blind;
    this.#complain("");
  }

  /** An answer is on its way. */
  set isBusy(isBusy: boolean) {
    this.#isBusy = isBusy;
    const hadFocus = document.activeElement === this.#stop;
    this.#send.hidden = isBusy;
    this.#stop.hidden = !isBusy;
    if (hadFocus && !isBusy) this.focus();
  }

  #submit(): void {
    const text = this.#text.value;
    const pictures = this.#pictures;
    if (this.#isBusy || (text.trim() === "" && pictures.length === 0)) return;
    if (pictures.length > 0 && !this.#canSee) {
      this.#complain(blind);
      return;
    }
    this.#text.value = "";
    this.#pictures = [];
    this.#grow();
    this.#showTray();
    this.#complain("");
    this.#actions.send({ role: "user", text, pictures });
  }

  async #add(files: readonly Blob[]): Promise<void> {
    if (!this.#canSee) return this.#complain(blind);
    this.#complain("");
    for (const file of files) {
      try {
        this.#pictures.push(await toPicture(file));
      } catch (error) {
        this.#complain((error as Error).message);
      }
    }
    this.#showTray();
    announce(`Pictures attached: ${this.#pictures.length}`);
    this.focus();
  }

  #showTray(): void {
    const items = this.#pictures.map((picture, i) => {
      const remove = make("button", {
        type: "button",
        "aria-label": `Remove picture ${i + 1}`,
        textContent: "×",
      });
      remove.addEventListener("click", () => {
        this.#pictures = this.#pictures.filter((other) => other !== picture);
        this.#showTray();
        this.focus();
      });
      return make("li", {}, make("img", { src: urlOf(picture), alt: `Picture ${i + 1}` }), remove);
    });
    this.#tray.replaceChildren(...items);
  }

  #takeDrops(): void {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    document.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      document.body.classList.add("dropping");
    });
    document.addEventListener("dragleave", ({ relatedTarget }) => {
      if (relatedTarget === null) document.body.classList.remove("dropping");
    });
    document.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault(); // else the browser would go to the file
      document.body.classList.remove("dropping");
      const pictures = picturesIn(event.dataTransfer);
      if (pictures.length > 0) void this.#add(pictures);
      else this.#complain("Only pictures can be attached.");
    });
  }

  /** As high as what is in it; the style sheet says how high at most. */
  #grow(): void {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight + 2}px`;
  }

  #complain(text: string): void {
    this.#complaint.textContent = text;
  }
}

const blind = "This model cannot see pictures.";
