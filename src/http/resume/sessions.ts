import { AppError } from "../../core/errors.ts";
import { type StreamLimits, StreamSession } from "./session.ts";

/** What all sessions may keep together, and for how long. */
export interface SessionsLimits extends StreamLimits {
  /** Blocks of all sessions. */
  nBlocksAllMax: number;
  /** How long a stream that is complete can still be read. */
  keptMs: number;
}

/**
 * llama-server's 4 MiB of one stream, for 5 minutes after its end; 64 MiB of all streams, for which
 * llama-server has no limit.
 */
export const sessionsLimits: SessionsLimits = {
  blockBytes: 64 * 1024,
  nBlocksMax: 64,
  nBlocksAllMax: 1024,
  keptMs: 300_000,
};

/** The streams that can be resumed: of each owner at most one for each id. */
export class StreamSessions {
  readonly #limits: SessionsLimits;
  /** In the order in which they began. */
  readonly #sessions = new Map<string, StreamSession>();

  constructor(limits: SessionsLimits = sessionsLimits) {
    this.#limits = limits;
  }

  /**
   * A new session for `id`; one of the same owner that is there already is stopped.
   * @throws AppError overloaded, when running streams have all the memory
   */
  begin(id: string, modelName: string | undefined, owner: string | null = null): StreamSession {
    this.stop(id, owner);
    const makeRoom = () => this.#makeRoom();
    if (!makeRoom()) throw new AppError("overloaded", "too many resumable streams are running");
    const session = new StreamSession({ id, owner, modelName }, this.#limits, makeRoom);
    this.#sessions.set(keyOf(session), session);
    session.ended().then(() => setTimeout(() => this.#sweep(), this.#limits.keptMs).unref());
    return session;
  }

  get(id: string, owner: string | null = null): StreamSession | undefined {
    return this.#sessions.get(keyOf({ id, owner }));
  }

  /** Those that `id` means: itself, and `<id>::<model>` for any model. */
  of(id: string, owner: string | null = null): StreamSession[] {
    return [...this.#sessions.values()].filter(
      (s) => s.owner === owner && (s.id === id || s.id.startsWith(`${id}::`)),
    );
  }

  /** Ends the session with that id, if there is one, and forgets it. */
  stop(id: string, owner: string | null = null): void {
    const session = this.get(id, owner);
    if (!session) return;
    session.stop();
    this.discard(session);
  }

  /** Forgets a session that has ended, or never began. */
  discard(session: StreamSession): void {
    session.finish();
    const key = keyOf(session);
    if (this.#sessions.get(key) === session) this.#sessions.delete(key);
  }

  #sweep(): void {
    const before = Date.now() - this.#limits.keptMs;
    for (const session of [...this.#sessions.values()]) {
      if (session.completedAt !== null && session.completedAt <= before) this.discard(session);
    }
  }

  /** Whether one more block may be taken; the oldest complete streams are forgotten for it. */
  #makeRoom(): boolean {
    const sessions = [...this.#sessions.values()];
    let nBlocks = sessions.reduce((n, session) => n + session.nBlocks, 0);
    const complete = sessions.filter((session) => session.completedAt !== null);
    while (nBlocks >= this.#limits.nBlocksAllMax) {
      const oldest = complete.shift();
      if (!oldest) return false;
      nBlocks -= oldest.nBlocks;
      this.discard(oldest);
    }
    return true;
  }
}

/** Ids are the clients' own words: two of them may use the same. */
const keyOf = ({ id, owner }: Pick<StreamSession, "id" | "owner">) => JSON.stringify([owner, id]);
