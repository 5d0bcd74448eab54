import { timingSafeEqual } from "node:crypto";
import { type ApiKey, hashOf, KeyFileError, readKeyFile } from "../../core/api-keys.ts";
import { fileVersion } from "../../core/file-version.ts";
import type { HttpSettings } from "../../core/server.ts";
import { Caller } from "../caller.ts";
import type { KeyCounters } from "../key-counters.ts";

export interface KeyringOptions {
  counters: KeyCounters;
  /** Where the server's operator reads of a file that cannot be used. */
  warn: (text: string) => void;
  /** A clock that nobody sets, milliseconds. */
  now?: () => number;
}

/** All API keys: those of the command line, and those that their files have just now. */
export class Keyring {
  readonly counters: KeyCounters;
  readonly #own: readonly ApiKey[];
  readonly #files: readonly KeyFile[];
  readonly #now: () => number;
  #callers: readonly Caller[] = [];

  constructor(
    { apiKeys, apiKeyFiles }: Pick<HttpSettings, "apiKeys" | "apiKeyFiles">,
    { counters, warn, now = () => performance.now() }: KeyringOptions,
  ) {
    this.counters = counters;
    this.#own = apiKeys;
    this.#files = apiKeyFiles.map((path) => new KeyFile(path, warn));
    this.#now = now;
    this.#replaceAll();
  }

  /** Nobody needs a key. A file that has lost its keys opens nothing. */
  get isOpen(): boolean {
    return this.#own.length === 0 && this.#files.length === 0;
  }

  /** Whose key it is. Takes as long for a wrong one as for a right one. */
  find(key: string): Caller | undefined {
    const changed = this.#files.filter((file) => file.refresh());
    if (changed.length > 0) this.#replaceAll();
    // Hashes have one length, which timingSafeEqual needs and which tells nothing about the key.
    const given = Buffer.from(hashOf(key));
    let found: Caller | undefined;
    for (const caller of this.#callers) {
      if (timingSafeEqual(given, Buffer.from(caller.key.hash))) found ??= caller;
    }
    return found;
  }

  /** What a key has used of its limits stays used, unless the limits are others now. */
  #replaceAll(): void {
    const keys = [...this.#own, ...this.#files.flatMap((file) => file.keys)];
    this.#callers = keys.map(
      (key) =>
        this.#callers.find((caller) => Bun.deepEquals(caller.key, key)) ??
        new Caller(key, this.counters, this.#now),
    );
  }
}

/** A file of keys, as it was when it could last be read without a mistake. */
class KeyFile {
  keys: readonly ApiKey[] = [];
  readonly #path: string;
  readonly #warn: (text: string) => void;
  #version = "";

  constructor(path: string, warn: (text: string) => void) {
    this.#path = path;
    this.#warn = warn;
    this.refresh();
  }

  /** Reads the file if it has changed. */
  refresh(): boolean {
    const version = fileVersion(this.#path);
    if (version === this.#version) return false;
    this.#version = version;
    try {
      this.keys = readKeyFile(this.#path);
      return true;
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      this.#warn(`${error.message}; the keys that it had before stay valid`);
      return false;
    }
  }
}
