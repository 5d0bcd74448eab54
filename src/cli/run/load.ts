import { type Client, ServerError } from "../client/client.ts";
import type { Shown } from "../client/wire.ts";
import { showSteps } from "../commands/transfers.ts";
import { Spinner } from "../terminal/spinner.ts";

/** What the server says of a model, which is pulled if it is not there. @throws ServerError */
export async function find(
  client: Client,
  model: string,
  { insecure = false, signal }: { insecure?: boolean; signal?: AbortSignal },
): Promise<Shown> {
  const ask = () => client.post<Shown>("/api/show", { model }, signal);
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ServerError && error.status === 404)) throw error;
    await pull(client, { model, insecure }, signal);
    return await ask();
  }
}

/** Whoever mistyped a name must not wonder why something is pulled. */
async function pull(
  client: Client,
  body: { model: string; insecure: boolean },
  signal?: AbortSignal,
): Promise<void> {
  try {
    await showSteps(client, "/api/pull", body, signal);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    const problem = `there is no model "${body.model}" here, and it cannot be pulled`;
    const why = error.message.replace(/^pull model manifest: /, "");
    throw new ServerError(error.status, `${problem}: ${why}`);
  }
}

interface PreloadOptions {
  keepAlive?: string | number | undefined;
  signal?: AbortSignal;
}

/** Loads a model, so that its first answer comes at once. @throws ServerError */
export async function preload(
  client: Client,
  model: string,
  { keepAlive, signal }: PreloadOptions,
): Promise<void> {
  using _spinner = new Spinner(process.stderr);
  const keep = keepAlive === undefined ? {} : { keep_alive: keepAlive };
  await client.post("/api/generate", { model, ...keep, stream: false }, signal);
}
