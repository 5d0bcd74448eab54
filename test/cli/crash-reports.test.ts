import { expect, spyOn, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crashLogger } from "../../src/cli/crash-log.ts";
import { writeCrashReport } from "../../src/cli/crash-reports.ts";
import { Log } from "../../src/cli/log.ts";
import { AppError } from "../../src/core/errors.ts";
import { readServerSettings } from "../../src/core/settings.ts";
import { type Crash, kindOf } from "../../src/supervisor/crash.ts";
import { temporaryDir } from "../support/server.ts";

const crash: Crash = {
  model: { name: "hf.co/a/b:Q4", path: "/models/b.gguf" },
  error: new AppError("engine_crashed", "the engine ended (SIGABRT): GGML_ASSERT(x) failed"),
  phase: "running",
  ranMs: 1234.5,
  nAnswered: 7,
  requests: [
    kindOf({
      prompt: {
        type: "chat",
        messages: [
          {
            role: "user",
            parts: [
              { type: "text", text: "the secret" },
              { type: "media", bytes: Buffer.from("the secret") },
            ],
          },
        ],
        tools: [],
        toolChoice: "auto",
        jsonSchema: { title: "the secret" },
      },
      nPredict: 5,
      sampling: {},
    }),
    { kind: "embed" },
  ],
  lines: ["a", "GGML_ASSERT(x) failed"],
};

test("a report says what crashed, doing what, and why, and nothing of any text", () => {
  using dir = temporaryDir();
  const folder = join(dir.path, "new", "crashes");
  const path = writeCrashReport(folder, crash, new Date("2026-01-02T03:04:05.678Z"));
  expect(path).toBe(join(folder, "2026-01-02T03-04-05.678Z-hf.co-a-b-Q4.crash.json"));
  const text = readFileSync(path, "utf8");
  expect(JSON.parse(text)).toEqual({
    time: "2026-01-02T03:04:05.678Z",
    model: "hf.co/a/b:Q4",
    files: ["/models/b.gguf"],
    reason: "the engine ended (SIGABRT): GGML_ASSERT(x) failed",
    phase: "running",
    ran_seconds: 1.235,
    requests_answered: 7,
    requests_in_progress: [
      { kind: "chat", messages: 1, media: 1, tools: 0, constrained: true, max_tokens: 5 },
      { kind: "embed" },
    ],
    versions: {
      hutch: expect.any(String),
      commit: expect.any(String),
      "llama.cpp": expect.any(String),
      bun: Bun.version,
      system: expect.any(String),
    },
    log: ["a", "GGML_ASSERT(x) failed"],
  });
  expect(text).not.toContain("secret");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("the last 20 are kept, and what is no report", () => {
  using dir = temporaryDir();
  writeFileSync(join(dir.path, "0-notes.txt"), "mine");
  for (let i = 0; i < 25; i++) writeCrashReport(dir.path, crash, new Date(i * 1000));
  const reports = readdirSync(dir.path).filter((name) => name.endsWith(".crash.json"));
  expect([reports.length, reports.toSorted()[0]]).toEqual([
    20,
    expect.stringContaining("1970-01-01T00-00-05"),
  ]);
  expect(readdirSync(dir.path)).toContain("0-notes.txt");
});

test("crashes are logged with llama.cpp's last lines and where the report is", () => {
  using dir = temporaryDir();
  const lines: string[] = [];
  using _ = spyOn(console, "error").mockImplementation((line) => void lines.push(line));
  const { log: settings } = readServerSettings(["--no-log-jsonl"], {}, { isServe: true });
  const log = new Log(settings, {});
  crashLogger(log, dir.path, false)(crash);
  const [report = ""] = readdirSync(dir.path);
  const message = crash.error.message;
  const last = ["a", "GGML_ASSERT(x) failed"];
  expect(lines.splice(0)).toEqual([`${message}; see ${join(dir.path, report)}`, ...last]);
  crashLogger(log, null, true)(crash);
  expect(lines.splice(0)).toEqual([message]);
  const file = join(dir.path, report); // a folder cannot be made there
  crashLogger(log, file, true)(crash);
  expect(lines).toEqual([expect.stringMatching("no crash report could be written"), message]);
});
