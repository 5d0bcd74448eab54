import { describe, expect, test } from "bun:test";
import { listen } from "../../src/http/listen.ts";
import { appOver, fakeInfo, says, waitsForAbort } from "../support/fake-engine.ts";

const messages = [{ role: "user", content: "hi" }];
const anthropics = { model: "tiny", messages, max_tokens: 9 };
const image = "iVBORw0KGgo=";
const questions = { urgent: { type: "noul", instructions: "Is it urgent?" } };
const ranking = { query: "a", documents: ["b", "c"] };
const nitroBase = "/inferences/llamacpp";
const loadsNitro = { llama_model_path: "tiny" };

type Asked = [path: string, body: object];

const generations: Asked[] = [
  ["/v1/chat/completions", { messages, stream: true }],
  ["/v1/chat/completions", { messages }],
  ["/v1/chat/completions", { messages, n: 3 }],
  ["/v1/completions", { prompt: ["a", "b"], stream: true }],
  ["/v1/completions", { prompt: "a" }],
  ["/v1/responses", { input: "hi", stream: true }],
  ["/v1/responses", { input: "hi" }],
  ["/v1/messages", { ...anthropics, stream: true }],
  ["/v1/messages", anthropics],
  ["/api/chat", { model: "tiny", messages }],
  ["/api/chat", { model: "tiny", messages, stream: false }],
  ["/api/generate", { model: "tiny", prompt: "hi" }],
  ["/api/generate", { model: "tiny", prompt: "hi", images: [image], stream: false }],
  ["/completion", { prompt: "hi", stream: true }],
  ["/completion", { prompt: "hi" }],
  ["/infill", { input_prefix: "a", input_suffix: "b" }],
  ["/v1/systemone", { model: "tiny", state: "Help!", questions }],
];

/** For the model that `loadsNitro` has loaded. */
const ofNitro: Asked[] = [
  [`${nitroBase}/chat_completion`, { messages, stream: true }],
  ["/inferences/server/chat_completion", { messages }],
];

const vectors: Asked[] = [
  ["/v1/embeddings", { input: ["a", "b"] }],
  ["/embedding", { content: "a" }],
  ["/embeddings", { content: "a" }],
  ["/api/embed", { model: "tiny", input: ["a", "b"] }],
  ["/api/embeddings", { model: "tiny", prompt: "a" }],
  [`${nitroBase}/embedding`, { input: "a" }],
  ["/inferences/server/embedding", { input: "a" }],
  ["/rerank", ranking],
  ["/reranking", ranking],
  ["/v1/rerank", ranking],
  ["/v1/reranking", ranking],
  ["/api/rerank", { model: "tiny", ...ranking }],
];

async function until(condition: () => boolean) {
  while (!condition()) await Bun.sleep(1);
}

type Over = ReturnType<typeof appOver>;

/** Sends every request over a socket, one after the other, and hangs up once `isThere`. */
async function hangUp(
  { app }: Over,
  requests: readonly Asked[],
  isThere: () => boolean,
  isGone: () => boolean,
) {
  const server = listen(app, { hostname: "127.0.0.1", port: 0 });
  for (const [path, body] of requests) {
    const client = new AbortController();
    const request = { method: "POST", body: JSON.stringify(body), signal: client.signal };
    const answer = fetch(server.url + path, request).then((response) => response.text());
    await until(isThere);
    client.abort();
    await answer.catch(() => {});
    await until(isGone);
  }
  await server.stop();
}

/** Both at once: they have one fake engine, which ends with the first. */
function unloadAll({ supervisor }: Over) {
  return Promise.all(["tiny", "tiny-nitro"].map((name) => supervisor.unload(name)));
}

describe("a client that hangs up, of any dialect, streaming or not", () => {
  test.each([
    ["before the first word", 0],
    ["in the middle of its answer", 2],
  ])(
    "%s leaves nothing running",
    async (_, nWords) => {
      const over = appOver(waitsForAbort(nWords));
      const { engine } = over;
      let nBefore = 0;
      const isThere = () => engine.nEvents > nBefore + nWords;
      const isGone = () => {
        nBefore = engine.nEvents;
        return engine.nRunning === 0;
      };
      await over.post(`${nitroBase}/loadmodel`, loadsNitro);
      await hangUp(over, [...generations, ...ofNitro], isThere, isGone);
      await unloadAll(over); // which waits for every lease
    },
    30_000,
  );

  test("while vectors are computed leaves nothing running", async () => {
    const never = () => new Promise<never>(() => {});
    const answers = { embed: never, rerank: never };
    const over = appOver(says(), { answers, info: { ...fakeInfo, reranks: true } });
    const { engine } = over;
    await over.post(`${nitroBase}/loadmodel`, loadsNitro);
    const isThere = () => engine.nRunning > 0;
    const isGone = () => engine.nRunning === 0;
    await hangUp(over, vectors, isThere, isGone);
    expect(engine.questions.length).toBe(vectors.length);
    await unloadAll(over);
  }, 30_000);

  test("while the model loads is given up at once", async () => {
    const loaded = Promise.withResolvers<void>();
    const start = () => loaded.promise.then(() => over.engine);
    const over: Over = appOver(says("x"), { start });
    const { acquire } = over.supervisor;
    let nWaiting = 0;
    over.supervisor.acquire = async (...wish) => {
      nWaiting++;
      try {
        return await acquire.apply(over.supervisor, wish);
      } finally {
        nWaiting--;
      }
    };
    await hangUp(
      over,
      [...generations, ...vectors.filter(([path]) => !path.startsWith("/inferences"))],
      () => nWaiting > 0,
      () => nWaiting === 0,
    );
    loaded.resolve();
    await over.supervisor.unload("tiny");
    expect(over.engine.requests).toEqual([]);
  }, 30_000);
});
