import { UsageError } from "./flags/flag.ts";
import { flagOfKey } from "./flags/given.ts";
import { isFalsey } from "./flags/readers.ts";
import type { LoadOptions } from "./load.ts";
import type { ModelSource } from "./server.ts";
import { emptyDraft, finishedLoad } from "./settings.ts";

/** A model as a section of a preset file describes it. */
export interface PresetOptions {
  model: ModelSource;
  load: LoadOptions;
  sleepIdleSeconds: number | undefined;
  /** What the user should be told about keys without effect. */
  notes: string[];
}

/**
 * Reads a section of an INI preset: keys are flags without dashes (`ctx-size`, `c`, `no-mmap`) or
 * their variables (`LLAMA_ARG_CTX_SIZE`). llama-server's own keys for presets (`load-on-startup`
 * and the like) have to be taken out before.
 * @param where for messages
 * @throws UsageError for an unknown key or a wrong value
 */
export function readPreset(
  entries: Readonly<Record<string, string>>,
  where: string,
): PresetOptions {
  const draft = emptyDraft(false);
  const given = new Set<string>();
  for (const [key, text] of Object.entries(entries)) {
    const source = `${key} in ${where}`;
    const found = flagOfKey(key);
    if (!found) throw new UsageError(`unknown key ${source}`);
    const { flag, isNegative } = found;
    given.add(flag.name);
    if (flag.scope === "server") {
      draft.notes.push(`${source} has no effect: it is about the whole server`);
    } else flag.apply(draft, isNegative ? opposite(text) : text, source);
  }
  const { sleepIdleSeconds } = draft.catalog;
  return {
    model: draft.model,
    load: finishedLoad(draft, "slots"),
    sleepIdleSeconds: given.has("sleep-idle-seconds") ? sleepIdleSeconds : undefined,
    notes: draft.notes,
  };
}

const opposite = (text: string) => (isFalsey(text) ? "1" : "0");
