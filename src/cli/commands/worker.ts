import { join } from "node:path";
import { UsageError } from "../../core/flags/flag.ts";
import { splitList } from "../../core/flags/readers.ts";
import { isLoopback } from "../../core/network/listening.ts";
import { version } from "../../core/version.ts";
import { cacheDirs } from "../cache-dir.ts";
import type { Command, CommandLine } from "../command.ts";
import { findResources } from "../resources.ts";
import { stopOnSignals } from "../shutdown.ts";
import type { FrontSettings } from "../worker/front.ts";
import { everybody, readPeers } from "../worker/peers.ts";
import { WeightCache } from "../worker/weight-cache.ts";

/** Port of llama.cpp's rpc-server. */
const portDefault = 50_052;
const nClientsDefault = 8;
const nThreadsMax = 512;
/** Errors, by ggml's levels. */
const errorLevel = 4;

export const worker: Command = {
  name: "worker",
  usage: "",
  summary: "let servers on other machines compute here, by llama.cpp's RPC",
  about:
    "A server that is started with --rpc HOST:PORT,... spreads its models over such workers and " +
    "its own GPUs. RPC knows no keys and no encryption: whoever can connect can take this " +
    "machine's memory, and possibly the machine. Keep it to networks that you trust, and name " +
    "your servers with --allow.",
  options: [
    { name: "host", short: "H", value: "ADDRESS", help: "where to listen (default: 127.0.0.1)" },
    {
      name: "port",
      short: "p",
      value: "PORT",
      help: `0: any that is free (default: ${portDefault})`,
    },
    {
      name: "allow",
      value: "ADDRESS[/BITS],...",
      help: "who may connect, this machine too if it shall (default: everybody)",
    },
    {
      name: "device",
      short: "d",
      value: "NAME,...",
      help: "devices to share, as `hutch --list-devices` names them (default: GPUs, or the CPU)",
    },
    {
      name: "threads",
      short: "t",
      value: "N",
      help: "threads of the CPU (default: its physical cores)",
    },
    {
      name: "cache",
      short: "c",
      value: "FOLDER",
      bare: "",
      help: "keep weights here, so that they are not sent again (~/.cache/hutch/rpc)",
    },
    {
      name: "max-clients",
      value: "N",
      help: `connections at once, one for each model that is loaded (default: ${nClientsDefault})`,
    },
  ],
  nWords: { min: 0, max: 0 },
  run: async (line) => {
    const { Front } = await import("../worker/front.ts");
    const settings = await settingsOf(line);
    const { hostname, peers } = settings;
    const warn = (message: string) => console.error(message);
    if (!isLoopback(hostname) && peers === everybody) warn(exposureWarning(hostname));
    const { front, devices } = await Front.open(settings, warn);
    stopOnSignals({ drain: async () => {}, end: () => front[Symbol.asyncDispose]() });
    console.log(`Hutch ${version} worker listening on ${hostname}:${front.port}`);
    const isLocal = isLoopback(hostname) && peers === everybody;
    console.log(`  for ${isLocal ? "this machine alone" : peers.text}`);
    for (const device of devices) console.log(`  ${device}`);
  },
};

const exposureWarning = (hostname: string) =>
  `WARNING: everybody who reaches ${hostname} can compute on this machine, fill its memory, and ` +
  "possibly take it over: RPC asks for no key and trusts what it is sent. Never expose it to an " +
  "open network; --allow ADDRESS[/BITS],... admits your servers alone.";

async function settingsOf(line: CommandLine): Promise<FrontSettings> {
  const allow = line.value("allow");
  const device = line.value("device");
  const cache = line.value("cache");
  const { libraryDir, backends } = await findResources(process.env);
  return {
    hostname: line.value("host") ?? "127.0.0.1",
    port: numberOf(line, "port", 0, 65_535) ?? portDefault,
    peers: allow === undefined ? everybody : readPeers(allow),
    nClientsMax: numberOf(line, "max-clients", 1, 1000) ?? nClientsDefault,
    sharing: {
      libraryDir,
      backends: backends.libraries,
      devices: device === undefined ? null : splitList(device),
      nThreads: numberOf(line, "threads", 1, nThreadsMax),
      logLevel: errorLevel,
    },
    cache: cache === undefined ? null : new WeightCache(cache || usualCache()),
  };
}

function usualCache(): string {
  const [dir = ""] = cacheDirs(process.env);
  return join(dir, "rpc");
}

/** @throws UsageError */
function numberOf(line: CommandLine, option: string, min: number, max: number): number | null {
  const text = line.value(option);
  if (text === undefined) return null;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= min && number <= max) return number;
  throw new UsageError(`--${option} must be a whole number from ${min} to ${max}, not "${text}"`);
}
