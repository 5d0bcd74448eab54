import { resolve } from "node:path";
import { UsageError } from "../../core/flags/flag.ts";
import { failureText } from "../backends/failure.ts";
import {
  backendsDir,
  folderOf,
  installedTags,
  isWhole,
  libraryOf,
  removeBackend,
} from "../backends/folder.ts";
import { installBackend, registryFor } from "../backends/install.ts";
import { backendsTag, type KnownBackend, knownBackends } from "../backends/known.ts";
import type { Command, CommandLine } from "../command.ts";
import { probe } from "../probe.ts";
import { bytes } from "../terminal/human.ts";
import { progressView } from "../terminal/progress-view.ts";
import { table } from "../terminal/table.ts";

const actions = ["install", "list", "remove"] as const;
type Action = (typeof actions)[number];

const names = knownBackends.map(({ name, about }) => `${name} (${about})`).join(", ");
const aboutBackends =
  "A backend is one library, which `install` takes out of a package of npm's that is checked " +
  "against a hash that this Hutch carries. A server uses it once it is started again. " +
  "docs/gpu.md has more.";

export const backend: Command = {
  name: "backend",
  usage: "ACTION [NAME]",
  words: actions,
  summary: "add what computes on a GPU, or take it away",
  about: `ACTION is ${actions.join(", ")}. NAME is ${names}. ${aboutBackends}`,
  options: [
    { name: "from", value: "FILE", help: "install: the package's file, instead of fetching it" },
    { name: "registry", value: "URL", help: "install: the npm registry to ask" },
    { name: "json", help: "list: print JSON" },
  ],
  nWords: { min: 1, max: 2 },
  run: async (line) => {
    const [action = "", name] = line.words;
    if (!isAction(action)) {
      throw new UsageError(`there is no "${action}", but ${actions.join(", ")}`, {
        cause: backend,
      });
    }
    await runs[action](name, line);
  },
};

const isAction = (word: string): word is Action => actions.some((action) => action === word);

const runs: Record<Action, (name: string | undefined, line: CommandLine) => Promise<void>> = {
  install: async (name, line) => await install(named(name), line),
  list: async (name, line) => await list(name === undefined ? knownBackends : [named(name)], line),
  remove: async (name) => remove(named(name)),
};

/** @throws UsageError when there is none of this name */
function named(name: string | undefined): KnownBackend {
  const known = knownBackends.map((one) => one.name).join(", ");
  if (name === undefined) throw new UsageError(`NAME is missing: ${known}`, { cause: backend });
  const found = knownBackends.find((one) => one.name === name);
  if (!found)
    throw new UsageError(`there is no backend "${name}", but ${known}`, { cause: backend });
  return found;
}

async function install(known: KnownBackend, line: CommandLine): Promise<void> {
  const dir = backendsDir(process.env);
  const { name } = known;
  const file = line.value("from");
  const source =
    file === undefined
      ? { registry: registryFor(line.value("registry"), process.env) }
      : { file: resolve(file) };
  const { signal } = new AbortController(); // ctrl-c ends the process: a later one goes on
  const isNew = await withProgress(
    name,
    async (onProgress) => await installBackend(known, { dir, source, onProgress, signal }),
  );
  console.log(`${name} is ${isNew ? "installed" : "there already"}: ${folderOf(dir, known)}`);
  await showWhatItFinds(known, libraryOf(dir, known));
}

async function withProgress<Result>(
  name: string,
  work: (onProgress: (progress: { nBytes: number; totalBytes: number }) => void) => Promise<Result>,
): Promise<Result> {
  using view = progressView();
  return await work(({ nBytes, totalBytes }) =>
    view.step({ status: `fetching ${name}`, completed: nBytes, total: totalBytes }),
  );
}

/** An installed library may still lack a driver: better said now than when a model is slow. */
async function showWhatItFinds({ name }: KnownBackend, path: string): Promise<void> {
  const { devices, failures } = await probe();
  const failure = failures.find((one) => one.path === path);
  if (failure) {
    console.error(`hutch: ${failureText(failure)}`);
    process.exitCode = 1;
    return;
  }
  const gpus = devices.filter((one) => one.isGpu && name.startsWith(one.backend.toLowerCase()));
  const found = gpus.map((one) => `${one.name} (${one.description})`).join(", ");
  console.log(found === "" ? "It finds no GPU: see `hutch devices`." : `It finds ${found}.`);
}

async function list(which: readonly KnownBackend[], line: CommandLine): Promise<void> {
  const dir = backendsDir(process.env);
  const states = await Promise.all(which.map((known) => stateOf(dir, known)));
  if (line.has("json"))
    return console.log(JSON.stringify({ folder: dir, backends: states }, null, 2));
  const rows = states.map(({ name, state, sizeBytes, about }) => [
    name,
    state,
    bytes(sizeBytes),
    about,
  ]);
  console.log(table([["NAME", "STATE", "SIZE", "FOR"], ...rows]));
}

async function stateOf(dir: string, known: KnownBackend) {
  const { name, about, librarySizeBytes: sizeBytes } = known;
  const tags = installedTags(dir, known);
  const state = tags.includes(backendsTag)
    ? (await isWhole(dir, known))
      ? "installed"
      : "damaged: install it again"
    : tags.length > 0
      ? `of llama.cpp ${tags.join(", ")}, this is ${backendsTag}: install it again`
      : known.platform === `${process.platform}-${process.arch}`
        ? "not installed"
        : `not for ${process.platform}-${process.arch}`;
  return { name, state, sizeBytes, about };
}

function remove(known: KnownBackend): void {
  const dir = backendsDir(process.env);
  if (!removeBackend(dir, known)) throw new Error(`${known.name} is not installed in ${dir}`);
  console.log(`${known.name} is removed`);
}
