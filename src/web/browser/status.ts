import { ApiError, call, callJson } from "./api.ts";
import { RateChart } from "./chart.ts";
import { announce, byId, make } from "./dom.ts";
import { bytes, duration, rate } from "./human.ts";
import { type ModelActions, modelRow } from "./model-row.ts";
import type { ModelStatus, RecentError, ServerStatus } from "./status-wire.ts";

const everyMs = 2000;

const chart = new RateChart(byId("chart", HTMLElement));
const notice = byId("notice", HTMLElement);

const actions: ModelActions = {
  load: (name) => void act("models/load", name, `Loading ${name}`),
  unload: (name) => void act("models/unload", name, `Unloading ${name}`),
};

async function act(path: string, model: string, said: string): Promise<void> {
  try {
    await call(path, { method: "POST", body: { model } });
    announce(said);
    await refresh();
  } catch (error) {
    complain(error);
  }
}

async function refresh(): Promise<void> {
  try {
    show(await callJson<ServerStatus>("status"));
    notice.hidden = true;
  } catch (error) {
    complain(error);
  }
}

function complain(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
  notice.textContent = error.message;
  notice.hidden = false;
}

function show(status: ServerStatus): void {
  const { version, build, tokens, models, errors, can_load } = status;
  byId("version", HTMLElement).textContent = `${version}, llama.cpp ${build}`;
  byId("facts", HTMLElement).replaceChildren(...factsOf(status));
  byId("generated-now", HTMLElement).textContent = rate(tokens.generated.at(-1) ?? 0);
  byId("prompt-now", HTMLElement).textContent = rate(tokens.prompt.at(-1) ?? 0);
  chart.show(tokens);
  showModels(models, can_load ? actions : null);
  byId("errors", HTMLElement).replaceChildren(errorTable(errors));
}

function factsOf({ uptime_seconds, memory, waiting, models }: ServerStatus): HTMLElement[] {
  const loaded = models.flatMap((model) => model.loaded ?? []);
  const used = loaded.reduce(
    (sum, { memory: { weights, context, compute } }) => sum + weights + context + compute,
    0,
  );
  const running = loaded.reduce((sum, { sequences }) => sum + (sequences.running ?? 0), 0);
  const { available, total } = memory;
  return [
    fact("Models loaded", String(loaded.length), `of ${models.length}`),
    fact("Memory of models", bytes(used)),
    available === null
      ? fact("Memory in all", bytes(total))
      : fact("Memory free", bytes(available), `of ${bytes(total)}`),
    fact("Running", String(running), running === 1 ? "sequence" : "sequences"),
    fact("Waiting", String(waiting), waiting === 1 ? "request" : "requests"),
    fact("Up for", duration(uptime_seconds)),
  ];
}

const fact = (name: string, value: string, more = "") =>
  make("div", {}, make("dt", {}, name), make("dd", {}, `${value} `, make("small", {}, more)));

/** Those in use first. The button that has the focus keeps it. */
function showModels(models: readonly ModelStatus[], may: ModelActions | null): void {
  const { activeElement } = document;
  const key = activeElement instanceof HTMLElement ? activeElement.dataset.key : undefined;
  const isIdle = ({ state }: ModelStatus) => state === "unloaded";
  const sorted = [...models.filter((m) => !isIdle(m)), ...models.filter(isIdle)];
  const list = byId("models", HTMLElement);
  list.replaceChildren(...sorted.map((model) => modelRow(model, may)));
  const buttons = [...list.querySelectorAll("button")];
  if (key !== undefined) buttons.find(({ dataset }) => dataset.key === key)?.focus();
}

function errorTable(errors: readonly RecentError[]): HTMLElement {
  if (errors.length === 0)
    return make("p", { className: "none" }, "None since the server started.");
  const names = ["When", "Request", "Model", "Error"];
  const head = make("tr", {}, ...names.map((name) => make("th", { scope: "col" }, name)));
  const rows = errors.map(({ at, method, path, status, code, message, model }) =>
    make(
      "tr",
      {},
      make("td", { className: "short" }, new Date(at).toLocaleTimeString()),
      make("td", { className: "short" }, `${method} ${path}`),
      make("td", { className: "short" }, model ?? ""),
      make("td", {}, `${status} ${code}: ${message}`),
    ),
  );
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
  return make("div", { className: "table", tabIndex: 0 }, table);
}

await refresh();
setInterval(() => {
  if (!document.hidden && !document.querySelector("dialog[open]")) void refresh();
}, everyMs);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void refresh();
});
