import { expect } from "bun:test";
import type { AppError } from "../../src/core/errors.ts";
import type { GenerateEvent, GenerateRequest } from "../../src/core/generate.ts";
import type { LoadSpec } from "../../src/core/load.ts";
import { type LoadedEngine, load } from "../../src/engine/load.ts";
import { prepare } from "../../src/engine/prepare.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";

/** What came of one request. */
export interface Written {
  text: string;
  nDrafted: number;
  nAccepted: number;
}

/**
 * A model and a scheduler whose clock stands still: rows cost nothing, so drafts are tried, however
 * fast or busy the machine is.
 */
export class StillEngine implements Disposable {
  readonly loaded: LoadedEngine;
  readonly #scheduler: Scheduler;
  readonly #written = new Map<number, Written>();
  readonly #errors: AppError[] = [];
  #nRequests = 0;

  constructor(spec: LoadSpec) {
    const small = { threads: { n_threads: 1 }, logLevel: 5, warmup: false };
    this.loaded = load(process.env.HUTCH_LIBRARY_DIR ?? "", { ...small, ...spec }, () => {});
    const event = (id: number, event: GenerateEvent) => this.#note(id, event);
    const error = (_: number, error: AppError) => void this.#errors.push(error);
    const { runner, limits } = this.loaded;
    this.#scheduler = new Scheduler(runner, { event, error }, limits, () => 0);
  }

  /** What it answers, greedily, to several requests at once. */
  write(requests: { text: string; request?: Partial<GenerateRequest> }[]): Written[] {
    const ids = requests.map(({ text, request }) => {
      const prompt = { type: "text" as const, parts: [text] };
      const asked = { prompt, sampling: { temperature: 0 }, ...request };
      this.#scheduler.add(prepare(this.loaded.loaded, this.#nRequests, asked));
      return this.#nRequests++;
    });
    while (!this.#scheduler.isIdle) this.#scheduler.step();
    expect(this.#errors).toEqual([]);
    return ids.map((id) => this.#of(id));
  }

  [Symbol.dispose](): void {
    this.loaded[Symbol.dispose]();
  }

  #of(id: number): Written {
    return this.#written.get(id) ?? { text: "", nDrafted: 0, nAccepted: 0 };
  }

  #note(id: number, event: GenerateEvent): void {
    const written = this.#of(id);
    if (event.type === "text")
      this.#written.set(id, { ...written, text: written.text + event.text });
    if (event.type === "done") {
      const { nDrafted, nDraftAccepted: nAccepted } = event;
      this.#written.set(id, { ...written, nDrafted, nAccepted });
    }
  }
}
