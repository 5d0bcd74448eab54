import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../../../src/cli/client/client.ts";
import { History } from "../../../src/cli/run/history.ts";
import { metricsText } from "../../../src/cli/run/metrics.ts";
import { toDimensions, toFormat, toKeepAlive, toThink } from "../../../src/cli/run/options.ts";
import { chatRequest, type Session } from "../../../src/cli/run/session.ts";
import { isSlashCommand, slash } from "../../../src/cli/run/slash.ts";
import { unquoted } from "../../../src/cli/run/slash-set.ts";
import { fakeOllama } from "../../support/fake-ollama.ts";

const session = (more: Partial<Session> = {}): Session => ({
  client: new Client({ url: "http://127.0.0.1:9", source: null }, null),
  model: "tiny",
  shown: { capabilities: ["completion", "thinking"], parameters: "top_k                 5" },
  options: {},
  messages: [],
  hidesThinking: false,
  isVerbose: false,
  wrapsWords: true,
  ...more,
});
const say = (text: string, to: Session, history = new History(null)) =>
  slash(text, to, history, new AbortController().signal);

test.each([
  ["/bye", true],
  ["  /set system x", true],
  ["/", true],
  ["/nonsense", true],
  ["/home/me/cat.png what is this?", false],
  ["what is /bye", false],
])("%p is a command to us: %p", (text, is) => expect(isSlashCommand(text)).toBe(is));

describe("/set", () => {
  test("changes what the next request asks", async () => {
    const to = session({ messages: [{ role: "user", content: "hi" }] });
    for (const text of [
      '/set system """be\nbrief"""',
      "/set parameter temperature 0.5",
      '/set parameter stop "###" END',
      "/set parameter use_mmap false",
      "/set format json",
      "/set think high",
    ]) {
      expect(await say(text, to)).toMatch(/^Set /);
    }
    expect(chatRequest(to)).toEqual({
      model: "tiny",
      messages: [
        { role: "system", content: "be\nbrief" },
        { role: "user", content: "hi" },
      ],
      options: { temperature: 0.5, stop: ["###", "END"], use_mmap: false },
      format: "json",
      think: "high",
      stream: true,
    });
    await say("/set noformat", to);
    await say("/set nothink", to);
    expect([to.format, to.think]).toEqual([undefined, false]);
  });

  test("switches what is shown, and what is kept", async () => {
    const to = session();
    const history = new History(null);
    for (const mode of ["verbose", "nowordwrap", "nohistory"]) {
      expect(await say(`/set ${mode}`, to, history)).toBe(`Set '${mode}' mode.\n`);
    }
    expect([to.isVerbose, to.wrapsWords, history.isKept]).toEqual([true, false, false]);
    for (const mode of ["quiet", "wordwrap", "history"]) await say(`/set ${mode}`, to, history);
    expect([to.isVerbose, to.wrapsWords, history.isKept]).toEqual([false, true, true]);
  });

  test("says what is wrong, or how it is used", async () => {
    expect(await say("/set parameter x", session())).toContain("Usage");
    expect(await say("/set format xml", session())).toContain("Usage");
    expect(await say("/set", session())).toContain("/set parameter <name> <value>");
    expect(await say("/set nonsense", session())).toContain("Unknown command '/set nonsense'");
    await expect(say("/set think much", session())).rejects.toThrow('not "much"');
    for (const [text, problem] of [
      ["temperature hot", 'temperature must be a number, not "hot"'],
      ["top_k 1.5", 'top_k must be a whole number, not "1.5"'],
      ["use_mmap 1", 'use_mmap must be true or false, not "1"'],
      ["heat 1", 'there is no parameter "heat"'],
    ]) {
      const to = session();
      await expect(say(`/set parameter ${text}`, to)).rejects.toThrow(problem);
      expect(to.options).toEqual({});
    }
    expect(await say("/save two words", session())).toContain("Usage");
    const plain = session({ shown: { capabilities: ["completion"] } });
    expect(await say("/set think", plain)).toContain("tiny is no model that thinks");
  });
});

describe("/show", () => {
  test("parameters are the model's and the user's", async () => {
    expect(await say("/show parameters", session({ options: { stop: ["a", "b"] } }))).toBe(
      "Model defined parameters:\n  top_k    5\n\n" +
        "User defined parameters:\n  stop    a\n  stop    b\n",
    );
  });

  test("the system message is the user's, else the model's", async () => {
    const shown = { system: "of the model" };
    expect(await say("/show system", session({ shown }))).toBe("of the model\n");
    expect(await say("/show system", session({ shown, system: "mine" }))).toBe("mine\n");
    expect(await say("/show license", session())).toBe("This model has no license.\n");
  });
});

test("/save makes a model of what was set and said", async () => {
  await using server = fakeOllama({ "POST /api/create": () => ({ status: "success" }) });
  const to = session({
    client: new Client({ url: server.url, source: null }, null),
    system: "be brief",
    options: { top_k: 1 },
    messages: [{ role: "user", content: "hi", images: ["aa"] }],
  });
  to.shown.messages = [{ role: "assistant", content: "earlier" }];
  expect(await say("/save mine", to)).toBe("Created new model 'mine'\n");
  expect(server.bodiesOf("/api/create")).toEqual([
    {
      model: "mine",
      from: "tiny",
      system: "be brief",
      parameters: { top_k: 1 },
      messages: [
        { role: "assistant", content: "earlier" },
        { role: "user", content: "hi" },
      ],
      stream: false,
    },
  ]);
});

test("/load begins anew with another model, /clear with the same", async () => {
  const shown = {
    capabilities: ["completion"],
    messages: [
      { role: "user", content: "Knock" },
      { role: "assistant", content: "Who?" },
    ],
  };
  await using server = fakeOllama({
    "POST /api/show": () => shown,
    "POST /api/generate": () => ({ done: true }),
  });
  const to = session({
    client: new Client({ url: server.url, source: null }, null),
    system: "x",
    messages: [{ role: "user", content: "hi" }],
  });
  expect(await say("/load other", to)).toBe("Loaded model 'other'\n>>> Knock\nWho?\n\n");
  expect([to.model, to.shown, to.system, to.messages]).toEqual(["other", shown, undefined, []]);
  to.messages = [{ role: "user", content: "hi" }];
  expect(await say("/clear", to)).toBe("Cleared session context\n");
  expect(to.messages).toEqual([]);
});

test.each([
  ['"""a\nb"""', "a\nb"],
  ['"""\na\n"""', "a"],
  ['"a"', "a"],
  ['say "a"', 'say "a"'],
])("%j without its quotes is %j", (text, inner) => expect(unquoted(text)).toBe(inner));

describe("options", () => {
  test("are read, or refused with their name", () => {
    expect([toThink("true", "-"), toThink("max", "-")]).toEqual([true, "max"]);
    expect(() => toThink("x", "--think")).toThrow("--think must be");
    expect([toKeepAlive("5m"), toKeepAlive("0"), toKeepAlive("-1")]).toEqual(["5m", 0, -1]);
    expect(toDimensions("64")).toBe(64);
    expect(() => toDimensions("0")).toThrow("--dimensions must be");
  });

  test("a format is json, a schema, or a file with one", () => {
    const file = join(mkdtempSync(join(tmpdir(), "hutch-format-")), "schema.json");
    writeFileSync(file, '{"type":"object"}');
    expect(toFormat("json")).toBe("json");
    expect(toFormat(file)).toEqual({ type: "object" });
    expect(toFormat('{"type":"string"}')).toEqual({ type: "string" });
    expect(() => toFormat("xml")).toThrow('not "xml"');
    writeFileSync(file, "{");
    expect(() => toFormat(file)).toThrow(`${file} is no JSON`);
  });
});

test("metrics are told as far as they are known", () => {
  const text = metricsText({ total_duration: 2e9, eval_count: 50, eval_duration: 5e8 });
  expect(text).toBe(
    "total duration:       2s\n" +
      "eval count:           50 token(s)\n" +
      "eval duration:        500ms\n" +
      "eval rate:            100.00 tokens/s\n",
  );
});
