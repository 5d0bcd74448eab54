import type { Progress } from "../../models/progress.ts";
import type { Client } from "../client/client.ts";
import type { LocalFile } from "./local-files.ts";

/** A file's "sha256:…". Steps tell how far it is. */
export async function* digestOf({
  path,
  name,
  sizeBytes,
}: LocalFile): AsyncGenerator<Progress, string> {
  const hasher = new Bun.CryptoHasher("sha256");
  let completed = 0;
  for await (const bytes of Bun.file(path).stream()) {
    hasher.update(bytes);
    completed += bytes.length;
    yield { status: `reading ${name}`, digest: path, total: sizeBytes, completed };
  }
  return `sha256:${hasher.digest("hex")}`;
}

/** Sends a file to the server, unless it has it. @throws ServerError */
export async function* uploaded(
  client: Client,
  file: LocalFile,
  digest: string,
): AsyncGenerator<Progress> {
  const path = `/api/blobs/${digest}`;
  if ((await client.head(path)) === 200) return;
  const steps = new Steps<Progress>();
  const status = `sending ${file.name}`;
  const body = counted(Bun.file(file.path).stream(), (completed) =>
    steps.put({ status, digest, total: file.sizeBytes, completed }),
  );
  const sending = client.upload(path, body, file.sizeBytes).finally(() => steps.end());
  sending.catch(() => {}); // thrown below
  yield* steps;
  await sending;
}

function counted(
  stream: ReadableStream<Uint8Array>,
  tell: (nBytes: number) => void,
): ReadableStream<Uint8Array> {
  let nBytes = 0;
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        nBytes += bytes.length;
        tell(nBytes);
        controller.enqueue(bytes);
      },
    }),
  );
}

/** Hands values from a callback to a loop; only the latest one is kept. */
class Steps<T> {
  #latest: T | undefined;
  #isEnded = false;
  #wake = Promise.withResolvers<void>();

  put(value: T): void {
    this.#latest = value;
    this.#wake.resolve();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers<void>();
      const value = this.#latest;
      this.#latest = undefined;
      if (value !== undefined) yield value;
      if (this.#isEnded && this.#latest === undefined) return;
    }
  }
}
