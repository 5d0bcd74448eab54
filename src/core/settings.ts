import { type Flag, type ServeFlagName, serveFlags } from "./flags.ts";

/** Everything that a server can be told, from flags first, then from the environment. */
export interface ServeSettings {
  modelPath: string | undefined;
  mmprojPath: string | undefined;
  alias: string | undefined;
  hostname: string;
  port: number;
  nCtxSeq: number | undefined;
  nParallel: number | undefined;
  nBatch: number | undefined;
  nUbatch: number | undefined;
  nThreads: number | undefined;
  nGpuLayers: number | undefined;
  nEnginesMax: number;
}

/** The command line is wrong; the message says how. */
export class UsageError extends Error {
  override name = "UsageError";
}

const nEnginesMaxDefault = 3;
const hostnameDefault = "127.0.0.1";

type Environment = Record<string, string | undefined>;
type Values = Partial<Record<ServeFlagName, { text: string; source: string }>>;

/**
 * Reads flags and environment once.
 * @param portDefault 11434 for `hutch serve`, 8080 where llama-server's habits apply
 * @throws UsageError for an unknown flag, a missing or malformed value
 */
export function readServeSettings(
  argv: string[],
  env: Environment,
  portDefault: number,
): ServeSettings {
  const values = { ...fromEnvironment(env), ...fromFlags(argv) };
  const { hostname, port } = endpoint(values, env, portDefault);
  const settings: ServeSettings = {
    modelPath: values.model?.text,
    mmprojPath: values.mmproj?.text,
    alias: values.alias?.text,
    hostname,
    port,
    nCtxSeq: integer(values, "ctx-size", 1),
    nParallel: integer(values, "parallel", 1, nParallelMax),
    nBatch: integer(values, "batch-size", 1),
    nUbatch: integer(values, "ubatch-size", 1),
    nThreads: integer(values, "threads", 1),
    nGpuLayers: integer(values, "n-gpu-layers", 0),
    nEnginesMax: integer(values, "models-max", 1) ?? nEnginesMaxDefault,
  };
  if (settings.modelPath === undefined && settings.mmprojPath !== undefined) {
    throw new UsageError("--mmproj needs --model: a projector belongs to a model");
  }
  return settings;
}

/** Most sequences of one context. libllama allows 256; finished ones that are kept count too. */
const nParallelMax = 200;

function fromEnvironment(env: Environment): Values {
  const values: Values = {};
  for (const flag of serveFlags) {
    const variable = flag.env.find((name) => (env[name] ?? "") !== "");
    if (variable) values[flag.name] = { text: env[variable] ?? "", source: variable };
  }
  return values;
}

function fromFlags(argv: string[]): Values {
  const values: Values = {};
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? "";
    const equals = argument.startsWith("--") ? argument.indexOf("=") : -1;
    const spelled = equals < 0 ? argument : argument.slice(0, equals);
    const flag = flagSpelled(spelled);
    if (!flag)
      throw new UsageError(`unknown argument "${spelled}"; did you mean ${nearest(spelled)}?`);
    const text = equals < 0 ? argv[++i] : argument.slice(equals + 1);
    if (text === undefined) throw new UsageError(`${spelled} needs a value: ${flag.value}`);
    values[flag.name] = { text, source: spelled };
  }
  return values;
}

function flagSpelled(spelled: string): (typeof serveFlags)[number] | undefined {
  const name = spelled.replaceAll("_", "-");
  return serveFlags.find(
    (flag: Flag) => `--${flag.name}` === name || flag.aliases.includes(spelled),
  ) as (typeof serveFlags)[number] | undefined;
}

/** The known flag with the fewest edits from `spelled`. */
function nearest(spelled: string): string {
  const known = serveFlags.flatMap((flag: Flag) => [`--${flag.name}`, ...flag.aliases]);
  return known.reduce((best, flag) =>
    editDistance(spelled, flag) < editDistance(spelled, best) ? flag : best,
  );
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function integer(
  values: Values,
  name: ServeFlagName,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const given = values[name];
  if (!given) return undefined;
  const number = Number(given.text);
  if (Number.isInteger(number) && number >= min && number <= max && given.text.trim() !== "") {
    return number;
  }
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new UsageError(`${given.source} must be a whole number ${range}, not "${given.text}"`);
}

/** Ollama's variable holds address, address:port, :port or a URL; a --port flag wins. */
function endpoint(values: Values, env: Environment, portDefault: number) {
  const given = values.host;
  const isVariable = given !== undefined && given.source in env && !given.source.startsWith("-");
  const parsed = given ? parseHost(given.text, given.source) : {};
  const port = integer(values, "port", 0, 65_535);
  return {
    hostname: parsed.hostname ?? hostnameDefault,
    port: port ?? (isVariable ? parsed.port : undefined) ?? portDefault,
  };
}

function parseHost(text: string, source: string): { hostname?: string; port?: number } {
  const bare = text
    .trim()
    .replace(/^https?:\/\//, "")
    .replace(/\/.*$/, "");
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(bare);
  const isIpv6 = !match && bare.includes("::") && /^[0-9a-fA-F:.]+$/.test(bare);
  if (!match && !isIpv6) throw new UsageError(`${source} is no address: "${text}"`);
  const hostname = isIpv6 ? bare : (match?.[1] ?? "").replace(/^\[|\]$/g, "");
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  if (port !== undefined && port > 65_535) {
    throw new UsageError(`${source} names port ${port}; ports end at 65535`);
  }
  return {
    ...(hostname === "" ? {} : { hostname }),
    ...(port === undefined ? {} : { port }),
  };
}
