import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { hollowPictures } from "../support/hollow-files.ts";
import { question, type RunningServer, say, startServer, until } from "../support/server.ts";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ args: ["-t", "1"] });
  await say(server, question("Hello!"));
});
afterAll(() => server[Symbol.asyncDispose]());

const chat = "/v1/chat/completions";
const responses = "/v1/responses";
const messages = "/v1/messages";

const long = "word ".repeat(4_000_000); // 20 MB
const hollow = Buffer.from(hollowPictures.png?.(30_000, 30_000) ?? []).toString("base64");
const noPicture = Buffer.from("hello").toString("base64");
const noSchema = { type: "object", properties: { a: { type: "banana" } } };
const text = (content: unknown) => [{ role: "user", content }];
const ofAnthropic = (data: string) =>
  text([{ type: "image", source: { type: "base64", media_type: "image/png", data } }]);
const ofResponses = (data: string) =>
  text([{ type: "input_image", image_url: `data:image/png;base64,${data}` }]);
const ofChat = (data: string) =>
  text([{ type: "image_url", image_url: { url: `data:image/png;base64,${data}` } }]);
const format = { type: "json_schema", json_schema: { name: "a", schema: noSchema } };
const strayResult = { role: "tool", tool_call_id: "call_1", content: "21" };
const strayBlock = { type: "tool_result", tool_use_id: "toolu_1", content: "21" };
const strayOutput = { type: "function_call_output", call_id: "call_1", output: "21" };

/** What is sent where, and the field (or the word of the message) that the error names. */
const cases: [string, string, object, RegExp][] = [
  ["no messages", chat, { messages: [] }, /messages/],
  ["no messages", messages, { messages: [] }, /messages/],
  ["an unknown role", chat, { messages: [{ role: "pirate", content: "x" }] }, /messages\[0\].role/],
  ["an unknown role", messages, { messages: [{ role: "pirate", content: "x" }] }, /role/],
  ["an unknown role", responses, { input: [{ role: "pirate", content: "x" }] }, /input\[0\].role/],
  ["a result without a call", chat, { messages: [strayResult] }, /messages\[0\].tool_call_id/],
  [
    "a result without a call",
    messages,
    { messages: text([strayBlock]) },
    /messages\[0\].content\[0\]/,
  ],
  ["a result without a call", responses, { input: [strayOutput] }, /input\[0\]/],
  ["a schema that is none", chat, { messages: text("x"), response_format: format }, /schema/],
  [
    "a schema that is none",
    responses,
    { input: "x", text: { format: { ...format.json_schema, type: "json_schema" } } },
    /text.format.schema/,
  ],
  [
    "a schema that is none",
    messages,
    { messages: text("x"), output_config: { format: { type: "json_schema", schema: noSchema } } },
    /output_config.format.schema/,
  ],
  ["20 MB of text", chat, { messages: text(long) }, /context/],
  ["20 MB of text", messages, { messages: text(long) }, /context/],
  ["20 MB of text", responses, { input: long }, /context/],
  [
    "a data URL that is no image",
    chat,
    { messages: ofChat(noPicture) },
    /content\[0\].image_url.url/,
  ],
  [
    "a data URL that is no image",
    responses,
    { input: ofResponses(noPicture) },
    /content\[0\].image_url/,
  ],
  ["a picture that is none", messages, { messages: ofAnthropic(noPicture) }, /content\[0\].source/],
  ["900 megapixels", chat, { messages: ofChat(hollow) }, /30000 x 30000/],
  ["900 megapixels", responses, { input: ofResponses(hollow) }, /30000 x 30000/],
  ["900 megapixels", messages, { messages: ofAnthropic(hollow) }, /30000 x 30000/],
  ["10,000 answers", chat, { messages: text("x"), n: 10_000 }, /`n`|'n'/],
];

describe("is refused by its field", () => {
  test.each(cases)("%s to %s", async (_, path, body, named) => {
    const response = await server.post(path, body);
    const { error } = (await response.json()) as { error: { message: string; type: string } };
    expect([response.status, error.message]).toEqual([400, expect.stringMatching(named)]);
    expect(error.type).toBe("invalid_request_error");
  });
});

/** Resident memory of the server and its engines, bytes. */
function residentBytes(): number {
  const ofProcess = (pid: number) => {
    const [, kilobytes] = /VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kilobytes) * 1024;
  };
  return [server.pid, ...server.engines()].reduce((sum, pid) => sum + ofProcess(pid), 0);
}

test("nothing of it stays in memory", async () => {
  const before = residentBytes();
  for (let i = 0; i < 5; i++) {
    for (const [, path, body] of cases) await (await server.post(path, body)).text();
  }
  // 300 MB of text went through; what the collectors and allocators keep is far less.
  await until("memory is given back", () => residentBytes() < before + 100e6);
  expect(await say(server, question("What is the capital of France?"))).toContain("Paris");
});
