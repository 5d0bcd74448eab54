import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Ollama } from "ollama";
import { colours, pngOf } from "../../support/pictures.ts";
import { type RunningServer, startServer, until } from "../../support/server.ts";

/** The official client's methods that make a model work; client-models.test.ts has the others. */
let server: RunningServer;
let client: Ollama;
beforeAll(async () => {
  server = await startServer({ args: ["-t", "1"] });
  client = new Ollama({ host: server.url });
});
afterAll(() => server[Symbol.asyncDispose]());

const model = "tiny";
const options = { temperature: 0 };
const prompt = "What is the capital of France?";
const paris = "The capital of France is Paris.";
const messages = [{ role: "user", content: prompt }];
const circle = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
const endless = { temperature: 0, num_predict: 2000, ignore_eos: true };

async function read<Part extends object>(stream: AsyncIterable<Part>): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

describe("generate", () => {
  test("whole", async () => {
    const answer = await client.generate({ model, prompt, options });
    expect(answer).toMatchObject({ response: paris, done: true, done_reason: "stop" });
    expect(answer.context.length).toBe(answer.prompt_eval_count + answer.eval_count);
  });

  test("streamed", async () => {
    const parts = await read(await client.generate({ model, prompt, options, stream: true }));
    expect(parts.map(({ response }) => response).join("")).toBe(paris);
    expect(parts.at(-1)).toMatchObject({ done: true, eval_count: expect.any(Number) });
  });

  test("with a system message, a context and logprobs", async () => {
    const { context } = await client.generate({ model, prompt, options, system: "Be kind." });
    const asked = { model, prompt, options, context, logprobs: true, top_logprobs: 2 };
    const { response, logprobs } = await client.generate(asked);
    expect(response).toBe(paris);
    expect(logprobs?.map(({ token }) => token).join("")).toBe(paris);
    expect(logprobs?.[0]?.top_logprobs).toHaveLength(2);
  });

  test("with pictures as bytes and as base64", async () => {
    const seen = { model, prompt: "What colour is the circle?", options };
    const bytes = await client.generate({ ...seen, images: [Uint8Array.fromBase64(circle)] });
    expect(bytes.response).toMatch(/red/i);
    const text = await client.generate({ ...seen, images: [circle] });
    expect(text.response).toBe(bytes.response);
  });

  test("raw, and with a format", async () => {
    const text = `<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n`;
    expect((await client.generate({ model, prompt: text, raw: true, options })).response).toBe(
      paris,
    );
    const format = {
      type: "object",
      properties: { capital: { type: "string", enum: ["Paris"] } },
      required: ["capital"],
    };
    const { response } = await client.generate({ model, prompt, format, options });
    expect(JSON.parse(response ?? "")).toEqual({ capital: "Paris" });
  });

  test("loads and unloads", async () => {
    const load = await client.generate({ model, prompt: "" });
    expect(load).toMatchObject({ done: true, done_reason: "load" });
    const unload = await client.generate({ model, prompt: "", keep_alive: 0 });
    expect(unload).toMatchObject({ done: true, done_reason: "unload" });
    await until("the engine has ended", () => server.engines().length === 0);
  });
});

describe("chat", () => {
  test("whole", async () => {
    const answer = await client.chat({ model, messages, options });
    expect(answer.message).toEqual({ role: "assistant", content: paris });
    expect(new Date(answer.created_at).getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  test("streamed, with history", async () => {
    const first = await client.chat({ model, messages, options });
    const italy = { role: "user", content: "What is the capital of Italy?" };
    const all = [...messages, first.message, italy];
    const parts = await read(await client.chat({ model, messages: all, options, stream: true }));
    const text = parts.map(({ message }) => message.content).join("");
    expect(text).toBe("The capital of Italy is Rome.");
  });

  test("with pictures as bytes and as base64", async () => {
    const look = (images: string[] | Uint8Array[]) =>
      client.chat({
        model,
        options,
        messages: [{ role: "user", content: "What colour is the circle?", images }],
      });
    const bytes = await look([Uint8Array.fromBase64(circle)]);
    expect(bytes.message.content).toMatch(/red/i);
    expect((await look([circle])).message).toEqual(bytes.message);
  });

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
  const asked = { role: "user", content: "What is the weather in Paris?" };

  test("with tools", async () => {
    const { message } = await client.chat({ model, messages: [asked], tools, options });
    const [call] = message.tool_calls ?? [];
    expect(call?.function).toMatchObject({ name: "get_weather", arguments: { city: "Paris" } });
    const content = '{"temperature": 21, "condition": "sunny"}';
    const result = { role: "tool", tool_name: "get_weather", content };
    const next = await client.chat({ model, messages: [asked, message, result], tools, options });
    expect(next.message.content).toContain("21");
  });

  test("with tools, streamed", async () => {
    const body = { model, messages: [asked], tools, options, stream: true as const };
    const parts = await read(await client.chat(body));
    const calls = parts.flatMap(({ message }) => message.tool_calls ?? []);
    expect(calls.map((call) => call.function.arguments)).toEqual([{ city: "Paris" }]);
  });

  test("with think, where the model can, and with think false", async () => {
    const thoughtful = await client.chat({ model, messages, think: true, options });
    expect(thoughtful.message).toMatchObject({ content: paris, thinking: expect.any(String) });
    const { message } = await client.chat({ model, messages, think: false, options });
    expect(message).toEqual({ role: "assistant", content: paris });
  });

  test("loads and unloads", async () => {
    expect(await client.chat({ model })).toMatchObject({ done_reason: "load" });
    expect(await client.chat({ model, keep_alive: 0 })).toMatchObject({ done_reason: "unload" });
    await until("the engine has ended", () => server.engines().length === 0);
  });
});

describe("abort", () => {
  const nBusy = async () => {
    const slots = (await (await fetch(`${server.url}/slots`)).json()) as {
      is_processing: boolean;
    }[];
    return slots.filter(({ is_processing: busy }) => busy).length;
  };

  test("one stream ends in the middle, and its slot is free; another goes on", async () => {
    const one = await client.generate({ model, prompt, options: endless, stream: true });
    const other = await client.chat({ model, messages, options: endless, stream: true });
    let nParts = 0;
    const reading = (async () => {
      for await (const _ of one) {
        nParts++;
        if (nParts === 3) one.abort();
      }
    })();
    await expect(reading).rejects.toThrow(/abort/i);
    expect(nParts).toBeLessThan(200);
    await until("the other alone is left", async () => (await nBusy()) === 1);
    other.abort();
    await until("nothing runs", async () => (await nBusy()) === 0);
  });

  test("all streams of a client end with it", async () => {
    const streams = await Promise.all(
      [0, 1].map(() => client.generate({ model, prompt, options: endless, stream: true })),
    );
    const reading = streams.map((stream) => read(stream));
    const ends = Promise.allSettled(reading);
    client.abort();
    expect((await ends).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await until("nothing runs", async () => (await nBusy()) === 0);
  });
});

describe("errors are the client's own", () => {
  test("of an unknown model", async () => {
    await expect(client.chat({ model: "nope", messages })).rejects.toMatchObject({
      name: "ResponseError",
      status_code: 404,
      error: "model 'nope' not found",
    });
  });

  test("before a stream begins", async () => {
    const stream = client.chat({ model: "nope", messages, stream: true });
    await expect(stream).rejects.toMatchObject({ status_code: 404 });
  });
});

describe("embeddings", () => {
  test("embed: several inputs, cut vectors", async () => {
    const answer = await client.embed({ model, input: ["Hello", prompt], dimensions: 8 });
    expect(answer.embeddings.map((vector) => vector.length)).toEqual([8, 8]);
    expect(answer.prompt_eval_count).toBeGreaterThan(2);
  });

  test("embed: truncate", async () => {
    const long = { model, input: "hello ".repeat(5000) };
    expect((await client.embed(long)).embeddings).toHaveLength(1);
    await expect(client.embed({ ...long, truncate: false })).rejects.toThrow(
      "the input length exceeds the context length",
    );
  });

  test("embeddings", async () => {
    const { embedding } = await client.embeddings({ model, prompt });
    const { embeddings } = await client.embed({ model, input: prompt });
    expect(embedding).toEqual(embeddings[0] ?? []);
  });
});
