import { type Static, Type } from "@sinclair/typebox";

/** Most stop texts: the engine looks for each of them after every token. OpenAI allows 4. */
const nStopMax = 64;
/** Longest stop text, characters: the engine holds back as much of the answer. */
const stopCharsMax = 1000;

const StopText = Type.String({ maxLength: stopCharsMax });

export const Stop = Type.Union([StopText, Type.Array(StopText, { maxItems: nStopMax })], {
  description:
    "Texts that end the answer and are not part of it. Empty ones are ignored; without any " +
    "other, those of the server's command line count.",
});

export function toStop(stop: Static<typeof Stop> | undefined): string[] | undefined {
  const texts = (typeof stop === "string" ? [stop] : (stop ?? [])).filter((text) => text !== "");
  return texts.length > 0 ? texts : undefined;
}
