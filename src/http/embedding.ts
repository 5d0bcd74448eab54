import { Type } from "@sinclair/typebox";
import type { EmbedAnswer } from "../core/calls.ts";
import { AppError } from "../core/errors.ts";
import type { ModelInfo } from "../core/generate.ts";
import type { HttpSettings } from "../core/server.ts";
import type { Model } from "../models/catalog.ts";
import { metered } from "./caller.ts";
import type { Gateway } from "./gateway.ts";
import { ImageData, type Prompts, toPrompts } from "./prompts.ts";
import { oneOf } from "./wire.ts";

/** What every route of embeddings takes beside its inputs. */
export const embeddingFields = {
  image_data: Type.Optional(ImageData),
  encoding_format: Type.Optional(
    oneOf(["float", "base64"], { description: "base64: the vector's 32-bit floats, as bytes." }),
  ),
  embd_normalize: Type.Optional(
    Type.Integer({
      minimum: -1,
      description:
        "-1: as it is, 0: largest absolute value 32760, 1: taxicab, 2: Euclidean, p: p-norm. " +
        "Vectors of single tokens (pooling none) are never normalised.",
    }),
  ),
};

export interface EmbedQuestion {
  /** Name of the field that the inputs are in, for errors. */
  param: string;
  inputs: Prompts;
  image_data?: ImageData;
  embd_normalize?: number;
}

/** Embeds every input. @throws AppError */
export async function embed(
  gateway: Gateway,
  model: Model,
  question: EmbedQuestion,
  signal: AbortSignal,
): Promise<EmbedAnswer> {
  const { settings } = gateway;
  const { param, image_data: images } = question;
  const prompts = toPrompts(question.inputs, {
    param,
    mediaMarker: settings.mediaMarker,
    limits: settings.limits,
    images,
  });
  const inputs = prompts.map((parts) => ({ type: "text" as const, parts }));
  const normalize = question.embd_normalize ?? settings.embedNormalize ?? 2;
  return metered(() => gateway.ask(model, "embed", { inputs, normalize }, signal));
}

/** llama-server embeds only when it was started for that. @throws AppError switched_off */
export function checkEmbeds(info: ModelInfo, { profile }: Pick<HttpSettings, "profile">): void {
  if (profile === "hutch" || !info.generates) return;
  const message = "This server does not support embeddings. Start it with `--embeddings`";
  throw new AppError("switched_off", message);
}

/** A vector for the wire: numbers, or its little-endian floats in base64. */
export function toWireVector(vector: Float32Array, format: "float" | "base64" = "float") {
  if (format === "float") return [...vector];
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
}
