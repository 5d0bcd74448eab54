import { AppError } from "../../core/errors.ts";
import type { ModelInfo } from "../../core/generate.ts";
import { type Capability, capabilitiesOf } from "../../models/capabilities.ts";
import type { Model } from "../../models/catalog.ts";
import { fullName, parseName } from "../../models/name.ts";
import type { Gateway } from "../gateway.ts";

/** As much of an unknown name is repeated to the client, characters. */
const nameLengthShown = 200;

/**
 * The model that a request means.
 * @param missing how its route says that there is none of that name
 * @throws AppError model_not_found
 */
export function modelFor(
  gateway: Gateway,
  name: string | undefined,
  url: string,
  missing = (shown: string) => `model '${shown}' not found`,
): Model {
  try {
    return gateway.model(name, url);
  } catch (error) {
    const isMissing = error instanceof AppError && error.code === "model_not_found";
    if (!isMissing || !name) throw error;
    const message = missing(name.slice(0, nameLengthShown));
    throw new AppError("model_not_found", message, { param: "model" });
  }
}

/** A model that answers a request. */
export interface Answering {
  model: Model;
  /** As the client wrote it. */
  name: string;
  info: ModelInfo;
}

/** What a request asks of a model. */
interface Demands {
  verb: "generate" | "chat";
  think?: boolean | string | undefined;
  tools?: readonly unknown[] | undefined;
}

/** @throws AppError unsupported, in Ollama's words, for what /api/show does not list either */
export function checkCapable({ model, name, info }: Answering, demands: Demands): void {
  const { verb, think = false, tools = [] } = demands;
  const has = (capability: Capability) => capabilitiesOf(model).includes(capability);
  if (!info.generates) throw lacking(JSON.stringify(name), verb);
  if (think && !info.thinks && !has("thinking")) throw lacking(JSON.stringify(name), "thinking");
  if (tools.length === 0 || info.chatTemplateCaps.supports_tools || has("tools")) return;
  throw lacking(full(name), "tools");
}

/** A model that cannot fill a gap, as Ollama says it. */
export function cannotInsert(name: string): AppError {
  return lacking(full(name), "insert");
}

function lacking(model: string, what: string): AppError {
  return new AppError("unsupported", `${model} does not support ${what}`, { param: "model" });
}

function full(name: string): string {
  const parsed = parseName(name);
  return parsed ? fullName(parsed) : name;
}
