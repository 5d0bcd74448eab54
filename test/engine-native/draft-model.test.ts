import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTinyDraft } from "../../scripts/tiny-draft.ts";
import { writeTinyMoe } from "../../scripts/tiny-moe.ts";
import type { SpeculationOptions } from "../../src/core/load.ts";
import { StillEngine } from "../support/still-engine.ts";
import { ask, loadModel, tinyPath } from "../support/tiny-native.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-draft-"));
afterAll(() => rmSync(folder, { recursive: true }));

const load = (speculation: SpeculationOptions, modelPath = tinyPath) =>
  new StillEngine({ modelPath, nCtx: 1024, nParallel: 4, nCtxSeq: 256, speculation });
const known = ask("What is the capital of France?");
const others = ["What is 2 + 3?", "Who are you?", "What is the capital of Japan?"].map(ask);
const request = { nPredict: 24, sampling: { temperature: 0, ignoreEos: true } };
const all = [known, ...others].map((text) => ({ text, request }));
/** No further than the model is sure: with several at once, the last bits of logits are others. */
const toTheEnd = all.map(({ text }) => ({ text, request: { nPredict: 24 } }));

/** Writes a draft model that knows what `modelPath` answers to the first question. */
function writeKnowing(path: string, modelPath: string): void {
  using plain = load({ types: ["none"] }, modelPath);
  const [answer] = plain.write(all.slice(0, 1));
  using model = loadModel(modelPath);
  const text = [...model.tokenize(known + (answer?.text ?? ""), true, true)];
  writeTinyDraft(path, { vocabularyOf: modelPath, text });
}

const draftPath = join(folder, "draft.gguf");
const drafting = { draft_model: draftPath, draft_n_max: 4, draft_p_min: 0 };
let plain: StillEngine;
let drafted: StillEngine;
beforeAll(() => {
  writeKnowing(draftPath, tinyPath);
  plain = load({ types: ["none"] });
  drafted = load(drafting);
});
afterAll(() => {
  plain[Symbol.dispose]();
  drafted[Symbol.dispose]();
});

test("a draft model is a file of a few hundred kB, and is what is drafted with", () => {
  expect(statSync(draftPath).size).toBeLessThan(500_000);
  const { info, runner } = drafted.loaded;
  expect(info.defaults.speculationTypes).toBe("draft-simple");
  expect(runner.drafter?.nMax).toBe(4);
});

test("what it knows it drafts well, and the text is the same", () => {
  const [written] = drafted.write(all.slice(0, 1));
  expect(written?.text).toBe(plain.write(all.slice(0, 1))[0]?.text);
  expect(written?.nAccepted).toBeGreaterThan(2);
});

test("what it does not know it drafts badly, and the text is the same", () => {
  for (const one of all.slice(1)) {
    const [written] = drafted.write([one]);
    expect(written?.text).toBe(plain.write([one])[0]?.text);
    expect(written?.nDrafted).toBeGreaterThan(written?.nAccepted ?? 0);
  }
});

test.each([
  ["sampled", { temperature: 1, seed: 11, ignoreEos: true }],
  ["penalized", { temperature: 0, repeatPenalty: 1.3, ignoreEos: true }],
])("the text is the same: %s", (_, sampling) => {
  const requests = all.slice(0, 1).map(({ text }) => ({ text, request: { ...request, sampling } }));
  const [written] = drafted.write(requests);
  expect(written?.text).toBe(plain.write(requests)[0]?.text);
  expect(written?.nDrafted).toBeGreaterThan(0);
});

test("answers to several questions at once are the same", () => {
  const written = drafted.write(toTheEnd);
  const texts = (all: { text: string }[]) => all.map(({ text }) => text);
  expect(texts(written)).toEqual(texts(plain.write(toTheEnd)));
  expect(written[0]?.text).toContain("Paris");
  expect(written.reduce((sum, { nDrafted }) => sum + nDrafted, 0)).toBeGreaterThan(0);
});

test("a conversation goes on with it", () => {
  const [first] = drafted.write(toTheEnd.slice(0, 1));
  const more = { text: `${known}${first?.text}<|im_end|>\n${others[0]}`, request };
  expect(drafted.write([more])[0]?.text).toBe(plain.write([more])[0]?.text);
});

test("it drafts for a mixture of experts, too", () => {
  const moePath = join(folder, "moe.gguf");
  const moeDraftPath = join(folder, "moe-draft.gguf");
  writeTinyMoe(moePath, { vocabularyOf: tinyPath });
  writeKnowing(moeDraftPath, moePath);
  using alone = load({ types: ["none"] }, moePath);
  using helped = load({ ...drafting, draft_model: moeDraftPath }, moePath);
  const written = helped.write(all);
  expect(written.map(({ text }) => text)).toEqual(alone.write(all).map(({ text }) => text));
  expect(written[0]?.nAccepted).toBeGreaterThan(0);
});
