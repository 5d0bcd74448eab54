import { describe, expect, test } from "bun:test";
import type { GenerateEvent, Report } from "../../src/core/generate.ts";
import { Answer } from "../../src/engine/answer.ts";
import { longRunning, prompt, setUp, sizes } from "../support/scheduling.ts";
import {
  expectedAnswer,
  nextToken,
  SimulatedDrafter,
  SimulatedRunner,
} from "../support/simulated-runner.ts";

/** The tokens that follow a prompt. */
const following = (p: number[], n: number) => expectedAnswer(p, n).trim().split(" ").map(Number);

/** A prompt that the simulated model ends after `n` tokens. */
function endingAfter(n: number): number[] {
  for (let seed = 0; seed < 5000; seed++) {
    const p = prompt(seed, 6);
    const answer = following(p, 60);
    if (answer.length === n && nextToken([...p, ...answer]) === 0) return p;
  }
  throw new Error("the simulated model never ends there");
}

function ask(p: number[], report: Report, stops: string[] = [], nPredict = 6) {
  const s = setUp();
  const answer = new Answer(stops, null);
  s.scheduler.add(s.runner.request(0, p, { answer, nPredict }, { report }));
  s.run();
  return s.events.map(({ event }) => event);
}

/** What each event reports: its text, tokens, and probabilities' tokens. */
const reported = (events: GenerateEvent[]) =>
  events.flatMap((event) => {
    if (!("text" in event) && event.type !== "done") return [];
    const probs = event.probs?.map(({ token }) => token) ?? [];
    return [{ text: "text" in event ? event.text : "(done)", tokens: event.tokens ?? [], probs }];
  });

describe("reports", () => {
  test("nothing is reported that was not asked for", () => {
    for (const event of ask(longRunning(), {})) {
      expect(Object.keys(event)).not.toContain("tokens");
      expect(Object.keys(event)).not.toContain("probs");
    }
  });

  test("each token comes with its text, its probability and the likeliest others", () => {
    const [first] = ask(longRunning(), { tokens: true, nProbs: 2 }).filter(
      ({ type }) => type === "text",
    );
    const [token = 0] = following(longRunning(), 1);
    const bytesOf = (one: number) => new TextEncoder().encode(`${one} `);
    expect(first).toMatchObject({
      nPredicted: 1,
      tokens: [token],
      probs: [
        {
          token,
          bytes: bytesOf(token),
          prob: 0.5,
          top: [
            { token, bytes: bytesOf(token), prob: 0.5 },
            { token: token + 1, bytes: bytesOf(token + 1), prob: 0.5 },
          ],
        },
      ],
    });
  });

  test("a token whose text is held back is told at once", () => {
    const [a = 0, b = 0, c = 0] = following(longRunning(), 3);
    const events = reported(ask(longRunning(), { tokens: true }, [`${b} ${c} x`], 3));
    expect(events).toEqual([
      { text: `${a} `, tokens: [a], probs: [] },
      { text: "", tokens: [b], probs: [] },
      { text: "", tokens: [c], probs: [] },
      { text: `${b} ${c} `, tokens: [], probs: [] },
      { text: "(done)", tokens: [], probs: [] },
    ]);
  });

  test("but waits for its text when its probability is wanted", () => {
    const [a = 0, b = 0, c = 0] = following(longRunning(), 3);
    const events = reported(ask(longRunning(), { tokens: true, nProbs: 1 }, [`${b} ${c} x`], 3));
    expect(events).toEqual([
      { text: `${a} `, tokens: [a], probs: [a] },
      { text: `${b} ${c} `, tokens: [b, c], probs: [b, c] },
      { text: "(done)", tokens: [], probs: [] },
    ]);
  });

  test("a stop text takes the probabilities of its tokens along", () => {
    const [a = 0, b = 0, c = 0] = following(longRunning(), 3);
    const events = reported(ask(longRunning(), { tokens: true, nProbs: 1 }, [`${b} ${c}`]));
    expect(events).toEqual([
      { text: `${a} `, tokens: [a], probs: [a] },
      { text: "", tokens: [b, c], probs: [] },
      { text: "(done)", tokens: [], probs: [] },
    ]);
  });

  test("a token that completes a character has all its bytes, the others no probability", () => {
    const s = setUp();
    const [a = 0, b = 0, c = 0] = following(longRunning(), 3);
    const euro = new TextEncoder().encode("€");
    const byteOf = new Map([a, b, c].map((token, i) => [token, euro.slice(i, i + 1)]));
    s.runner.pieceView = (token) => byteOf.get(token) ?? new Uint8Array(0);
    const report = { tokens: true, nProbs: 1 };
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 3 }, { report }));
    s.run();
    const [first] = s.events.flatMap(({ event }) => (event.type === "text" ? [event] : []));
    expect(first).toMatchObject({
      text: "€",
      tokens: [a, b, c],
      probs: [{ token: c, bytes: euro }],
    });
    expect(first?.probs?.length).toBe(1);
  });

  test("the end of the answer is a token as well", () => {
    const p = endingAfter(2);
    const [a = 0, b = 0] = following(p, 2);
    expect(reported(ask(p, { tokens: true, nProbs: 1 }))).toEqual([
      { text: `${a} `, tokens: [a], probs: [a] },
      { text: `${b} `, tokens: [b], probs: [b] },
      { text: "", tokens: [0], probs: [0] },
      { text: "(done)", tokens: [], probs: [] },
    ]);
  });

  test("with a parser, tokens come with the next piece, or at the end", () => {
    const s = setUp();
    const parser = {
      parse: (text: string) => ({
        reasoning: "",
        content: text.length > 6 ? text : "",
        tool_calls: [],
      }),
    };
    const answer = new Answer([], parser);
    const p = endingAfter(4);
    s.scheduler.add(s.runner.request(0, p, { answer }, { report: { tokens: true } }));
    s.run();
    const events = reported(s.events.map(({ event }) => event));
    expect(events[0]?.tokens.length).toBeGreaterThan(1);
    expect(events.flatMap(({ tokens }) => tokens)).toEqual([...following(p, 4), 0]);
    expect(events.at(-1)).toMatchObject({ text: "(done)", tokens: [0] });
  });

  test("progress begins before anything is decoded and is told after every chunk", () => {
    const s = setUp();
    const p = prompt(5, 150);
    s.scheduler.add(s.runner.request(0, p, { nPredict: 1 }, { report: { progress: true } }));
    s.run();
    const progress = s.events.flatMap(({ event }) => (event.type === "progress" ? [event] : []));
    expect(progress[0]).toEqual({
      type: "progress",
      nPrompt: 150,
      nCached: 0,
      nProcessed: 0,
      ms: 0,
    });
    expect(progress.length).toBe(1 + s.runner.batchSizes.length);
    expect(progress.at(-1)?.nProcessed).toBe(150);
    expect(s.events.map(({ event }) => event.type).indexOf("prefilled")).toBe(progress.length);
  });

  test("the first progress took no time, and time never goes back", () => {
    const s = setUp(undefined, {}, 1);
    s.scheduler.add(s.runner.request(0, prompt(5, 150), {}, { report: { progress: true } }));
    s.run();
    const times = s.events.flatMap(({ event }) => (event.type === "progress" ? [event.ms] : []));
    expect(times[0]).toBe(0);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBeGreaterThan(0);
  });

  test("the prompt is told as text", () => {
    const done = ask(longRunning(), { prompt: true }).at(-1);
    const text = longRunning()
      .map((token) => `${token} `)
      .join("");
    expect(done).toMatchObject({ type: "done", promptText: text });
  });
});

describe("probabilities of the prompt", () => {
  const score = { report: { promptProbs: 2 } };
  /** A prompt of which the simulated model itself would have said all but some tokens. */
  const said = (() => {
    const begun = longRunning();
    return [...begun, ...following(begun, 40), 7, 7, 7];
  })();
  /** What the simulated runner says of each token: 0.5 where the model would have said it. */
  const expected = said.map((token, at) =>
    at === 0 ? null : nextToken(said.slice(0, at)) === token ? 0.5 : 0.25,
  );
  const probsOf = (s: ReturnType<typeof setUp>, id = 0) =>
    s.completions.get(id)?.promptProbs?.map(({ prob }) => prob);

  test("each token has its own, the first has none", () => {
    const s = setUp();
    s.scheduler.add(s.runner.request(0, said, { nPredict: 0 }, score));
    s.run();
    const { promptProbs = [], nPredicted } = s.completions.get(0)!;
    expect(promptProbs.map(({ token }) => token)).toEqual(said);
    expect(promptProbs.map(({ prob }) => prob)).toEqual(expected);
    const [first, second] = promptProbs;
    const bytes = new TextEncoder().encode(`${said[0]} `);
    expect(first).toEqual({ token: said[0] ?? -1, bytes, prob: null, top: [] });
    expect(second?.top.map(({ token }) => token)).toEqual([said[1]!, said[1]! + 1]);
    expect(nPredicted).toBe(0);
    expect(s.events.map(({ event }) => event.type)).toEqual(["prefilled", "done"]);
  });

  test("an answer may follow them", () => {
    const s = setUp();
    s.scheduler.add(s.runner.request(0, said, {}, score));
    s.run();
    expect(probsOf(s)).toEqual(expected);
    expect(s.texts.get(0) ?? "").toBe(expectedAnswer(said, 8));
  });

  test("are not among what was not asked for", () => {
    expect(ask(said, { nProbs: 2 }).at(-1)).not.toHaveProperty("promptProbs");
  });

  test("a prompt of one token has one, without a number", () => {
    const s = setUp();
    s.scheduler.add(s.runner.request(0, [3], { nPredict: 0 }, score));
    s.run();
    expect(probsOf(s)).toEqual([null]);
  });

  test("no cached prefix is taken for them, but one is left", () => {
    const s = setUp();
    for (const id of [0, 1]) {
      s.scheduler.add(s.runner.request(id, said, { nPredict: 0 }, score));
      s.run();
      expect(s.completions.get(id)?.nCached).toBe(0);
      expect(probsOf(s, id)).toEqual(expected);
    }
    s.scheduler.add(s.runner.request(2, said));
    s.run();
    expect(s.completions.get(2)?.nCached).toBe(said.length - 1);
  });

  test("steps have no more outputs than they may, and streams go on in each", () => {
    const drafter = new SimulatedDrafter(3, 5);
    const runner = new SimulatedRunner({ ...sizes, nOutputsMax: 16 }, drafter);
    const s = setUp(runner);
    const others = [4, 5].map((n) => longRunning(n));
    for (const [i, p] of others.entries()) {
      s.scheduler.add(runner.request(i + 1, p, { nPredict: 60 }));
    }
    s.scheduler.step();
    s.scheduler.add(runner.request(0, said, { nPredict: 0 }, score));
    s.scheduler.add(runner.request(3, [...said].reverse(), { nPredict: 0 }, score));
    const streamed = () => s.events.filter(({ id, event }) => id === 1 && event.type === "text");
    while (!s.completions.has(0)) {
      const before = streamed().length;
      s.scheduler.step();
      expect(streamed().length).toBeGreaterThan(before);
    }
    s.run();
    expect(probsOf(s)).toEqual(expected);
    expect(probsOf(s, 3)).toHaveLength(said.length);
    for (const [i, p] of others.entries()) expect(s.texts.get(i + 1)).toBe(expectedAnswer(p, 60));
  });

  test("a preempted prompt keeps those that it has", () => {
    // Two rows a step: the stream wants its cells before all of them are scored.
    const runner = new SimulatedRunner({ ...sizes, nCells: 75, nOutputsMax: 3 });
    const s = setUp(runner);
    s.scheduler.add(runner.request(0, longRunning(), { nPredict: 60 }));
    s.scheduler.step();
    s.scheduler.add(runner.request(1, said, { nPredict: 2 }, score));
    s.run();
    const [nAnswer = 0, nSaid = 0] = [0, 1].map((id) => s.completions.get(id)?.nHeld);
    const nDecodedTwice = runner.batchSizes.reduce((a, b) => a + b, 0) - nAnswer - nSaid;
    expect(nDecodedTwice).toBeGreaterThan(20);
    expect(nDecodedTwice).toBeLessThan(said.length);
    expect(probsOf(s, 1)).toEqual(expected);
    expect(s.texts.get(1) ?? "").toBe(expectedAnswer(said, 2));
  });
});
