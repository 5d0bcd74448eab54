import { homedir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../core/errors.ts";
import type { Reach } from "../../core/network/checked-fetch.ts";
import type { CatalogSettings } from "../../core/server.ts";
import { version } from "../../core/version.ts";
import { fullName, type ModelName } from "../name.ts";
import type { Patience } from "../patience.ts";
import { RegistryKey } from "./key.ts";
import { Repository } from "./repository.ts";
import { Transfers } from "./transfers.ts";

export interface RegistrySettings {
  /** Never ask a registry. */
  isOffline: boolean;
  /** Where registries may be, and what they redirect to. */
  reach: Reach;
  /** For Hugging Face. */
  hfToken: string | null;
  /** Connections that fetch or send one blob at the same time. */
  nStreamsMax: number;
  /** Where our key may lie; it is made in the first if it is in none. */
  keyPaths: readonly [string, ...string[]];
}

/** In what pieces blobs travel, and how long is waited for them. */
export interface TransferLimits extends Patience {
  /** Bytes; Ollama's, so that each program can go on with what the other has begun. */
  partBytesMin: number;
  partBytesMax: number;
  /** How often what has come of a part is noted beside it, bytes. */
  noteBytes: number;
  /** Between two reports of progress, milliseconds. */
  reportMs: number;
}

export const transferLimits: TransferLimits = {
  partBytesMin: 100e6,
  partBytesMax: 1000e6,
  noteBytes: 1e6,
  reportMs: 60,
  stallMs: 30_000,
  nAttemptsMax: 6,
  retryMs: 1000,
};

/**
 * Ollama's registry refuses models to versions of Ollama that are too old for them, and Hugging
 * Face describes models in Ollama's way only to whom it takes for one.
 */
const ollamaVersion = "0.33.0";

/** What speaks to registries: Docker's protocol with Ollama's way to be known. */
export class RegistryClient {
  readonly limits: TransferLimits;
  readonly transfers: Transfers;
  readonly #settings: RegistrySettings;
  #key: Promise<RegistryKey> | null = null;

  constructor(settings: RegistrySettings, limits = transferLimits) {
    this.#settings = settings;
    this.limits = limits;
    this.transfers = new Transfers(limits, settings.nStreamsMax);
  }

  static settingsFrom(
    env: Record<string, string | undefined>,
    { offline, hfToken, nTransferStreamsMax, privateRegistries }: CatalogSettings,
  ): RegistrySettings {
    const home = env.HOME || homedir();
    const keyIn = (folder: string) => join(home, folder, "id_ed25519");
    return {
      isOffline: offline,
      reach: privateRegistries ? "private" : "public",
      hfToken,
      nStreamsMax: nTransferStreamsMax,
      keyPaths: [keyIn(".hutch"), keyIn(".ollama")],
    };
  }

  get nStreamsMax(): number {
    return this.#settings.nStreamsMax;
  }

  /**
   * A model's place in its registry.
   * @param isInsecure no certificate is needed; it is asked by http, unless the name says https
   * @throws AppError invalid_request, forbidden when we are offline
   */
  repository(name: ModelName, isInsecure: boolean): Repository {
    if (this.#settings.isOffline) {
      const why = `--offline forbids asking the registry for ${fullName(name)}`;
      throw new AppError("forbidden", why);
    }
    if (name.scheme === "http" && !isInsecure) {
      throw new AppError("invalid_request", "insecure protocol http", { param: "insecure" });
    }
    return new Repository(name, {
      isInsecure,
      reach: this.#settings.reach,
      hfToken: this.#settings.hfToken,
      userAgent: `ollama/${ollamaVersion} (${process.arch} ${process.platform}) hutch/${version}`,
      stallMs: this.limits.stallMs,
      key: () => this.#ownKey(),
    });
  }

  #ownKey(): Promise<RegistryKey> {
    this.#key ??= RegistryKey.at(this.#settings.keyPaths).catch((error) => {
      this.#key = null;
      throw error;
    });
    return this.#key;
  }
}
