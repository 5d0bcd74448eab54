/**
 * `npm run soak`: three models, all dialects, pictures, clients that leave; afterwards, what the
 * server and its engines hold on to, beside what they did after a warm-up.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { median } from "./bench/median.ts";
import { linkModels, modelFile } from "./bench/models.ts";
import { startServer } from "./bench/server.ts";
import { buildExecutable } from "./build.ts";
import { outcomeOf } from "./faults/answer.ts";
import { documentFigures, type Figure, figureTable } from "./faults/figures.ts";
import { cellProofs, type Held, type Holdings, holdings, whenIdle } from "./faults/holdings.ts";
import { embeds, sees, type Tally, talks, visit } from "./faults/household.ts";
import { Seeded } from "./faults/seeded.ts";
import { isLong, parseSoakOptions, type SoakOptions, usage } from "./faults/soak-options.ts";
import { ensureSource } from "./llama-source.ts";
import { runMain } from "./program.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Part of the time after which the caches are full and all code has been compiled. */
const warmUp = 0.25;
/** What memory may grow by from then on. */
const growthMax = 1.05;
/** Connections that are being closed while they are counted. */
const nDescriptorsMore = 2;
/** Of prompts that were answered: it is full after the warm-up, so that only leaks grow. */
const cacheMiB = "16";
/** For connections to close and memory to be given back. */
const settleMs = 3_000;
/** Between two lines of progress. */
const progressMs = 60_000;
/** Between two looks at memory. */
const sampleMs = 5_000;
/**
 * The part of the warm-up at its end, and of as long a time at the end of all, whose memory is
 * compared: by medians, as the JavaScript heap grows and shrinks by a tenth from minute to minute.
 */
const comparedPart = 1 / 2;

/** Resident memory at one time, MB. */
type Memory = Pick<Holdings, "serverMb" | "enginesMb">;

await runMain(async () => {
  const options = parseSoakOptions(process.argv.slice(2));
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  await using folder = await temporaryFolder("soak");
  return await soak(options, folder.path);
});

async function soak(options: SoakOptions, folder: string): Promise<number> {
  const { minutes, nClients, seed } = options;
  console.log(`soak: ${minutes} minutes, ${nClients} clients, the seed is ${seed}`);
  await using server = await start(options.hutch ?? (await buildExecutable()), folder);
  const held: Held = { url: server.baseUrl, pid: server.pid, temporaryDir: join(folder, "tmp") };
  const tally: Tally = {
    nAnswered: 0,
    nVanished: 0,
    nUnloaded: 0,
    nRepeated: 0,
    errors: new Map(),
  };
  const clients = Array.from({ length: nClients }, (_, i) => new Seeded(seed + i));
  const use = (ms: number) => useFor(ms, held, clients, tally);

  const warming = await use(minutes * 60_000 * warmUp);
  const nCompared = Math.ceil(warming.length * comparedPart);
  const before = { ...(await rested(held)), ...medians(warming.slice(-nCompared)) };
  console.log(`soak: warm: ${JSON.stringify(before)}`);
  const samples = await use(minutes * 60_000 * (1 - warmUp));
  const after = { ...(await rested(held)), ...medians(samples.slice(-nCompared)) };
  console.log(`soak: after: ${JSON.stringify(after)}`);
  const nProofs = await cellProofs(held);

  const log = readFileSync(server.logPath, "utf8");
  const wrong = violations(before, after, { tally, log, judgesMemory: isLong(options) });
  if (nProofs === 0) wrong.push("no engine has looked whether every KV cell is accounted for");
  const command = `npm run soak -- --minutes ${minutes} --clients ${nClients} --seed ${seed}`;
  const table = await figureTable(command, figuresOf(before, after, { ...tally, nProofs }));
  console.log(`\n${table}\n\n${wrong.length === 0 ? "all is well" : wrong.join("\n")}`);
  if (wrong.length === 0 && isLong(options)) await documentFigures("soak", table);
  return wrong.length === 0 ? 0 : 1;
}

async function start(hutch: string, folder: string) {
  const sourceDir = await ensureSource();
  const models = linkModels(join(folder, "models"), [talks, embeds], (name) =>
    modelFile(name, sourceDir),
  );
  for (const name of ["tmp", "home"]) mkdirSync(join(folder, name));
  const own = [`TMPDIR=${join(folder, "tmp")}`, `HOME=${join(folder, "home")}`];
  const flags = ["--metrics", "--cache-ram", cacheMiB, "--models-dir", models];
  const serve = [hutch, "serve", ...flags, "--host", "127.0.0.1", "--port"];
  const command = (port: number) => ["env", ...own, ...serve, String(port)];
  const log = join(folder, "server.log");
  return await startServer({ name: "hutch", command }, log, new AbortController().signal);
}

/** All clients at work, one request after the other each. @returns memory meanwhile */
async function useFor(
  ms: number,
  held: Held,
  clients: readonly Seeded[],
  tally: Tally,
): Promise<Memory[]> {
  const end = performance.now() + ms;
  const client = async (random: Seeded) => {
    while (performance.now() < end) await visit(held.url, random, tally);
  };
  const samples: Memory[] = [];
  const watch = async () => {
    const linesEvery = progressMs / sampleMs;
    while (performance.now() < end) {
      await Bun.sleep(sampleMs);
      const { serverMb, enginesMb, nDescriptors } = await holdings(held);
      samples.push({ serverMb, enginesMb });
      if (samples.length % linesEvery > 0) continue;
      const memory = `${serverMb.toFixed(0)} + ${enginesMb.toFixed(0)} MB`;
      console.log(`soak: ${tally.nAnswered} answers, ${memory}, ${nDescriptors} descriptors`);
    }
  };
  await Promise.all([watch(), ...clients.map(client)]);
  return samples;
}

function medians(samples: readonly Memory[]): Memory {
  return {
    serverMb: median(samples.map(({ serverMb }) => serverMb)),
    enginesMb: median(samples.map(({ enginesMb }) => enginesMb)),
  };
}

/** With nothing to do, and every model loaded. @throws Error when a model cannot be asked */
async function rested(held: Held): Promise<Holdings> {
  await whenIdle(held);
  for (const model of [sees, talks, embeds]) {
    const body = JSON.stringify({ model, input: "Hello!" });
    const headers = { "content-type": "application/json" };
    const request = { method: "POST", headers, body, keepalive: false };
    const { error } = await outcomeOf(fetch(`${held.url}/v1/embeddings`, request));
    if (error !== null) throw new Error(`${model} does not answer: ${error}`);
  }
  await Bun.sleep(settleMs);
  return await whenIdle(held);
}

interface Course {
  tally: Tally;
  /** The server's. */
  log: string;
  /** In a short run the JavaScript heap still fills when the warm-up is over. */
  judgesMemory: boolean;
}

/** What of the promises was not kept, a line each. */
function violations(before: Holdings, after: Holdings, course: Course): string[] {
  const { tally, log, judgesMemory } = course;
  const growth = judgesMemory ? growthMax : Number.POSITIVE_INFINITY;
  const most: Holdings = {
    ...before,
    nDescriptors: before.nDescriptors + nDescriptorsMore,
    serverMb: before.serverMb * growth,
    enginesMb: before.enginesMb * growth,
  };
  const grown = (Object.keys(most) as (keyof Holdings)[])
    .filter((name) => after[name] > most[name])
    .map((name) => `${name}: ${before[name]} after the warm-up, ${after[name]} at the end`);
  const errors = [...tally.errors].map(([error, count]) => `${count} × ${error}`);
  const deaths = log.match(/^.*(?:the engine of \S+ ended|panic|AssertionError).*$/gm) ?? [];
  return [...grown, ...errors, ...deaths];
}

function figuresOf(
  before: Holdings,
  after: Holdings,
  tally: Tally & { nProofs: number },
): Figure[] {
  const change = (name: keyof Holdings) =>
    `${Math.round(before[name])} → ${Math.round(after[name])}`;
  const nErrors = [...tally.errors.values()].reduce((sum, count) => sum + count, 0);
  return [
    { name: "requests answered", value: tally.nAnswered },
    { name: "of these with an error", value: nErrors },
    { name: "clients that left before", value: tally.nVanished },
    { name: "models unloaded and loaded anew", value: tally.nUnloaded },
    { name: "requests made anew, whose model was unloaded (409)", value: tally.nRepeated },
    { name: "times that every KV cell was accounted for", value: tally.nProofs },
    { name: "sequences at work, warm → end", value: change("nBusySlots") },
    { name: "requests waiting or running, warm → end", value: change("nRequests") },
    { name: "processes, warm → end", value: change("nProcesses") },
    { name: "descriptors, warm → end", value: change("nDescriptors") },
    { name: "temporary files, warm → end", value: change("nTemporaryFiles") },
    { name: "resident memory of the server, MB, median, warm → end", value: change("serverMb") },
    { name: "resident memory of engines, MB, median, warm → end", value: change("enginesMb") },
  ];
}
