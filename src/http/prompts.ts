import { type Static, Type } from "@sinclair/typebox";
import { AppError } from "../core/errors.ts";
import type { PromptPart } from "../core/generate.ts";
import type { RequestLimits } from "../core/limits.ts";
import { checkInputs } from "./limits.ts";
import { base64Media } from "./media.ts";
import { object } from "./wire.ts";

const Mixed = Type.Union([Type.String(), Type.Array(Type.Union([Type.String(), Type.Integer()]))]);

const MediaPrompt = object(
  {
    prompt_string: Mixed,
    multimodal_data: Type.Optional(
      Type.Array(Type.String(), {
        description: "Pictures or sounds in base64, one for each media marker in the text.",
      }),
    ),
  },
  { title: "MediaPrompt" },
);

/** Every shape that llama-server takes for a prompt, or for several. */
export const Prompts = Type.Union(
  [
    Type.String(),
    MediaPrompt,
    Type.Array(Type.Union([Type.String(), Type.Integer()]), {
      description: "Tokens, with texts among them; or, when all are texts, several prompts.",
    }),
    Type.Array(Type.Union([Mixed, MediaPrompt])),
  ],
  { description: "Text, tokens, both mixed, text with pictures, or a list of such prompts." },
);
export type Prompts = Static<typeof Prompts>;

/** Pictures for `[img-12]` in a text, as llama-server had them up to 2024. */
export const ImageData = Type.Array(object({ data: Type.String(), id: Type.Integer() }), {
  description: "Pictures in base64, which `[img-ID]` in the prompt stands for.",
});
export type ImageData = Static<typeof ImageData>;

export interface PromptRules {
  /** Name of the field, for errors. */
  param: string;
  /** Text that stands for a picture of `multimodal_data`. */
  mediaMarker: string;
  limits: RequestLimits;
  images?: ImageData | undefined;
}

/** Each prompt in parts. @throws AppError, naming the prompt at fault */
export function toPrompts(prompts: Prompts, rules: PromptRules): PromptPart[][] {
  const { param } = rules;
  const images = new Images(rules.images ?? []);
  const isOne = !Array.isArray(prompts) || prompts.some((part) => typeof part === "number");
  if (isOne) {
    const parts = toParts(prompts as OnePrompt, images, rules);
    images.checkUsed();
    return [parts];
  }
  if (prompts.length === 0) throw bad(param, `\`${param}\` must not be empty`);
  checkInputs(prompts.length, param, rules.limits);
  const all = prompts.map((prompt, i) =>
    toParts(prompt as OnePrompt, images, { ...rules, param: `${param}[${i}]` }),
  );
  images.checkUsed();
  return all;
}

type OnePrompt = Static<typeof Mixed> | Static<typeof MediaPrompt>;

function toParts(prompt: OnePrompt, images: Images, rules: PromptRules): PromptPart[] {
  if (typeof prompt === "string") return images.placed(prompt);
  if (Array.isArray(prompt)) return mixed(prompt, images, rules.param);
  const { prompt_string: text, multimodal_data: data } = prompt;
  const parts = typeof text === "string" ? images.placed(text) : mixed(text, images, rules.param);
  return data ? withMedia(parts, data, rules) : parts;
}

/** Largest token id: they are 32-bit integers in llama.cpp. */
const tokenMax = 2 ** 31 - 1;

function mixed(parts: (string | number)[], images: Images, param: string): PromptPart[] {
  if (parts.length === 0) throw bad(param, `\`${param}\` must not be empty`);
  return parts.flatMap((part, i) => {
    if (typeof part === "string") return images.placed(part);
    if (part >= 0 && part <= tokenMax) return [part];
    throw bad(`${param}[${i}]`, `\`${param}[${i}]\` is no token: ${part}`);
  });
}

/** `parts` with the media in place of the markers in its texts. */
function withMedia(parts: PromptPart[], data: string[], rules: PromptRules): PromptPart[] {
  const { param, mediaMarker } = rules;
  const split = parts.flatMap((part): (PromptPart | null)[] =>
    typeof part === "string" ? interleaved(part.split(mediaMarker)) : [part],
  );
  const nMarkers = split.filter((part) => part === null).length;
  if (nMarkers !== data.length) {
    const message = `\`${param}\` has ${nMarkers} media markers for ${data.length} media`;
    throw bad(param, message);
  }
  let nPlaced = 0;
  return split.map((part) => {
    if (part !== null) return part;
    const at = nPlaced++;
    return base64Media(data[at] ?? "", `${param}.multimodal_data[${at}]`).bytes;
  });
}

/** The texts that are not empty, with null where something goes between two. */
function interleaved(texts: string[]): (string | null)[] {
  const all = texts.flatMap((text, i) => (i === 0 ? [text] : [null, text]));
  return all.filter((part) => part !== "");
}

/** Pictures that placeholders in the texts name by their ids. */
class Images {
  readonly #byId = new Map<number, Uint8Array>();
  readonly #unused = new Set<number>();

  constructor(images: ImageData) {
    for (const [i, { data, id }] of images.entries()) {
      this.#byId.set(id, base64Media(data, `image_data[${i}].data`).bytes);
      this.#unused.add(id);
    }
  }

  /** `text`, cut where pictures go. Without any pictures, `[img-1]` is text like any other. */
  placed(text: string): PromptPart[] {
    if (this.#byId.size === 0) return [text];
    const pieces = text.split(/\[img-(\d+)\]/);
    return pieces.flatMap((piece, i): PromptPart[] => {
      if (i % 2 === 0) return piece === "" ? [] : [piece];
      return [this.#take(Number(piece))];
    });
  }

  /** A picture that no prompt shows was sent in vain: the client believes otherwise. */
  checkUsed(): void {
    const [id] = this.#unused;
    if (id !== undefined) throw bad("image_data", `\`image_data\`: no prompt has [img-${id}]`);
  }

  #take(id: number): Uint8Array {
    const bytes = this.#byId.get(id);
    if (!bytes) throw bad("image_data", `\`image_data\` has no picture for [img-${id}]`);
    this.#unused.delete(id);
    return bytes;
  }
}

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}
