import { expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import { appOver, fakeInfo, json, prefilled, says } from "../support/fake-engine.ts";

const prompts = Array.from({ length: 50 }, (_, i) => `prompt ${i}`);
const info = { ...fakeInfo, nParallel: 3 };

test("the engine is never given more of a request than twice what it answers at once", async () => {
  let nMost = 0;
  const { post, engine } = appOver(
    async function* (request, signal) {
      nMost = Math.max(nMost, engine.nRunning);
      await Bun.sleep(0);
      yield* says("yes")(request, signal);
    },
    { info },
  );
  const answers = await json<{ index: number; content: string }[]>(
    post("/completion", { prompt: prompts }),
  );
  expect(answers.map(({ index }) => index)).toEqual([...prompts.keys()]);
  expect(new Set(answers.map(({ content }) => content))).toEqual(new Set(["yes"]));
  expect([nMost, engine.requests.length]).toEqual([6, 50]);
});

test("after a failure no more is begun", async () => {
  const { post, engine } = appOver(
    async function* () {
      yield prefilled;
      throw new AppError("invalid_request", "bad grammar");
    },
    { info },
  );
  const response = await post("/completion", { prompt: prompts });
  expect([response.status, engine.requests.length <= 6, engine.nRunning]).toEqual([400, true, 0]);
});
