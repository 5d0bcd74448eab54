import { make } from "./dom.ts";
import { bytes, count, duration } from "./human.ts";
import type { ModelStatus } from "./status-wire.ts";

export interface ModelActions {
  load(name: string): void;
  unload(name: string): void;
}

const states: Record<ModelStatus["state"], string> = {
  unloaded: "not loaded",
  downloading: "downloading",
  loading: "loading",
  ready: "loaded",
  sleeping: "asleep",
  failed: "failed",
};

/** One model: what it does, and a button that loads or unloads it; null: without that. */
export function modelRow(model: ModelStatus, actions: ModelActions | null): HTMLElement {
  const { name, state, progress, error, loaded, size } = model;
  const badge = make("span", { className: `state ${state}` }, states[state]);
  const row = make("div", { className: "model" }, make("h3", {}, name, badge));
  if (progress !== undefined && state !== "ready") {
    badge.append(` ${Math.round(progress * 100)} %`);
  }
  if (loaded) row.append(...facts(loaded));
  else row.append(make("p", {}, `${bytes(size)} on disk`));
  if (error) row.append(make("p", { className: "error" }, error));
  if (actions) row.append(button(model, actions));
  return row;
}

function facts(loaded: NonNullable<ModelStatus["loaded"]>): HTMLElement[] {
  const { memory, sequences, context_length, expires_at, tokens } = loaded;
  const { weights, context, compute, on_gpus } = memory;
  const all = weights + context + compute;
  const parts = `weights ${bytes(weights)}, context ${bytes(context)}, work ${bytes(compute)}`;
  const gpus = on_gpus > 0 ? `; ${bytes(on_gpus)} on GPUs` : "";
  const stays = expires_at
    ? `unloaded in ${duration((Date.parse(expires_at) - Date.now()) / 1000)} unless used`
    : "stays loaded";
  const { running, waiting, total } = sequences;
  const busy = make("p", {}, running === null ? "busy with a long step" : "");
  if (running !== null) {
    const label = `${running} of ${total} sequences running`;
    busy.append(make("meter", { value: 0, max: total, "aria-label": label }));
    busy.firstElementChild?.setAttribute("value", String(running));
    busy.append(` ${label}, ${waiting ?? 0} waiting`);
  }
  const context_ = `${count(context_length)} tokens of context`;
  const done = tokens
    ? `read ${count(tokens.prompt)} tokens (and ${count(tokens.cached)} from the cache), ` +
      `generated ${count(tokens.generated)}`
    : "";
  return [
    make("p", {}, `${bytes(all)} of memory: ${parts}${gpus}`),
    busy,
    make("p", {}, [context_, done, stays].filter(Boolean).join(" · ")),
  ];
}

function button({ name, state }: ModelStatus, { load, unload }: ModelActions): HTMLElement {
  const isOff = state === "unloaded" || state === "failed";
  const word = isOff ? "Load" : state === "ready" || state === "sleeping" ? "Unload" : "Cancel";
  const made = make("button", { type: "button", textContent: word });
  made.setAttribute("aria-label", `${word} ${name}`);
  made.dataset.key = name; // finds it again when the row is drawn anew
  made.addEventListener("click", () => (isOff ? load(name) : unload(name)));
  return made;
}
