import { inflateSync } from "node:zlib";

const beginning = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Values of a pixel, by the file's kind of colour. */
const nChannels: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Most bytes that deflate makes of one. */
const deflateRatioMax = 1032;
/** Of rows that are padded, and seven pictures in one where it is interlaced: some bytes. */
const bytesSpare = 65_536;

/**
 * Whether a PNG's data unpack to more than twice what a picture of its width and height takes.
 * stb_image unpacks them to the end before it looks: a picture of one pixel becomes gigabytes.
 */
export function inflatesBeyondItsSize(bytes: Uint8Array): boolean {
  if (!beginning.every((byte, i) => bytes[i] === byte)) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let bytesMax = bytesSpare;
  const data: Uint8Array[] = [];
  for (const { type, at, length } of chunksOf(bytes, view)) {
    if (type === "IHDR" && length >= 13) {
      const bits = view.getUint8(at + 8) * (nChannels[view.getUint8(at + 9)] ?? 4);
      bytesMax += Math.ceil((view.getUint32(at) * bits) / 8) * view.getUint32(at + 4) * 2;
    }
    if (type === "IDAT") data.push(bytes.subarray(at, at + length));
  }
  const packed = Buffer.concat(data);
  if (packed.length * deflateRatioMax <= bytesMax) return false;
  try {
    inflateSync(packed, { maxOutputLength: bytesMax });
    return false;
  } catch (error) {
    // Whatever else is wrong with it is for the decoder to say.
    return error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
  }
}

function* chunksOf(bytes: Uint8Array, view: DataView) {
  for (let at = beginning.length; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    yield { type, at: at + 8, length: Math.min(length, bytes.length - at - 8) };
    at += length + 12;
  }
}
