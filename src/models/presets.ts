import { readFileSync } from "node:fs";
import { AppError } from "../core/errors.ts";
import { UsageError } from "../core/flags/flag.ts";
import type { LoadOptions } from "../core/load.ts";
import type { ModelSource } from "../core/server.ts";
import { parseIni, unnamedSection } from "./ini.ts";

/** What the options of a preset say, which are flags of the command line. */
export interface PresetOptions {
  load: LoadOptions;
  model: ModelSource;
  sleepIdleSeconds?: number | undefined;
}

/**
 * Reads a preset's options: names of flags without their dashes, or of their variables. `where` is
 * for messages.
 */
export type PresetReader = (entries: Record<string, string>, where: string) => PresetOptions;

/** A section of an INI file of presets. */
export interface Preset extends PresetOptions {
  /** Of a new model, or of one that is known already. */
  name: string;
  /** As they stand in the file, those for all models included. */
  entries: Record<string, string>;
  loadsAtStart: boolean;
  stopSeconds?: number | undefined;
  /** Hides the cached model whose file it uses. */
  hidesCached: boolean;
}

export interface PresetFile {
  presets: Preset[];
  /** What holds for every model. */
  global: Preset;
}

/** Options for all models stand in this section. */
const globalSection = "*";

/** Options of presets that are no flags. */
const ownKeys = ["version", "load-on-startup", "stop-timeout", "dedup-cache-models"];

/** @throws AppError invalid_request when the file cannot be read, or an option makes no sense */
export function readPresetFile(path: string, read: PresetReader): PresetFile {
  const sections = parseIni(textOf(path), path);
  const shared = sections.get(globalSection) ?? {};
  const preset = (section: string): Preset => {
    const entries = { ...shared, ...sections.get(section) };
    const where = `[${section}] of ${path}`;
    const flags = Object.entries(entries).filter(([key]) => !ownKeys.includes(key));
    return {
      ...optionsOf(Object.fromEntries(flags), where, read),
      name: canonical(section),
      entries: Object.fromEntries(flags),
      loadsAtStart: isTruthy(entries["load-on-startup"]),
      stopSeconds: seconds(entries["stop-timeout"], where),
      hidesCached: isTruthy(entries["dedup-cache-models"]),
    };
  };
  const names = [...sections.keys()].filter((name) => name !== globalSection);
  const isMeant = (name: string) =>
    name !== unnamedSection ||
    Object.keys(sections.get(name) ?? {}).some((key) => key !== "version");
  return { presets: names.filter(isMeant).map(preset), global: preset(globalSection) };
}

/** Nothing is said for any model. */
export const noPresets: PresetFile = {
  presets: [],
  global: {
    name: globalSection,
    entries: {},
    load: {},
    model: { mmprojAuto: true, aliases: [], tags: [] },
    loadsAtStart: false,
    hidesCached: false,
  },
};

/** Presets are read at a client's wish, too: its request was wrong, not the command line. */
function optionsOf(entries: Record<string, string>, where: string, read: PresetReader) {
  try {
    return read(entries, where);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new AppError("invalid_request", error.message, { cause: error });
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError("invalid_request", `the presets ${path} cannot be read: ${why}`);
  }
}

/** The cache writes quantizations in capitals: "org/repo:q8_0" and "org/repo:UD-q8_0" mean Q8_0. */
function canonical(section: string): string {
  const colon = section.lastIndexOf(":");
  if (colon < 0) return section;
  const tag = section.slice(colon + 1);
  const quantization = /[-.](\w+)$/.exec(tag)?.[1] ?? tag;
  return section.slice(0, colon + 1) + quantization.toUpperCase();
}

const isTruthy = (text = "") => ["on", "enabled", "true", "1"].includes(text);

function seconds(text: string | undefined, where: string): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new AppError(
    "invalid_request",
    `stop-timeout must be whole seconds, not "${text}", in ${where}`,
  );
}
