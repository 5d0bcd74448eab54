import { AsyncLocalStorage } from "node:async_hooks";
import type { ApiKey } from "../core/api-keys.ts";
import { AppError } from "../core/errors.ts";
import type { GenerateEvent } from "../core/generate.ts";
import type { Model } from "../models/catalog.ts";
import { Allowance } from "./allowance.ts";
import type { KeyCounters } from "./key-counters.ts";
import { currentRecord } from "./request-record.ts";
import { matches } from "./wildcard.ts";

/** As much of a model's name is repeated to the client, characters. */
const nameLengthShown = 200;

/** Whoever has an API key: what they may do, and what they did. */
export class Caller {
  readonly key: ApiKey;
  readonly #counters: KeyCounters;
  readonly #requests: Allowance | null;
  readonly #tokens: Allowance | null;

  constructor(key: ApiKey, counters: KeyCounters, now: () => number) {
    const { requests, tokens } = key.limits;
    this.key = key;
    this.#counters = counters;
    this.#requests = requests === undefined ? null : new Allowance(requests, now);
    this.#tokens = tokens === undefined ? null : new Allowance(tokens, now);
  }

  /** A request begins. @throws AppError rate_limited */
  enter(): void {
    this.#counters.requests.inc({ key: this.key.name });
    const waitSeconds = this.#requests?.waitSeconds ?? 0;
    if (waitSeconds > 0) throw this.#exhausted("requests", waitSeconds);
    this.#requests?.spend(1);
  }

  /** The request changes the server for everybody, or tells of all models. @throws AppError */
  checkManages(): void {
    if (!this.key.limits.models) return;
    const why = "may only use models: this needs a key without a list of them";
    const problem = `the API key "${this.key.name}" ${why}`;
    throw this.#refusal("models", new AppError("forbidden", problem));
  }

  /** Work of a model begins. @throws AppError rate_limited */
  checkTokens(): void {
    const waitSeconds = this.#tokens?.waitSeconds ?? 0;
    if (waitSeconds > 0) throw this.#exhausted("tokens", waitSeconds);
  }

  spend(nPrompt: number, nPredicted: number): void {
    this.#tokens?.spend(nPrompt + nPredicted);
    this.#counters.prompt.inc({ key: this.key.name }, nPrompt);
    this.#counters.predicted.inc({ key: this.key.name }, nPredicted);
  }

  /** Adds up what a generation takes, and spends it when disposed of: a client may hang up. */
  bill(): { see(event: GenerateEvent): void } & Disposable {
    let [nPrompt, nPredicted] = [0, 0];
    return {
      see: (event) => {
        if ("nPredicted" in event) nPredicted = event.nPredicted;
        if (event.type === "prefilled") nPrompt = event.nPrompt;
      },
      [Symbol.dispose]: () => this.spend(nPrompt, nPredicted),
    };
  }

  mayUse({ name, aliases = [] }: Model): boolean {
    const { models } = this.key.limits;
    if (!models) return true;
    return [name, ...aliases].some((known) => models.some((pattern) => isNamed(known, pattern)));
  }

  /** Says the same of models that there are and of others. */
  forbidden(model: string | undefined): AppError {
    const { name, limits } = this.key;
    const what = model ? `model "${model.slice(0, nameLengthShown)}"` : "the default model";
    const allowed = limits.models?.join(", ");
    const problem = `the API key "${name}" may not use ${what}; it may use ${allowed}`;
    return this.#refusal("models", new AppError("forbidden", problem, { param: "model" }));
  }

  #exhausted(what: "requests" | "tokens", retryAfterSeconds: number): AppError {
    const { name, limits } = this.key;
    const problem =
      `the API key "${name}" may use ${limits[what]} ${what} a minute; ` +
      `try again in ${Math.ceil(retryAfterSeconds)} s`;
    return this.#refusal(what, new AppError("rate_limited", problem, { retryAfterSeconds }));
  }

  #refusal(limit: "requests" | "tokens" | "models", error: AppError): AppError {
    this.#counters.refused.inc({ key: this.key.name, limit });
    return error;
  }
}

/** Names are the same in any case, and with Ollama's ":latest" or without. */
function isNamed(name: string, pattern: string): boolean {
  const bare = (text: string) => text.replace(/:latest$/i, "");
  return matches(bare(name), bare(pattern));
}

const callers = new AsyncLocalStorage<Caller>();

/** Answers a request; whatever it calls finds `caller` by `currentCaller`. */
export const runAs = <T>(caller: Caller, answer: () => T): T => callers.run(caller, answer);

/** Whose request is being answered; undefined: nobody needs a key. */
export const currentCaller = (): Caller | undefined => callers.getStore();

/**
 * Whose the request is, for what keys must not find of each other. A name may go from one key to
 * the next; without one it is the key itself. Null: nobody needs a key.
 */
export function currentOwner(): string | null {
  const { key } = currentCaller() ?? {};
  if (!key) return null;
  return key.isNamed ? `name:${key.name}` : `sha256:${key.hash}`;
}

export const maySee = (model: Model): boolean => currentCaller()?.mayUse(model) ?? true;

/**
 * What `find` finds, if the caller may use it.
 * @param name as the client wrote it
 * @throws AppError forbidden; whatever `find` throws, unless that would tell which models there are
 */
export function permitted(name: string | undefined, find: () => Model): Model {
  const caller = currentCaller();
  if (!caller?.key.limits.models) return find();
  try {
    const model = find();
    if (caller.mayUse(model)) return model;
  } catch (error) {
    if (!name) throw error;
  }
  throw caller.forbidden(name);
}

/** Has a model work on texts; their tokens are the caller's. @throws AppError rate_limited */
export async function metered<Answer extends { nTokens: number | readonly number[] }>(
  work: () => Promise<Answer>,
): Promise<Answer> {
  const caller = currentCaller();
  caller?.checkTokens();
  const answer = await work();
  const nTokens = [answer.nTokens].flat().reduce((sum, n) => sum + n, 0);
  caller?.spend(nTokens, 0);
  currentRecord()?.count(nTokens, 0);
  return answer;
}
