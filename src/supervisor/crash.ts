import type { EngineCallName } from "../core/calls.ts";
import type { AppError } from "../core/errors.ts";
import type { GenerateRequest } from "../core/generate.ts";
import type { Model } from "../models/catalog.ts";

/** An engine that ended although nobody had asked it to. */
export interface Crash {
  model: Pick<Model, "name" | "path" | "mmprojPath">;
  /** What its requests are told. */
  error: AppError;
  phase: "loading" | "running";
  /** Since the engine was told what to load, milliseconds. */
  ranMs: number;
  /** Requests that it had answered. */
  nAnswered: number;
  /** What it was working on. */
  requests: RequestKind[];
  /** The last lines that it wrote to stderr. */
  lines: string[];
}

/** What kind of request one was, without anything that it said. */
export type RequestKind = { kind: EngineCallName } | GenerationKind;

interface GenerationKind {
  kind: GenerateRequest["prompt"]["type"];
  nMessages: number;
  nMedia: number;
  nTools: number;
  isConstrained: boolean;
  nPredict: number | null;
}

export function kindOf({ prompt, nPredict: asked }: GenerateRequest): GenerationKind {
  const nPredict = asked ?? null;
  const isConstrained = Boolean(prompt.grammar ?? prompt.jsonSchema);
  const none: GenerationKind = {
    kind: prompt.type,
    nMessages: 0,
    nMedia: 0,
    nTools: 0,
    isConstrained,
    nPredict,
  };
  if (prompt.type === "infill") return none;
  if (prompt.type === "text") {
    return { ...none, nMedia: prompt.parts.filter((part) => part instanceof Uint8Array).length };
  }
  const parts = prompt.messages.flatMap((message) => message.parts);
  return {
    ...none,
    nMessages: prompt.messages.length,
    nMedia: parts.filter((part) => part.type === "media").length,
    nTools: prompt.tools.length,
  };
}
