import { readFileSync, statSync } from "node:fs";
import { durationMs } from "../duration.ts";
import { workerPlace } from "../network/workers.ts";

/** A value is not what its option takes; the message goes on after the option's name. */
export class Misfit extends Error {}

/** What a value in a file of settings can be, beside a date, which no setting is. */
export type ValueKind = "text" | "number" | "switch" | "list" | "table";

/** How the text of a value is understood. */
export interface Reader<T> {
  /** What the value is called in the help. */
  hint: string;
  /** What it may be in a file of settings; absent: text alone. */
  takes?: readonly ValueKind[];
  /** @throws Misfit */
  read(text: string): T;
  /**
   * Where older versions of llama-server took no value: what a bare option means, or null when
   * `next` is its value.
   */
  bare?(next: string | undefined): string | null;
  /**
   * Where a value is spread over two arguments: both in one text, or null when `first` is all of
   * it.
   */
  join?(first: string, next: string | undefined): string | null;
}

/** As llama.cpp understands them. */
export const isTruthy = (text: string) => /^(on|enabled|true|1)$/i.test(text);
export const isFalsey = (text: string) => /^(off|disabled|false|0)$/i.test(text);
const isAuto = (text: string) => /^(auto|-1)$/i.test(text);

export const text = (hint: string): Reader<string> => ({ hint, read: (text) => text });

/** A whole number. */
export function whole(hint: string, min = Number.MIN_SAFE_INTEGER, max = Infinity): Reader<number> {
  const read = (text: string) => {
    const number = Number(text);
    if (text.trim() !== "" && Number.isSafeInteger(number) && number >= min && number <= max) {
      return number;
    }
    throw new Misfit(`must be a whole number${rangeText(min, max)}`);
  };
  return { hint, takes: ["number"], read };
}

/** A finite number above 0. */
export const positive = (hint: string): Reader<number> => ({
  hint,
  takes: ["number"],
  read: (text) => {
    const number = Number(text);
    if (text.trim() !== "" && Number.isFinite(number) && number > 0) return number;
    throw new Misfit("must be a number above 0");
  },
});

/** A finite number. */
export function decimal(hint: string, min = -Infinity, max = Infinity): Reader<number> {
  const read = (text: string) => {
    const number = Number(text);
    if (text.trim() !== "" && Number.isFinite(number) && number >= min && number <= max) {
      return number;
    }
    throw new Misfit(`must be a number${rangeText(min, max)}`);
  };
  return { hint, takes: ["number"], read };
}

function rangeText(min: number, max: number): string {
  if (min > Number.MIN_SAFE_INTEGER && max < Infinity) return ` from ${min} to ${max}`;
  if (min > Number.MIN_SAFE_INTEGER) return ` of at least ${min}`;
  return max < Infinity ? ` of at most ${max}` : "";
}

/** One of a few words. */
export function choice<const Word extends string>(words: readonly Word[]): Reader<Word> {
  const read = (text: string) => {
    const word = words.find((known) => known === text);
    if (word === undefined) throw new Misfit(`must be one of ${words.join(", ")}`);
    return word;
  };
  return { hint: `{${words.join(",")}}`, read };
}

/** on, off or auto, in every spelling of theirs; a bare option means on. */
export const onOffAuto: Reader<"on" | "off" | "auto"> = {
  hint: "[on|off|auto]",
  takes: ["switch", "text"],
  read: (text) => {
    if (isTruthy(text)) return "on";
    if (isFalsey(text)) return "off";
    if (isAuto(text)) return "auto";
    throw new Misfit("must be on, off or auto");
  },
  bare: (next) => (next === undefined || (next.startsWith("-") && !isAuto(next)) ? "on" : null),
};

/** on or off as a value. */
export const onOrOff: Reader<boolean> = {
  hint: "[on|off]",
  takes: ["switch"],
  read: (text) => {
    if (!isTruthy(text) && !isFalsey(text)) throw new Misfit("must be on or off");
    return isTruthy(text);
  },
};

/** `all`, `auto` (undefined: the engine's choice) or a number of layers; -1 stands for all. */
export const layers: Reader<number | undefined> = {
  hint: "N",
  takes: ["number", "text"],
  read: (text) => {
    if (text === "auto" || text === "-1") return undefined;
    if (text === "all" || text === "-2") return -1;
    if (/^\d+$/.test(text)) return Number(text);
    throw new Misfit("must be a number of layers, auto or all");
  },
};

/** Words between commas, trimmed, the empty ones left out. Quotes hold a comma together. */
export const list = (hint: string): Reader<string[]> => ({
  hint,
  takes: ["list", "text"],
  read: (text) => {
    const words = splitList(text);
    if (words.length === 0) throw new Misfit("must name at least one thing");
    return words;
  },
});

/** Addresses of workers. ggml has neither names of ports nor IPv6. */
export const workers: Reader<string[]> = {
  hint: "HOST:PORT,...",
  takes: ["list", "text"],
  read: (text) => {
    const addresses = splitList(text);
    const wrong = addresses.find((address) => workerPlace(address) === null);
    if (addresses.length === 0) throw new Misfit("must be HOST:PORT,...");
    if (wrong?.includes("[")) throw new Misfit("must be IPv4 addresses or names: ggml has no IPv6");
    if (wrong !== undefined) throw new Misfit("must be HOST:PORT,... with a port for each");
    const isTwice = new Set(addresses).size < addresses.length;
    if (isTwice) throw new Misfit("must not name a worker twice");
    return addresses;
  },
};

/** A row of CSV, as llama.cpp reads it: `a,"b, c","say ""d"""`. */
export function splitList(text: string): string[] {
  const fields = `,${text}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...fields]
    .map(([, quoted, plain = ""]) => (quoted?.replaceAll('""', '"') ?? plain).trim())
    .filter((field) => field !== "");
}

/** Numbers between commas or slashes. */
export const decimals = (hint: string, min = -Infinity, max = Infinity): Reader<number[]> => ({
  hint,
  takes: ["list", "number", "text"],
  read: (text) => text.split(/[,/]+/).map((part) => decimal(hint, min, max).read(part)),
});

/** `FILE:SCALE,…`, or FILE and SCALE as two arguments. */
export const scaled: Reader<{ path: string; scale: number }[]> = {
  hint: "FILE:SCALE,...",
  takes: ["list", "text"],
  read: (text) =>
    splitList(text).map((item) => {
      const [, path, scale] = /^(.+):([^:/\\]+)$/.exec(item) ?? [];
      if (path === undefined || scale === undefined) throw new Misfit("must be FILE:SCALE");
      return { path, scale: decimal("SCALE").read(scale) };
    }),
  join: (first, next) => {
    const isWhole = splitList(first).every((item) => /:[-+.\d]+$/.test(item));
    return isWhole || next === undefined ? null : `"${first}:${next}"`;
  },
};

/** First and last of a range, as two arguments. */
export const twoNumbers = (hint: string): Reader<[number, number]> => ({
  hint,
  takes: ["list", "text"],
  read: (text) => {
    const [first, last, ...rest] = text.trim().split(/[\s,]+/);
    if (first === undefined || last === undefined || rest.length > 0) {
      throw new Misfit(`must be two numbers, ${hint}`);
    }
    const range: [number, number] = [whole(hint, 0).read(first), whole(hint, 0).read(last)];
    if (range[0] > range[1]) throw new Misfit(`must be in order, ${hint}`);
    return range;
  },
  join: (first, next) => (next === undefined ? null : `${first} ${next}`),
});

/** Address of a file on the web. */
export const webAddress: Reader<string> = {
  hint: "URL",
  read: (text) => {
    if (/^https?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
    throw new Misfit("must be an address that begins with http:// or https://");
  },
};

/** What a file holds. */
export const fileText = (hint: string): Reader<string> => ({
  hint,
  read: (path) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      throw new Misfit("must be a file that can be read");
    }
  },
});

export const folder: Reader<string> = {
  hint: "FOLDER",
  read: (path) => {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
    throw new Misfit("must be a folder");
  },
};

/** JSON text, as an object. */
export const jsonObject = (hint: string): Reader<Record<string, unknown>> => ({
  hint,
  takes: ["table", "text"],
  read: (text) => {
    try {
      const parsed: unknown = JSON.parse(text);
      if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
        return parsed as Record<string, unknown>;
      }
    } catch {
      // said below
    }
    throw new Misfit("must be a JSON object");
  },
});

/** Processors as hexadecimal digits, the last one for 0 … 3. */
export const cpuMask: Reader<string> = {
  hint: "M",
  read: (text) => {
    if (/^(0x)?[0-9a-f]{1,128}$/i.test(text)) return text;
    throw new Misfit("must be a mask of hexadecimal digits");
  },
};

/** Highest processor that a range may name: ggml has 512 threads at most. */
const cpuMax = 511;

export const cpuRange: Reader<string> = {
  hint: "LO-HI",
  read: (text) => {
    const [, low = "", high = ""] = /^(\d*)-(\d*)$/.exec(text) ?? [];
    const isRange = Number(low || 0) <= Number(high || cpuMax) && Number(high || 0) <= cpuMax;
    if (/^\d*-\d*$/.test(text) && isRange) return text;
    throw new Misfit(`must be a range of processors like 0-7, up to ${cpuMax}`);
  },
};

const kib = 1024;
const factors: Readonly<Record<string, number>> = { K: 1, M: 2, G: 3, T: 4 };

/** Bytes, with or without a unit: 8GB, 8GiB, 512M. A unit is a power of 1024 only with its "i". */
export const bytes: Reader<number> = {
  hint: "BYTES",
  takes: ["number", "text"],
  read: (text) => {
    const [, amount, unit = "", i] = /^(\d+(?:\.\d+)?) ?([KMGT]?)(i?)B?$/i.exec(text.trim()) ?? [];
    if (amount === undefined) throw new Misfit("must be a number of bytes, such as 8GiB or 512MB");
    return Math.round(Number(amount) * (i ? kib : 1000) ** (factors[unit.toUpperCase()] ?? 0));
  },
};

/** Seconds, as a number or as Go writes durations; below 0: without end. */
export const duration: Reader<number> = {
  hint: "DURATION",
  takes: ["number", "text"],
  read: (text) => {
    const ms = durationMs(text);
    const seconds = ms === null ? Number(text.trim() || "none") : ms / 1000;
    if (Number.isFinite(seconds)) return seconds;
    throw new Misfit('must be a duration such as "5m" or "1h30m", or a number of seconds');
  },
};
