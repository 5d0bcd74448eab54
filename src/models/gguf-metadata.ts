import { GgufError, type GgufHeader, readHeader } from "./gguf-reader.ts";

/** What a GGUF file says about itself: numbers, booleans and texts; lists are left out. */
export type GgufMetadata = Map<string, number | boolean | string>;

/**
 * Reads the header of a GGUF file.
 * @returns null for a file that is none, or that ends too early
 */
export function readGgufMetadata(path: string): GgufMetadata | null {
  try {
    return scalars(readHeader(path));
  } catch (error) {
    if (error instanceof GgufError) return null;
    throw error;
  }
}

export function scalars({ metadata }: GgufHeader): GgufMetadata {
  const kept: GgufMetadata = new Map();
  for (const [key, value] of metadata) {
    if (value !== null && typeof value !== "object") kept.set(key, value);
  }
  return kept;
}

/** What a projector lets its model take in; null when it cannot be read. */
export function projectorSenses(path: string): { vision: boolean; audio: boolean } | null {
  const metadata = readGgufMetadata(path);
  if (!metadata) return null;
  const audio = metadata.get("clip.has_audio_encoder") === true;
  const vision = metadata.get("clip.has_vision_encoder");
  return { vision: vision === true || (vision === undefined && !audio), audio };
}
