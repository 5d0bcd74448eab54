import { afterAll, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { errorIn } from "../../scripts/faults/answer.ts";
import { holdings, whenIdle } from "../../scripts/faults/holdings.ts";
import {
  type Document,
  type MadeRequest,
  requestOf,
} from "../../scripts/faults/openapi-requests.ts";
import { question, type RunningServer, say, startServer, temporaryDir } from "../support/server.ts";
import { figure, sizes, testTimeoutMs } from "./sizes.ts";

const document = parse(
  await Bun.file(join(import.meta.dir, "../../openapi.yaml")).text(),
) as Document;

const dir = temporaryDir();
afterAll(() => dir[Symbol.dispose]());

/** A client waits no longer: some answers are long, and this one has no end. */
const patienceMs = 5_000;
const endless = "/models/sse";
const endlessMs = 100;
const nAtOnce = 4;

const known = {
  model: ["tiny", "tiny", "tiny", "copied", "absent"],
  name: ["tiny", "copied"],
  stream: [true, false],
  num_predict: [1, 20],
  max_tokens: [1, 20],
  n_predict: [1, 20],
};

/** What went wrong, with what it takes to see it again; null: nothing did. */
async function fault(server: RunningServer, seed: number): Promise<string | null> {
  const request = requestOf(document, seed, known);
  const { status, text } = await answerTo(server, request);
  const shown = `seed ${seed}: ${request.method} ${request.path.slice(0, 200)} ${request.body?.slice(0, 500)}`;
  const complain = (why: string) => `${why}: ${text.slice(0, 300)}\n  ${shown}`;
  if (/ended \(SIG|ended \(exit|panic/.test(text)) return complain("the engine died");
  if (status === 0) return /timed out/.test(text) ? null : complain("the connection broke");
  // 431: Bun refuses headers that are too long before there is a request.
  if (status === 431) return null;
  if (!request.statuses.includes(status)) return complain(`undocumented ${status}`);
  if (status < 400) return null;
  if (status === 500 && !isExplained(text)) return complain("500");
  if (request.method !== "HEAD" && errorIn(text) === null)
    return complain(`${status} without a word`);
  return null;
}

/** What a server may answer 500 to: it was asked for what is not in its power. */
const isExplained = (text: string) => /model_load_failed/.test(text);

async function answerTo(server: RunningServer, request: MadeRequest) {
  const { method, path, contentType, body } = request;
  try {
    const response = await fetch(server.url + path, {
      method,
      keepalive: false,
      signal: AbortSignal.timeout(path.startsWith(endless) ? endlessMs : patienceMs),
      ...(contentType === null ? {} : { headers: { "content-type": contentType } }),
      ...(body === null ? {} : { body }),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return { status: 0, text: String(error) };
  }
}

test(
  `${sizes.nRequests} requests to all routes, seed ${sizes.seed}`,
  async () => {
    mkdirSync(join(dir.path, "tmp"));
    mkdirSync(join(dir.path, "slots"));
    const env = { TMPDIR: join(dir.path, "tmp") };
    const flags = [
      "--metrics",
      "--props",
      "--offline",
      "--slot-save-path",
      join(dir.path, "slots"),
    ];
    await using server = await startServer({ env, args: ["-t", "1", ...flags] });
    const held = { url: server.url, pid: server.pid, temporaryDir: env.TMPDIR };
    await say(server, question("Hello!", { max_tokens: 4 }));
    const before = await holdings(held);

    const faults: string[] = [];
    let next = 0;
    const work = async () => {
      while (next < sizes.nRequests) {
        const found = await fault(server, sizes.seed * 100_000 + next++);
        if (found !== null) faults.push(found);
      }
    };
    await Promise.all(Array.from({ length: nAtOnce }, work));
    const lastWords = `the server's last words:\n${server.output().slice(-4000)}`;
    expect(faults.join("\n\n"), lastWords).toBe("");

    expect(await say(server, question("Hello!", { model: "tiny", max_tokens: 4 }))).toBeString();
    const after = await whenIdle(held);
    expect(server.output()).not.toMatch(
      /the engine of \S+ ended \(|AssertionError|panic|a bug of Hutch/,
    );
    figure(
      `fuzzer, ${sizes.nRequests} requests: descriptors before → after`,
      `${before.nDescriptors} → ${after.nDescriptors}`,
    );
    figure(
      "fuzzer: server MB before → after",
      `${before.serverMb.toFixed(0)} → ${after.serverMb.toFixed(0)}`,
    );
  },
  testTimeoutMs,
);
