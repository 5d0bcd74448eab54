/** Lengths are padded to a multiple of this, characters. */
const blockLength = 16;

/** So many random characters that together with them the length of a text says little about it. */
export function paddingFor(length: number): string {
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(blockLength)));
  return random.toString("base64url").slice(0, blockLength - (length % blockLength));
}
