import { fill } from "./answering.ts";
import { Composer } from "./composer.ts";
import {
  type Answer,
  type Conversation,
  newAnswer,
  newConversation,
  noSettings,
  type Settings,
  type ToolCall,
  titleFor,
  type UserMessage,
} from "./conversation.ts";
import { ask } from "./dialogs.ts";
import { announce, byId } from "./dom.ts";
import { download, fileName, toJson, toMarkdown } from "./export.ts";
import type { Keeping } from "./keeping.ts";
import type { ModelPicker } from "./model-picker.ts";
import { SettingsDialog } from "./settings-dialog.ts";
import { Sidebar } from "./sidebar.ts";
import { Transcript } from "./transcript.ts";

/** A growing answer is kept so often, milliseconds. */
const saveMs = 2000;
/** Where the browser keeps the settings that new conversations begin with. */
const settingsKey = "hutch.settings";

/** The chat page: one conversation is open, and others are kept. */
export class Chat {
  readonly #keeping: Keeping;
  readonly #picker: ModelPicker;
  readonly #composer: Composer;
  readonly #transcript: Transcript;
  readonly #sidebar: Sidebar;
  readonly #settings = new SettingsDialog();
  #conversations: Conversation[] = [];
  #open: Conversation = newConversation(lastSettings());
  /** Stops the answer that is on its way; null: none is. */
  #running: AbortController | null = null;

  constructor(keeping: Keeping, picker: ModelPicker) {
    this.#keeping = keeping;
    this.#picker = picker;
    this.#composer = new Composer({
      send: (message) => this.#say(message),
      stop: () => this.#stop(),
    });
    this.#transcript = new Transcript({
      edit: (i, text) => this.#edit(i, text),
      regenerate: (i) => this.#regenerate(i),
      answerCall: (call, text) => this.#answerCall(call, text),
    });
    this.#sidebar = new Sidebar({
      rename: (conversation) => void this.#rename(conversation),
      remove: (conversation) => void this.#remove(conversation),
    });
    picker.onChange = () => {
      this.#composer.canSee = picker.can("vision");
    };
  }

  async start(): Promise<void> {
    this.#conversations = await this.#keeping.all();
    this.#listen();
    this.#route();
    this.#composer.focus();
  }

  #listen(): void {
    const onClick = (id: string, act: () => unknown) =>
      byId(id, HTMLButtonElement).addEventListener("click", () => void act());
    onClick("new", () => this.#begin());
    onClick("settings", () => this.#change());
    onClick("export-json", () => this.#export("json"));
    onClick("export-markdown", () => this.#export("md"));
    addEventListener("hashchange", () => this.#route());
    addEventListener("pagehide", () => void this.#save());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
      if (this.#running) this.#stop();
      else this.#sidebar.close();
    });
  }

  /** Opens the conversation that the address names, or a new one. */
  #route(): void {
    const id = location.hash.slice(1);
    const found = this.#conversations.find((one) => one.id === id);
    if (found === this.#open) return;
    this.#stop();
    this.#open = found ?? newConversation(lastSettings());
    for (const message of this.#open.messages) {
      // The page was closed while it was on its way.
      if (message.role === "assistant" && message.ending === "running") message.ending = "stopped";
    }
    this.#show();
  }

  #begin(): void {
    if (location.hash === "") this.#route();
    location.hash = "";
    this.#sidebar.close();
    this.#composer.focus();
  }

  #say(message: UserMessage): void {
    if (this.#open.title === "") this.#open.title = titleFor(message);
    this.#open.messages.push(message);
    void this.#answer();
  }

  #edit(i: number, text: string): void {
    const message = this.#open.messages[i];
    if (message?.role !== "user" || text.trim() === "") return;
    this.#stop();
    this.#open.messages.splice(i, Number.POSITIVE_INFINITY, { ...message, text });
    this.#composer.focus();
    void this.#answer();
  }

  #regenerate(i: number): void {
    this.#stop();
    this.#open.messages.splice(i);
    this.#composer.focus();
    void this.#answer();
  }

  #answerCall({ id, name }: ToolCall, text: string): void {
    this.#open.messages.push({ role: "tool", callId: id, name, text });
    const answer = this.#open.messages.findLast((message) => message.role === "assistant");
    const results = this.#open.messages.filter((message) => message.role === "tool");
    const isDone = answer?.toolCalls.every((call) =>
      results.some(({ callId }) => callId === call.id),
    );
    if (isDone) void this.#answer();
    else this.#show();
  }

  /** Has the open conversation answered. */
  async #answer(): Promise<void> {
    const conversation = this.#open;
    const running = new AbortController();
    const answer = newAnswer(this.#picker.chosen);
    this.#running = running;
    const sent = { ...conversation, messages: [...conversation.messages] };
    conversation.messages.push(answer);
    if (!this.#conversations.includes(conversation)) this.#conversations.push(conversation);
    history.replaceState(null, "", `#${conversation.id}`);
    this.#setBusy(true);
    this.#show();
    announce("Waiting for the answer");
    const saving = setInterval(() => void this.#save(), saveMs);
    await this.#save();
    const changed = () => {
      if (this.#open === conversation) this.#transcript.grow();
    };
    await fill(answer, sent, { signal: running.signal, changed });
    clearInterval(saving);
    conversation.changedAt = Date.now();
    await this.#keeping.save(conversation);
    if (this.#running !== running) return; // another answer is on its way by now
    this.#running = null;
    this.#setBusy(false);
    announce(spoken(answer));
    this.#list();
  }

  #stop(): void {
    this.#running?.abort();
  }

  #setBusy(isBusy: boolean): void {
    this.#composer.isBusy = isBusy;
    this.#transcript.isBusy = isBusy;
  }

  async #change(): Promise<void> {
    const settings = await this.#settings.ask(this.#open.settings);
    if (!settings) return;
    this.#open.settings = settings;
    localStorage.setItem(settingsKey, JSON.stringify(settings));
    await this.#save();
  }

  async #rename(conversation: Conversation): Promise<void> {
    const field = { label: "Title", value: conversation.title, type: "text" as const };
    const title = await ask({ title: "Rename the conversation", action: "Rename", field });
    if (!title?.trim()) return;
    conversation.title = title.trim();
    await this.#keeping.save(conversation);
    this.#list();
  }

  async #remove(conversation: Conversation): Promise<void> {
    const text = `“${conversation.title}” will be gone for good.`;
    const question = { title: "Delete the conversation?", text, action: "Delete" };
    if ((await ask({ ...question, isDangerous: true })) === null) return;
    this.#conversations = this.#conversations.filter((one) => one !== conversation);
    await this.#keeping.remove(conversation.id);
    if (conversation === this.#open) this.#begin();
    else this.#list();
  }

  async #export(as: "json" | "md"): Promise<void> {
    byId("export", HTMLDetailsElement).open = false;
    const name = fileName(this.#open, as);
    if (as === "md") download(name, "text/markdown", toMarkdown(this.#open));
    else download(name, "application/json", await toJson(this.#open));
  }

  /** Keeps the open conversation, unless nothing was said in it or it was deleted. */
  async #save(): Promise<void> {
    if (this.#conversations.includes(this.#open)) await this.#keeping.save(this.#open);
  }

  #show(): void {
    this.#transcript.show(this.#open);
    this.#list();
  }

  #list(): void {
    this.#conversations.sort((a, b) => b.changedAt - a.changedAt);
    this.#sidebar.show(this.#conversations, this.#open.id);
    const { title, messages } = this.#open;
    document.title = title ? `${title} – Hutch` : "Hutch";
    byId("export", HTMLElement).hidden = messages.length === 0;
  }
}

/** What a reader of the screen says of an answer that has ended. */
function spoken({ ending, error, text, toolCalls }: Answer): string {
  if (ending === "failed") return `It failed: ${error}`;
  if (ending === "stopped") return "Stopped";
  return text || toolCalls.map(({ name }) => `Calls ${name}`).join(", ") || "No answer";
}

function lastSettings(): Settings {
  try {
    const kept = JSON.parse(localStorage.getItem(settingsKey) ?? "{}") as Partial<Settings>;
    return { ...noSettings, ...kept };
  } catch {
    return noSettings;
  }
}
