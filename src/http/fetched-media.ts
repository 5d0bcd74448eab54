import { AppError } from "../core/errors.ts";
import { type Reach, ReachError } from "../core/network/checked-fetch.ts";
import { fetchRedirected } from "../models/redirects.ts";
import { matches } from "./wildcard.ts";

/**
 * Largest picture that is fetched, bytes, and the longest that it may take, with looking its names
 * up and following its redirects. As llama-server.
 */
const bytesMax = 10 * 1024 * 1024;
const timeoutMs = 10_000;

/**
 * What lies at an http(s) URL that a client names; `param` is the field that it is in.
 * @param privateHosts names or addresses, with or without a port, whose address need not be public
 * @throws AppError
 */
export async function fetchMedia(
  url: string,
  param: string,
  privateHosts: readonly string[],
  signal: AbortSignal,
): Promise<Uint8Array> {
  const failed = (why: string, cause?: unknown) =>
    new AppError("invalid_request", `\`${param}\` cannot be fetched: ${why}`, { param, cause });
  const target = URL.parse(url);
  if (target === null) throw failed("it is no address");
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  // Compressed, it could become larger than it may be at once.
  const headers = { "accept-encoding": "identity" };
  const isNamed = ({ host, hostname }: URL) =>
    privateHosts.some((name) => matches(host, name) || matches(hostname, name));
  const reach = (url: URL): Reach => (isNamed(url) ? "private" : "public");
  const asking = { headers, reach, isDirect: true, isRaw: true, signal: limit };
  try {
    const { response } = await fetchRedirected(target, asking);
    if (!response.ok) throw failed(`its server answers ${response.status}`);
    return await boundedBytes(response, () => failed("it is larger than 10 MB"));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ReachError) throw failed(error.message, error);
    if (error instanceof AppError) throw error;
    throw failed(error instanceof Error ? error.message : String(error), error);
  }
}

async function boundedBytes(response: Response, tooLarge: () => AppError): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let nBytes = 0;
  for await (const chunk of response.body ?? []) {
    nBytes += chunk.length;
    if (nBytes > bytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
