import { AppError } from "../../core/errors.ts";
import { type Reach, ReachError } from "../../core/network/checked-fetch.ts";
import type { ModelName } from "../name.ts";
import { type Answer, fetchRedirected, RedirectError, type Sending } from "../redirects.ts";
import { refusalOf } from "./answer.ts";
import { fetchToken, parseChallenge } from "./challenge.ts";
import type { RegistryKey } from "./key.ts";

export interface RepositorySettings {
  isInsecure: boolean;
  reach: Reach;
  hfToken: string | null;
  userAgent: string;
  stallMs: number;
  key: () => Promise<RegistryKey>;
}

/** A request to the registry, or to where it has sent us. */
export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  /** Makes the body anew for each attempt. */
  body?: () => Uint8Array | AsyncIterable<Uint8Array>;
  /** Whether redirects are answers like any other; default: false. */
  staysPut?: boolean;
  /** The answer may take as long as it likes; default: false. */
  isPatient?: boolean;
}

/** Hugging Face's registry has two names; tokens are given out under the longer one. */
const hostAliases: Readonly<Record<string, string>> = { "hf.co": "huggingface.co" };

/** All tags of a model in a registry, and the right to use them. */
export class Repository {
  readonly name: ModelName;
  readonly #base: URL;
  readonly #settings: RepositorySettings;
  #token: string | null;

  constructor(name: ModelName, settings: RepositorySettings) {
    const scheme = name.scheme ?? (settings.isInsecure ? "http" : "https");
    const host = hostAliases[name.host.toLowerCase()] ?? name.host;
    const base = URL.parse(`${scheme}://${host}/v2/${name.namespace}/${name.model}/`);
    if (base === null) throw new AppError("invalid_request", "invalid model name");
    this.name = name;
    this.#base = base;
    this.#settings = settings;
    this.#token = base.origin === "https://huggingface.co" ? settings.hfToken : null;
  }

  /** @param path below the repository, such as `blobs/sha256:…` */
  url(path: string): URL {
    return new URL(this.#base.href + path);
  }

  /** Whether the URL is the registry's own, and not one of a storage that it uses. */
  isOwn({ origin }: URL): boolean {
    return origin === this.#base.origin;
  }

  /**
   * Asks, with a token if the registry wants one.
   * @returns any answer but a demand for a token
   * @throws AppError where another attempt would end the same; other errors may be over soon
   */
  async ask(url: URL, ask: Ask, signal: AbortSignal): Promise<Answer> {
    const tokenBefore = this.#token;
    const answer = await this.#send(url, ask, signal);
    if (answer.response.status !== 401 || !this.isOwn(answer.url)) return answer;
    await answer.response.body?.cancel();
    if (this.#token === tokenBefore) {
      await this.#authorize(answer.response.headers.get("www-authenticate"), signal);
    }
    const second = await this.#send(url, ask, signal);
    if (second.response.status !== 401) return second;
    await second.response.body?.cancel();
    throw new AppError("unauthorized", "unauthorized: access denied");
  }

  /** As `ask`, where only a success will do. */
  async askFor(url: URL, ask: Ask, signal: AbortSignal): Promise<Answer> {
    const answer = await this.ask(url, ask, signal);
    if (answer.response.ok) return answer;
    throw await refusalOf(answer.response);
  }

  async #send(url: URL, { body, headers, ...ask }: Ask, signal: AbortSignal): Promise<Answer> {
    const isOwn = this.isOwn(url);
    return await this.#fetch(url, {
      ...ask,
      ...(body && { body: body() }),
      headers: { "accept-encoding": "identity", ...headers, ...this.#headers },
      authorization: isOwn && this.#token !== null ? `Bearer ${this.#token}` : null,
      refusesDowngrade: true,
      trustsAnybody: this.#settings.isInsecure,
      reach: () => this.#settings.reach,
      signal,
    });
  }

  async #fetch(url: URL, sending: Sending): Promise<Answer> {
    try {
      return await fetchRedirected(url, sending);
    } catch (error) {
      sending.signal.throwIfAborted();
      if (error instanceof ReachError) throw outOfReach(error, this.#settings.reach);
      if (error instanceof RedirectError) {
        throw new AppError("internal", error.message, { cause: error });
      }
      const why = error instanceof Error ? error.message : String(error);
      const isPlain = error instanceof Error && "code" in error && error.code === "EPROTO";
      const hint = isPlain ? ' If it speaks plain http, say "insecure" (--insecure).' : "";
      throw new Error(`${url.host} cannot be reached: ${why}${hint}`, { cause: error });
    }
  }

  async #authorize(challenge: string | null, signal: AbortSignal): Promise<void> {
    this.#token = await fetchToken(
      parseChallenge(challenge, this.#base),
      await this.#settings.key(),
      {
        trustsAnybody: this.#settings.isInsecure,
        reach: this.#settings.reach,
        headers: this.#headers,
        signal,
      },
    );
  }

  get #headers(): Record<string, string> {
    return { "user-agent": this.#settings.userAgent };
  }
}

function outOfReach(error: ReachError, reach: Reach): AppError {
  const hint = reach === "public" ? " (--private-registries lets it)" : "";
  return new AppError(error.code, error.message + hint, { cause: error });
}
