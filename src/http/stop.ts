import { type Static, Type } from "@sinclair/typebox";

/** Most stop texts: the engine looks for each of them after every token. OpenAI allows 4. */
const nStopMax = 64;
/** Longest stop text, characters: the engine holds back as much of the answer. */
const stopCharsMax = 1000;

const StopText = Type.String({ maxLength: stopCharsMax });

export const Stop = Type.Union([StopText, Type.Array(StopText, { maxItems: nStopMax })], {
  description: "Texts that end the answer and are not part of it. Empty ones are ignored.",
});

export function toStop(stop: Static<typeof Stop> | undefined): string[] {
  if (stop === undefined) return [];
  return (typeof stop === "string" ? [stop] : stop).filter((text) => text !== "");
}
