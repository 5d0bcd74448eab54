import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { bmpOf, colours, jpegOf, pngOf } from "../support/pictures.ts";
import {
  ask,
  jsonOf,
  question,
  type RunningServer,
  say,
  sseEvents,
  startServer,
  streamedText,
} from "../support/server.ts";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const chat = "/v1/chat/completions";
const golden = (name: string) =>
  Bun.file(join(import.meta.dir, "../golden/seed-000", `${name}.json`)).text();

describe("the requests of seed 000, as they stand", () => {
  test.each(["without-pictures", "with-pictures"])("%s", async (name) => {
    const response = await server.post(chat, await golden(name));
    expect(response.status).toBe(200);
    const answer = await jsonOf(response);
    expect(answer).toMatchObject({
      object: "chat.completion",
      model: "tiny",
      choices: [
        { index: 0, logprobs: null, finish_reason: "stop", message: { role: "assistant" } },
      ],
      usage: { completion_tokens_details: { reasoning_tokens: 0 } },
    });
    const { id, created, system_fingerprint, usage, choices } = answer;
    expect([typeof id, typeof created, typeof system_fingerprint]).toEqual([
      "string",
      "number",
      "string",
    ]);
    expect(choices[0]?.message.content?.length).toBeGreaterThan(0);
    expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
    expect(usage.prompt_tokens).toBeGreaterThan(10);
  });

  test("streamed: role first, then text, then an empty delta with the reason, then [DONE]", async () => {
    const body = { ...JSON.parse(await golden("without-pictures")), stream: true, temperature: 0 };
    const events = sseEvents(await (await server.post(chat, body)).text()) as never[];
    expect(events[0]).toMatchObject({
      object: "chat.completion.chunk",
      model: "tiny",
      choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }],
    });
    expect(events.at(-2)).toMatchObject({ choices: [{ delta: {}, finish_reason: "stop" }] });
    expect(events.at(-1)).toBe("[DONE]" as never);
    const whole = await say(server, { ...body, stream: false });
    expect(await streamedText(await server.post(chat, body))).toBe(whole);
  });
});

test("the README's example answers as the README says", async () => {
  const readme = await Bun.file(join(import.meta.dir, "../../README.md")).text();
  const body = /curl \S+\/v1\/chat\/completions .*? -d '(\{.*?\})'/s.exec(readme)?.[1] ?? "";
  const shown = /"content": "(.*?)"\}/.exec(readme.slice(readme.indexOf(body) + body.length))?.[1];
  const response = await server.post(chat, body);
  expect((await jsonOf(response)).choices[0]?.message.content).toBe(shown ?? "not in the README");
});

describe("chat", () => {
  test.each([
    ["What is the capital of France?", "Paris"],
    ["What is 7 + 5?", "12"],
    ["Hello!", "Hello"],
  ])("%s → %s", async (text, expected) => {
    expect(await say(server, question(text))).toContain(expected);
  });

  test("remembers what was said, and obeys a system prompt", async () => {
    const messages = [
      { role: "user", content: "My name is Anna." },
      { role: "assistant", content: "Nice to meet you, Anna!" },
      { role: "user", content: "What is my name?" },
    ];
    expect(await say(server, { messages, temperature: 0 })).toContain("Anna");
    const loud = [
      { role: "system", content: "Answer in capital letters." },
      { role: "user", content: "What is the capital of France?" },
    ];
    expect(await say(server, { messages: loud, temperature: 0 })).toMatch(/PARIS/);
  });

  test("the same seed gives the same text, different seeds differ", async () => {
    const hot = (seed: number) =>
      say(server, question("Hello!", { temperature: 3, top_p: 1, min_p: 0, seed, max_tokens: 8 }));
    expect(await hot(5)).toBe(await hot(5));
    expect(new Set(await Promise.all([1, 2, 3, 4, 5].map(hot))).size).toBeGreaterThan(1);
  });

  test("stop texts end the answer and are not in it", async () => {
    const text = await say(server, question("What is the capital of France?", { stop: [" is"] }));
    expect(text).toBe("The capital of France");
  });

  test("max_tokens ends the answer with finish_reason length", async () => {
    const { choices, usage } = await ask(server, question("Hello!", { max_tokens: 2 }));
    expect([choices[0]?.finish_reason, usage.completion_tokens]).toEqual(["length", 2]);
  });

  test("JSON on request, by schema and by grammar", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string", maxLength: 20 } }, // it never ends it by itself
      required: ["city"],
      additionalProperties: false,
    };
    const response_format = { type: "json_schema", json_schema: { name: "x", schema } };
    const text = await say(server, question("What is the capital of France?", { response_format }));
    expect(JSON.parse(text)).toEqual({ city: expect.any(String) });
    const grammar = 'root ::= "yes" | "no"';
    expect(await say(server, question("Hello!", { grammar }))).toMatch(/^(yes|no)$/);
  });

  test("the second request with the same beginning takes it from the prefix cache", async () => {
    const body = question(`Repeat after me: ${"one two three ".repeat(20)}`, { max_tokens: 1 });
    await ask(server, body);
    const { usage } = await ask(server, body);
    expect(usage.prompt_tokens_details.cached_tokens).toBe(usage.prompt_tokens - 1);
  });
});

describe("tools", () => {
  const tools = [
    {
      type: "function",
      function: {
        name: "get_weather",
        description: "Get the weather of a city",
        parameters: {
          type: "object",
          properties: { city: { type: "string" } },
          required: ["city"],
        },
      },
    },
  ];
  const body = question("What is the weather in Paris?", { tools });

  test("a call comes out parsed, and its result turns into an answer", async () => {
    const { choices } = await ask(server, body);
    const { message, finish_reason } = choices[0]!;
    expect([message.content, finish_reason]).toEqual([null, "tool_calls"]);
    const call = message.tool_calls![0]!;
    expect([call.function.name, JSON.parse(call.function.arguments)]).toEqual([
      "get_weather",
      { city: "Paris" },
    ]);
    const messages = [
      ...body.messages,
      message,
      { role: "tool", tool_call_id: call.id, content: '{"temperature": 21, "condition": "sunny"}' },
    ];
    expect(await say(server, { messages, tools, temperature: 0 })).toContain("21");
  });

  test("streamed, the pieces make the same call", async () => {
    const events = sseEvents(
      await (await server.post(chat, { ...body, stream: true })).text(),
    ) as unknown as {
      choices: { delta: { tool_calls?: { function: { name?: string; arguments?: string } }[] } }[];
    }[];
    const pieces = events.flatMap((event) => event.choices?.[0]?.delta.tool_calls ?? []);
    expect(pieces[0]?.function.name).toBe("get_weather");
    const text = pieces.map((piece) => piece.function.arguments ?? "").join("");
    expect(JSON.parse(text)).toEqual({ city: "Paris" });
  });

  test("no call when none is needed, or when none is allowed", async () => {
    expect(await say(server, question("What is the capital of France?", { tools }))).toContain(
      "Paris",
    );
    const { choices } = await ask(server, { ...body, tool_choice: "none" });
    expect(choices[0]?.message.tool_calls).toBeUndefined();
  });
});

describe("pictures", () => {
  const redCircle = { shape: "circle", colour: colours.red, background: colours.white } as const;
  const blueSquare = { shape: "square", colour: colours.blue, background: colours.yellow } as const;
  const withImages = (content: string, images: string[]) => ({
    messages: [{ role: "user", content, images }],
    temperature: 0,
  });

  test.each([
    ["PNG", pngOf],
    ["JPEG", jpegOf],
    ["BMP", bmpOf],
  ])("%s: a red circle is called red and a circle", async (_, encode) => {
    const text = await say(server, withImages("What is in this image?", [encode(redCircle)]));
    expect(text).toMatch(/red circle/);
    expect(await say(server, withImages("What is in this image?", [encode(blueSquare)]))).toMatch(
      /blue square/,
    );
  });

  test("OpenAI's content parts with a data URL say the same", async () => {
    const content = [
      { type: "text", text: "What is in this image?" },
      { type: "image_url", image_url: { url: `data:image/png;base64,${pngOf(redCircle)}` } },
    ];
    expect(await say(server, question(content))).toMatch(/red circle/);
  });

  test("a picture in the history is still seen", async () => {
    const messages = [
      { role: "user", content: "What is in this image?", images: [pngOf(redCircle)] },
      { role: "assistant", content: "The image shows a red circle on a white background." },
      { role: "user", content: "What color is it?" },
    ];
    expect(await say(server, { messages, temperature: 0 })).toContain("red");
  });

  test("several pictures take several places, in order, and the cache tells them apart", async () => {
    const count = async (images: string[]) =>
      (await ask(server, withImages("What is in this image?", images))).usage.prompt_tokens;
    const [red, blue] = [pngOf(redCircle), pngOf(blueSquare)];
    const [one, two, three] = [
      await count([red]),
      await count([red, blue]),
      await count([red, blue, red]),
    ];
    expect(two - one).toBe(three - two);
    expect(two - one).toBeGreaterThanOrEqual(16);
    // Begins like a cached prompt, but its second picture is another one.
    const swapped = await ask(server, withImages("What is in this image?", [red, red]));
    expect(swapped.usage.prompt_tokens_details.cached_tokens).toBeLessThan(two - (two - one));
  });

  test("Ollama's form sees too", async () => {
    const body = { model: "tiny", stream: false, options: { temperature: 0 } };
    const messages = [
      { role: "user", content: "What is in this image?", images: [pngOf(redCircle)] },
    ];
    const response = await server.post("/api/chat", { ...body, messages });
    expect((await jsonOf(response)).message.content).toMatch(/red circle/);
  });
});

describe("many at once", () => {
  test("16 concurrent streams answer as each would alone", async () => {
    const bodies = [
      ...["France", "Italy", "Spain", "Germany", "Japan", "Egypt"].map(
        (c) => `What is the capital of ${c}?`,
      ),
      ...[1, 2, 3, 4, 5].map((n) => `What is ${n} + ${n + 2}?`),
      "Hello!",
      "Who are you?",
      "What color is the sky?",
      "Tell me a story about a cat.",
      "My name is Anna. What is my name?",
    ].map((text) => question(text, { stream: true, max_tokens: 60 }));
    expect(bodies).toHaveLength(16);
    const stream = async (body: object) => streamedText(await server.post(chat, body));
    const alone: string[] = [];
    for (const body of bodies) alone.push(await stream({ ...body, cache_prompt: false }));
    expect(alone.every((text) => text.length > 0)).toBe(true);
    expect(await Promise.all(bodies.map(stream))).toEqual(alone);
  });

  test("far more requests than run at once are all answered", async () => {
    // Of these the model is sure: a near tie would be decided by who shares a batch.
    const countries = "France Germany Italy Spain Japan Portugal Greece Austria Poland".split(" ");
    const ask9 = (i: number) =>
      say(server, question(`What is the capital of ${countries[i % 9]}?`));
    const alone: string[] = [];
    for (let i = 0; i < 9; i++) alone.push(await ask9(i));
    const answers = await Promise.all(Array.from({ length: 48 }, (_, i) => ask9(i)));
    expect(answers).toEqual(Array.from({ length: 48 }, (_, i) => alone[i % 9] ?? ""));
  });
});

describe("the other dialects", () => {
  test("POST /completion", async () => {
    const body = {
      prompt: "<|im_start|>user\nHello!<|im_end|>\n<|im_start|>assistant\n",
      temperature: 0,
    };
    const whole = await jsonOf(await server.post("/completion", body));
    expect(whole).toMatchObject({ stop: true, stop_type: "eos", model: "tiny" });
    expect(whole.content).toContain("Hello");
    const streamed = await (await server.post("/completion", { ...body, stream: true })).text();
    const events = sseEvents(streamed) as { content: string; stop: boolean }[];
    expect(events.map((event) => event.content).join("")).toBe(whole.content);
    expect(events.at(-1)?.stop).toBe(true);
  });

  test("POST /api/chat streams NDJSON by default", async () => {
    const messages = [{ role: "user", content: "What is the capital of France?" }];
    const body = { model: "tiny", messages, options: { temperature: 0 } };
    const lines = (await (await server.post("/api/chat", body)).text()).trim().split("\n");
    const events = lines.map((line) => JSON.parse(line));
    expect(events.map((event) => event.message.content).join("")).toContain("Paris");
    expect(events.at(-1)).toMatchObject({ done: true, done_reason: "stop" });
  });

  test("GET /v1/models and /health", async () => {
    const models = await jsonOf(await fetch(`${server.url}/v1/models`));
    expect(models.data.map((model: { id: string }) => model.id)).toEqual(["tiny"]);
    expect(await jsonOf(await fetch(`${server.url}/health`))).toMatchObject({ status: "ok" });
  });
});
