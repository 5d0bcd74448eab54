import { isUtf8 } from "node:buffer";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, zstdDecompress } from "node:zlib";
import { AppError } from "../core/errors.ts";

type Decode = (bytes: Uint8Array, limits: { maxOutputLength: number }) => Promise<Uint8Array>;

/** What clients compress with; Codex, for one, with zstd. */
const decoders: Readonly<Record<string, Decode>> = {
  gzip: promisify(gunzip) as Decode,
  "x-gzip": promisify(gunzip) as Decode,
  deflate: promisify(inflate) as Decode,
  br: promisify(brotliDecompress) as Decode,
  zstd: promisify(zstdDecompress) as Decode,
};

/** The names of a Content-Encoding header, apart from the one for none. */
const codingsOf = (header: string | null) =>
  (header ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");

/**
 * A body as its sender wrote it: UTF-8, not compressed.
 * @param header Content-Encoding
 * @param bytesMax more of it is not decompressed
 * @throws AppError unsupported_encoding, body_too_large; invalid_request for what is no UTF-8
 */
export async function plainText(
  bytes: Uint8Array,
  header: string | null,
  bytesMax: number,
): Promise<Uint8Array> {
  const [coding, ...others] = codingsOf(header);
  const decode = others.length > 0 ? undefined : decoders[coding ?? ""];
  if (coding !== undefined && decode === undefined) {
    const known = Object.keys(decoders).join(", ");
    throw unsupported(`a body with Content-Encoding "${header}" cannot be read, only: ${known}`);
  }
  const plain = decode ? await decoded(bytes, decode, String(coding), bytesMax) : bytes;
  if (isUtf8(plain)) return plain;
  throw new AppError("invalid_request", "the body is not valid UTF-8");
}

async function decoded(
  bytes: Uint8Array,
  decode: Decode,
  coding: string,
  bytesMax: number,
): Promise<Uint8Array> {
  try {
    return await decode(bytes, { maxOutputLength: bytesMax });
  } catch (cause) {
    const isLarge =
      cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE";
    if (isLarge) throw tooLarge(bytesMax);
    const message = `the body is not what its Content-Encoding says: ${coding}`;
    throw new AppError("invalid_request", message, { cause });
  }
}

export function tooLarge(bytesMax: number): AppError {
  const megabytes = Math.floor((bytesMax / 1024 / 1024) * 100) / 100;
  const message = `the body is larger than ${megabytes} MB (the server's --max-body-size)`;
  return new AppError("body_too_large", message);
}

/** @throws AppError unsupported_encoding for the header of a body that is kept as it is sent */
export function requirePlain(header: string | null): void {
  if (codingsOf(header).length === 0) return;
  throw unsupported(`a file must be sent as it is, without Content-Encoding "${header}"`);
}

const unsupported = (message: string) => new AppError("unsupported_encoding", message);
