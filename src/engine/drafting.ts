import type { Context } from "../../ffi/context.ts";
import { NativeError } from "../../ffi/native.ts";
import { Speculation } from "../../ffi/speculation.ts";
import type { LoadSpec, SpeculationOptions } from "../core/load.ts";
import { PromptLookup } from "./prompt-lookup.ts";
import type { Drafter } from "./runner.ts";

/** The type of speculation that is ours, and that of a model for which nothing else is asked. */
const ours = "prompt-lookup";
/** Tokens of a draft that is looked up: on a CPU, longer ones gain little more. */
const nLookedUpMax = 31;
/** More are never looked up, whatever is asked for: each takes memory for a whole vocabulary. */
const nLookedUpLimit = 127;

/** How a model is to speculate. */
export interface Drafting {
  /** Types in use, in llama-server's words and ours. */
  types: string;
  /** Tokens of the longest draft. */
  nMax: number;
  /** Rows that drafts of all sequences together may take; Infinity: the longest for each. */
  nSharedMax: number;
  /** @throws NativeError when the draft model cannot be used */
  open(context: Context): (Drafter & Partial<Disposable>) | null;
}

interface Model {
  canCut: boolean;
  isWhole: boolean;
}

const none: Drafting = { types: "none", nMax: 0, nSharedMax: 0, open: () => null };

/**
 * How to speculate: as the options say, else by looking up, where the model allows it.
 * @param model canCut: cells can be dropped from a sequence's end; isWhole: it does not generate
 * @throws NativeError when an option is wrong, or asks for what the model does not allow
 */
export function draftingFor(spec: LoadSpec, model: Model): Drafting {
  const { speculation = {}, purpose = "generate" } = spec;
  const { canCut, isWhole } = model;
  if (isWhole || purpose !== "generate") return none;
  const { types = speculation.draft_model === undefined ? [ours] : undefined } = speculation;
  if (types?.includes(ours)) {
    if (types.length > 1) throw new NativeError(`${ours} cannot be used with other types`);
    if (!canCut && speculation.types !== undefined) throw new NativeError(noWayBack);
    return canCut ? lookingUp(speculation) : none;
  }
  const { types: names, nMax } = Speculation.describe(speculation);
  if (names === "none") return none;
  if (!canCut) throw new NativeError(noWayBack);
  const open = (context: Context) => new Speculation(context, speculation, spec);
  return { types: names, nMax, nSharedMax: Number.POSITIVE_INFINITY, open };
}

const noWayBack =
  "speculation (--spec-type, --model-draft) has to take back wrong guesses, " +
  "which the recurrent state of this model does not allow";

function lookingUp({ draft_n_max = nLookedUpMax, draft_n_min }: SpeculationOptions): Drafting {
  const nMax = Math.min(draft_n_max, nLookedUpLimit);
  if (nMax === 0) return none;
  const open = () => new PromptLookup(nMax, draft_n_min);
  return { types: ours, nMax, nSharedMax: nMax, open };
}
