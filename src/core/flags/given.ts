import { flagSpelled, flags, nearestSpelling, type Spelled } from "../flags.ts";
import { type Flag, UsageError } from "./flag.ts";
import { onOffAuto } from "./readers.ts";

/** A flag with its value as text ("1" or "0" for a switch), and where it was found. */
export interface Given {
  flag: Flag;
  text: string;
  /** As the user wrote it: `-c`, `LLAMA_ARG_CTX_SIZE`, `hutch.toml:3: ctx-size`. */
  source: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws UsageError for an unknown flag or a missing value */
export function givenByArguments(argv: readonly string[]): Given[] {
  const given: Given[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? "";
    const equals = argument.startsWith("--") ? argument.indexOf("=") : -1;
    const source = equals < 0 ? argument : argument.slice(0, equals);
    const spelled = flagSpelled(source);
    if (!spelled) throw unknown(source);
    const { flag, isNegative } = spelled;
    if (!flag.reader) {
      if (equals >= 0) throw new UsageError(`${source} takes no value`);
      given.push({ flag, text: isNegative ? "0" : "1", source });
      continue;
    }
    const { reader } = flag;
    const attached = equals < 0 ? undefined : argument.slice(equals + 1);
    const bare = attached === undefined ? reader.bare?.(argv[i + 1]) : undefined;
    const text = attached ?? bare ?? argv[++i];
    if (text === undefined) throw new UsageError(`${source} needs a value: ${reader.hint}`);
    const joined = (attached ?? bare) ? null : (reader.join?.(text, argv[i + 1]) ?? null);
    if (joined !== null) i++;
    given.push({ flag, text: joined ?? text, source });
  }
  return given;
}

function unknown(source: string): UsageError {
  return new UsageError(`unknown argument "${source}"; did you mean ${nearestSpelling(source)}?`);
}

/**
 * What variables say about flags that the command line leaves open.
 * @param ollama whether Ollama's variables count, too
 */
export function givenByEnvironment(
  env: Environment,
  onCommandLine: readonly Given[],
  { ollama }: { ollama: boolean },
): Given[] {
  const taken = new Set(onCommandLine.map(({ flag }) => flag));
  return flags.flatMap((flag) => {
    if (taken.has(flag)) return [];
    for (const source of flag.env) {
      if (source.startsWith("OLLAMA_") && !ollama) continue;
      const negative = source.replace("LLAMA_ARG_", "LLAMA_ARG_NO_");
      // llama-server's older variables: being set is all that counts.
      if (flag.negatives.length > 0 && negative !== source && env[negative] !== undefined) {
        return [{ flag, text: "0", source: negative }];
      }
      const text = readable(env[source] ?? "", flag, source);
      if (text !== "") return [{ flag, text, source }];
    }
    return [];
  });
}

/** Ollama trims spaces and quotes, and takes what is neither true nor false for true. */
function readable(text: string, { reader }: Flag, source: string): string {
  if (!/^(OLLAMA|HUTCH)_/.test(source)) return text;
  const bare = text.trim().replace(/^["']+|["']+$/g, "");
  if (source === "OLLAMA_KV_CACHE_TYPE") return bare.toLowerCase();
  const isSwitch = reader === null || reader === onOffAuto;
  if (!source.startsWith("OLLAMA_") || !isSwitch || bare === "") return bare;
  return /^(0|f|false)$/i.test(bare) ? "0" : "1";
}

/** A flag by a spelling without dashes, and whether that switches it off. */
export function flagWithoutDashes(key: string): Spelled | undefined {
  const dashed = key.replaceAll("_", "-");
  return flagSpelled(`--${dashed}`) ?? flagSpelled(`-${dashed}`);
}

/** A flag by its key in a preset, which may also be a variable. */
export function flagOfKey(key: string): Spelled | undefined {
  const named = flagWithoutDashes(key);
  if (named) return named;
  const flag = flags.find(({ env }) => env.includes(key));
  return flag && { flag, isNegative: false };
}
