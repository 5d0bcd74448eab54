import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { outcomeOf } from "../../scripts/faults/answer.ts";
import { chats } from "../../scripts/faults/traffic.ts";
import { colours, pngOf } from "../support/pictures.ts";
import { question, type RunningServer, say, startServer, temporaryDir } from "../support/server.ts";

const dir = temporaryDir();
const library = join(dir.path, "wrong-clock.so");
const offset = join(dir.path, "offset");
const compile = ["-shared", "-fPIC", "-O1", "-o", library, join(import.meta.dir, "wrong-clock.c")];
const compiler = process.platform === "linux" ? Bun.which("cc") : null;
const isPossible = compiler !== null && Bun.spawnSync([compiler, ...compile]).exitCode === 0;

const setClock = (seconds: number) => writeFileSync(offset, String(seconds));
const day = 86_400;
const jumps = [3600, -3600, 365 * day, -365 * day, 20 * 365 * day, 0];

let server: RunningServer;
beforeAll(async () => {
  if (!isPossible) return;
  setClock(0);
  const env = { LD_PRELOAD: library, WRONG_CLOCK: offset };
  server = await startServer({ env, args: ["-t", "1", "--parallel", "8"] });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

const picture = pngOf({ shape: "circle", colour: colours.red, background: colours.white });

interface Durations {
  created_at: string;
  total_duration: number;
  load_duration: number;
  eval_duration: number;
}

describe.skipIf(!isPossible)("a clock that jumps", () => {
  test.each(jumps)("by %i seconds ends no stream and no engine", async (seconds) => {
    await say(server, question("Hello!", { max_tokens: 4 }));
    const engines = server.engines();
    const streams = chats({ model: "tiny", picture, nPredict: 200 })
      .filter(({ name }) => name.endsWith("streamed") && !name.startsWith("Nitro"))
      .map(({ path, body }) => server.post(path, body));
    await Promise.race(streams);
    setClock(seconds);
    for (const outcome of await Promise.all(streams.map(outcomeOf))) {
      expect(outcome).toMatchObject({ status: 200, error: null });
    }
    expect(await say(server, question("Hello!", { max_tokens: 4 }))).toBeString();
    expect(server.engines()).toEqual(engines);
  });

  test("is what answers show, and their durations are not of it", async () => {
    setClock(10 * 365 * day);
    const body = { model: "tiny", prompt: "Tell me a story.", stream: false };
    const asked = server.post("/api/generate", { ...body, options: { num_predict: 100 } });
    await Bun.sleep(20);
    setClock(0);
    const answer = (await (await asked).json()) as Durations;
    expect(Math.abs(Date.parse(answer.created_at) - Date.now())).toBeLessThan(day * 1000);
    for (const nanoseconds of [answer.total_duration, answer.load_duration, answer.eval_duration]) {
      expect(nanoseconds).toBeGreaterThanOrEqual(0);
      expect(nanoseconds).toBeLessThan(day * 1e9);
    }
  });
});
