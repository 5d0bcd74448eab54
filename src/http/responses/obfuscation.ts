import type { UnnumberedEvent } from "./answer-schema.ts";

/** Lengths of deltas are padded to a multiple of this, characters. */
const blockLength = 16;

/** A delta with so many random characters that its length says little about its text. */
export function obfuscated(event: UnnumberedEvent): UnnumberedEvent {
  const { delta } = event;
  if (typeof delta !== "string") return event;
  const nMissing = blockLength - (delta.length % blockLength);
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(blockLength)));
  return { ...event, obfuscation: random.toString("base64url").slice(0, nMissing) };
}
