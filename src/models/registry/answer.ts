import { AppError } from "../../core/errors.ts";

/** What is shown of a registry's own words, characters. */
const reasonCharsMax = 500;

/** The body, as much as is allowed. @throws AppError internal when there is more of it */
export async function boundedBytes(response: Response, nBytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let nBytes = 0;
  for await (const chunk of response.body ?? []) {
    nBytes += chunk.length;
    if (nBytes > nBytesMax) {
      throw new AppError("internal", `the registry sends more than ${nBytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export async function boundedText(response: Response, nBytesMax: number): Promise<string> {
  return new TextDecoder().decode(await boundedBytes(response, nBytesMax));
}

/**
 * What an answer that is no success means, in Ollama's words where it has some. What may be over
 * soon is a plain Error; the AppErrors are final.
 */
export async function refusalOf(response: Response): Promise<Error> {
  const { status } = response;
  if (status === 404) {
    await response.body?.cancel();
    return new AppError("not_found", "file does not exist");
  }
  const body = await boundedText(response, 100_000).catch(() => "");
  const reason = body.replace(/\s+/g, " ").trim().slice(0, reasonCharsMax);
  const message = reason === "" ? String(status) : `${status}: ${reason}`;
  if (status === 429 || status >= 500) return new Error(message);
  if (status === 401) return new AppError("unauthorized", message);
  return new AppError(status === 403 ? "forbidden" : "internal", message);
}
