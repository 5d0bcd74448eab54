import { expect, test } from "bun:test";
import { type IdleWork, untilMail } from "../../src/engine/idle-work.ts";
import { Mailbox } from "../../src/engine/mailbox.ts";

/** Work of so many pieces, which notes each in `done`. */
function work(name: string, nPieces: number, done: string[], then = () => {}): IdleWork {
  let n = 0;
  return {
    step: () => {
      if (n === nPieces) return false;
      done.push(`${name}${++n}`);
      then();
      return true;
    },
  };
}

test("waits for mail without working when it comes soon", async () => {
  const mailbox = new Mailbox();
  const done: string[] = [];
  const waited = untilMail(mailbox, [work("a", 2, done)]);
  setTimeout(() => mailbox.put({ type: "abort", id: 1 }), 5);
  await waited;
  expect(done).toEqual([]);
  expect(mailbox.drain()).toHaveLength(1);
});

test("works once it is quiet, one thing after the other, and then waits on", async () => {
  const mailbox = new Mailbox();
  const done: string[] = [];
  const waited = untilMail(mailbox, [work("a", 2, done), work("b", 1, done)]);
  while (done.length < 3) await Bun.sleep(10);
  mailbox.put({ type: "abort", id: 1 });
  await waited;
  expect(done).toEqual(["a1", "a2", "b1"]);
});

test("mail ends the work, which goes on at the next lull", async () => {
  const mailbox = new Mailbox();
  const done: string[] = [];
  const works = [work("a", 2, done, () => mailbox.put({ type: "abort", id: 1 }))];
  await untilMail(mailbox, works);
  expect(done).toEqual(["a1"]);
  mailbox.drain();
  await untilMail(mailbox, works);
  expect(done).toEqual(["a1", "a2"]);
});
