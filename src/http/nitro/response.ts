import type { AppError } from "../../core/errors.ts";
import type { ModelInfo } from "../../core/generate.ts";
import type { Model } from "../../models/catalog.ts";
import type { NitroError, NitroMessage, NitroStatus } from "./schema.ts";

export const loadedMessage: NitroMessage = {
  message: "Model loaded successfully",
  code: "ModelloadedSuccessfully",
};
export const unloadedMessage: NitroMessage = { message: "Model unloaded successfully" };
export const nothingToUnload: NitroMessage = { message: "No model loaded" };

export function toNitroError({ message, code, param }: AppError): NitroError {
  return { message, code, ...(param !== undefined && { param }) };
}

/** @param info null before the model was ever loaded */
export function toStatus(model: Model | null, info: ModelInfo | null): NitroStatus {
  if (!model) return { model_loaded: false };
  const data = {
    model: model.name,
    path: model.path,
    multimodal: info ? info.vision || info.audio : model.mmprojPath !== undefined,
    ...(info && {
      total_slots: info.nParallel,
      default_generation_settings: { n_ctx: info.nCtxSeq },
    }),
  };
  return { model_loaded: true, model_data: JSON.stringify(data) };
}
