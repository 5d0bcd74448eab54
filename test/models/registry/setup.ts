import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireName } from "../../../src/models/name.ts";
import type { Progress } from "../../../src/models/progress.ts";
import { RegistryClient, type TransferLimits } from "../../../src/models/registry/client.ts";
import { pull } from "../../../src/models/registry/pull.ts";
import { push } from "../../../src/models/registry/push.ts";
import { Store } from "../../../src/models/store.ts";

/** As real transfers are, but small and in a hurry. */
export const limits: TransferLimits = {
  partBytesMin: 1000,
  partBytesMax: 10_000,
  noteBytes: 500,
  reportMs: 1,
  stallMs: 5000,
  nAttemptsMax: 3,
  retryMs: 1,
};

/** A store and a client in a folder of their own. */
export class Setup implements Disposable {
  readonly dir = mkdtempSync(join(tmpdir(), "hutch-registry-"));
  readonly keyPath = join(this.dir, "keys", "id_ed25519");
  readonly store = new Store(join(this.dir, "models"));
  client: RegistryClient;

  constructor(settings: Partial<ConstructorParameters<typeof RegistryClient>[0]> = {}) {
    this.client = this.clientWith({}, settings);
  }

  clientWith(
    more: Partial<TransferLimits>,
    settings: Partial<ConstructorParameters<typeof RegistryClient>[0]> = {},
  ): RegistryClient {
    const defaults = { isOffline: false, reach: "private" as const, hfToken: null, nStreamsMax: 4 };
    const keyPaths: [string, ...string[]] = [this.keyPath];
    return new RegistryClient({ ...defaults, keyPaths, ...settings }, { ...limits, ...more });
  }

  /** Names of the files among the blobs. */
  get files(): string[] {
    return this.store.blobs.files().sort();
  }

  get partials(): string[] {
    return this.files.filter((name) => name.includes("-partial"));
  }

  pulls(name: string, more: { insecure?: boolean; signal?: AbortSignal } = {}) {
    const options = { insecure: true, signal: new AbortController().signal, ...more };
    return pull(this.client, this.store, requireName(name), options);
  }

  /** Pulls to the end. @throws what ended it */
  pull(name: string, more: { insecure?: boolean; signal?: AbortSignal } = {}) {
    return Array.fromAsync(this.pulls(name, more));
  }

  push(name: string, more: { insecure?: boolean; signal?: AbortSignal } = {}): Promise<Progress[]> {
    const options = { insecure: true, signal: new AbortController().signal, ...more };
    return Array.fromAsync(push(this.client, this.store, requireName(name), options));
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The steps without those that repeat the one before, and without their numbers. */
export function statuses(steps: Progress[]): string[] {
  return steps.map(({ status }) => status).filter((status, i, all) => status !== all[i - 1]);
}

export const short = (digest: string) => digest.slice("sha256:".length, "sha256:".length + 12);

export const fileNames = (dir: string) => readdirSync(dir).sort();

/** What a promise was rejected with. @throws when it was not */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it did not fail");
}
