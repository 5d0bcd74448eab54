import type { Mailbox } from "./mailbox.ts";

/** Nothing has been asked for so long when such work begins, milliseconds. */
const lullMs = 1000;

/** Work for when nobody asks anything: what it does makes later steps faster. */
export interface IdleWork {
  /** Does a piece, which a request may have to wait for. @returns false when there is none left */
  step(): boolean;
}

/** Waits for a message; once it has been quiet for a while, works meanwhile. */
export async function untilMail(mailbox: Mailbox, works: readonly IdleWork[]): Promise<void> {
  await mailbox.next(lullMs);
  for (const work of works) {
    while (mailbox.isEmpty && work.step()) await mailbox.next(0);
  }
  await mailbox.next();
}
