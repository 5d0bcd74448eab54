import { expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import { UnheardError } from "../../src/supervisor/running-engine.ts";
import { appOver, type Behaviour, FakeEngine, fakeInfo, says } from "../support/fake-engine.ts";

const crash = new AppError("engine_crashed", "the engine ended (SIGKILL)");
const requests: [string, object][] = [
  ["/v1/chat/completions", { messages: [{ role: "user", content: "hi" }] }],
  ["/api/generate", { model: "tiny", prompt: "hi", stream: false }],
  ["/v1/embeddings", { input: "hi" }],
  ["/api/embed", { model: "tiny", input: "hi" }],
];

/** An app whose first engine ends as soon as it is asked something, and says this of it. */
function endingWith(error: AppError) {
  const end = async () => {
    await first.stop();
    throw error;
  };
  // biome-ignore lint/correctness/useYield: it ends before it says anything
  const ending: Behaviour = async function* () {
    await end();
  };
  const vectors = async () => ({ embeddings: [[new Float32Array([1])]], nTokens: [1] });
  const first = new FakeEngine(ending, fakeInfo, { embed: end });
  const second = new FakeEngine(says("Paris"), fakeInfo, { embed: vectors });
  const engines = [first, second];
  const start = async () => engines.shift() ?? second;
  return { ...appOver(says(), { start }), second };
}

test.each(requests)("%s: asks another engine if one had not heard of it", async (path, body) => {
  const { post } = endingWith(new UnheardError(crash));
  const response = await post(path, body);
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
});

test.each(requests)("%s: is not tried again if it may have ended one", async (path, body) => {
  const { post, second } = endingWith(crash);
  const response = await post(path, body);
  expect(response.status).toBe(500);
  expect(await response.text()).toContain("SIGKILL");
  expect([second.requests.length, second.questions.length]).toEqual([0, 0]);
});
