import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import type {
  ChatCompletionContentPart,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import { z } from "zod";
import { asks, clientOf, failureOf } from "../support/openai-client.ts";
import { colours, pngOf } from "../support/pictures.ts";
import { type RunningServer, startServer, until } from "../support/server.ts";

let server: RunningServer;
let client: OpenAI;
beforeAll(async () => {
  server = await startServer({ args: ["-t", "1"] });
  client = clientOf(server);
});
afterAll(() => server[Symbol.asyncDispose]());

const capital = "What is the capital of France?";

/** `more` may hold fields that the client's types do not know. */
const answer = (content: string | ChatCompletionContentPart[], more: object = {}) =>
  client.chat.completions.create(asks(content, more) as ChatCompletionCreateParamsNonStreaming);
const stream = (content: string, more: object = {}) =>
  client.chat.completions.create({
    ...asks(content, more),
    stream: true,
  } as ChatCompletionCreateParamsStreaming);
const textOf = ({ choices }: OpenAI.ChatCompletion) => choices[0]?.message.content ?? "";

describe("chat", () => {
  test("answers, and the stream's pieces are the same answer", async () => {
    const whole = await answer(capital);
    expect(textOf(whole)).toContain("Paris");
    expect(whole.choices[0]).toMatchObject({ index: 0, finish_reason: "stop" });
    const pieces: string[] = [];
    for await (const chunk of await stream(capital)) {
      pieces.push(chunk.choices[0]?.delta.content ?? "");
    }
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join("")).toBe(textOf(whole));
  });

  test("the stream helper's events tell the answer as it grows", async () => {
    const helper = client.chat.completions.stream({
      ...asks(capital),
      stream_options: { include_usage: true },
    });
    const snapshots: string[] = [];
    helper.on("content", (_delta, snapshot) => snapshots.push(snapshot));
    const final = await helper.finalChatCompletion();
    expect(snapshots.at(-1)).toBe(textOf(final));
    expect(textOf(final)).toContain("Paris");
    expect(await helper.totalUsage()).toMatchObject({ completion_tokens: expect.any(Number) });
  });

  test("usage comes in the last chunk when asked for, with what the cache had", async () => {
    const usages: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      const chunks: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of await stream(`Repeat: ${"one two ".repeat(20)}`, {
        stream_options: { include_usage: true },
        max_tokens: 2,
      })) {
        chunks.push(chunk);
      }
      expect(chunks.slice(0, -1).every(({ usage }) => !usage)).toBe(true);
      expect(chunks.at(-1)?.choices).toEqual([]);
      usages.push(chunks.at(-1)?.usage);
    }
    const [, again] = usages as OpenAI.CompletionUsage[];
    const { prompt_tokens: nPrompt = 0, prompt_tokens_details: details } = again ?? {};
    expect(details?.cached_tokens).toBe(nPrompt - 1);
    expect(again).toMatchObject({ completion_tokens: 2, total_tokens: nPrompt + 2 });
  });

  test("n answers, and a seed makes them again", async () => {
    const hot = { n: 3, temperature: 3, top_p: 1, min_p: 0, seed: 7, max_tokens: 6 };
    const texts = async () => {
      const { choices } = await answer("Hello!", hot);
      expect(choices.map(({ index }) => index)).toEqual([0, 1, 2]);
      return choices.map(({ message }) => message.content);
    };
    const first = await texts();
    expect(new Set(first).size).toBeGreaterThan(1);
    expect((await texts())[0]).toBe(first[0] ?? null);
  });

  test("stop, max_completion_tokens and logit_bias are obeyed", async () => {
    expect(textOf(await answer(capital, { stop: [" is"] }))).toBe("The capital of France");
    const short = await answer(capital, { max_completion_tokens: 2 });
    expect(short.choices[0]?.finish_reason).toBe("length");
    expect(short.usage?.completion_tokens).toBe(2);
    const { tokens } = (await (await server.post("/tokenize", { content: "The" })).json()) as {
      tokens: number[];
    };
    const biased = { logit_bias: { [tokens[0] ?? -1]: 100 }, max_tokens: 3 };
    expect(textOf(await answer(capital, biased))).toBe("TheTheThe");
  });

  test("logprobs name every token, with as many others as were asked for", async () => {
    const { choices } = await answer(capital, { logprobs: true, top_logprobs: 2 });
    const content = choices[0]?.logprobs?.content ?? [];
    expect(content.map(({ token }) => token).join("")).toContain(
      choices[0]?.message.content ?? "?",
    );
    for (const { token, logprob, bytes, top_logprobs: top } of content) {
      expect(top).toHaveLength(2);
      expect(top[0]).toMatchObject({ token, logprob, bytes });
      expect(logprob).toBeLessThanOrEqual(0);
    }
  });

  test("Ollama's options may come along", async () => {
    const many = { options: { num_predict: 3, stop: ["."] } };
    expect((await answer(capital, many)).usage?.completion_tokens).toBe(3);
    const crowded = answer(`Repeat: ${"one two ".repeat(40)}`, { options: { num_ctx: 32 } });
    expect(await failureOf(crowded)).toMatchObject({ code: "context_length_exceeded" });
  });

  test("keep_alive unloads the model when it is over", async () => {
    for (const over of [{ keep_alive: 0 }, { options: { keep_alive: "0s" } }]) {
      expect(textOf(await answer(capital, over))).toContain("Paris");
      await until("the engine has ended", () => server.engines().length === 0);
    }
  });
});

describe("structured output", () => {
  test("the parse helper gets what its Zod schema describes", async () => {
    const City = z.object({ city: z.string(), country: z.enum(["France", "Italy"]) });
    const { choices } = await client.chat.completions.parse({
      ...asks(capital),
      response_format: zodResponseFormat(City, "city"),
    });
    expect(choices[0]?.message.parsed).toEqual({
      city: expect.any(String),
      country: expect.stringMatching(/^(France|Italy)$/),
    });
  });

  test("json_object is an object", async () => {
    const { choices } = await answer(capital, {
      response_format: { type: "json_object", schema: { properties: { a: { type: "integer" } } } },
    });
    expect(JSON.parse(choices[0]?.message.content ?? "")).toBeObject();
  });
});

const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const weather = {
  type: "function" as const,
  function: { name: "get_weather", description: "Get the weather of a city", parameters },
};
const sunny = '{"temperature": 21, "condition": "sunny"}';

describe("tools", () => {
  const wantsWeather = asks("What is the weather in Paris?", { tools: [weather] });

  test("a call, its result, the answer", async () => {
    const { choices } = await client.chat.completions.create(wantsWeather);
    const message = choices[0]?.message;
    expect(choices[0]?.finish_reason).toBe("tool_calls");
    const [call] = message?.tool_calls ?? [];
    if (!message || call?.type !== "function") throw new Error("there is no call");
    expect(call.function.name).toBe("get_weather");
    expect(JSON.parse(call.function.arguments)).toEqual({ city: "Paris" });
    const messages: ChatCompletionMessageParam[] = [
      ...wantsWeather.messages,
      message,
      { role: "tool", tool_call_id: call.id, content: sunny },
    ];
    const after = await client.chat.completions.create({ ...wantsWeather, messages });
    expect(textOf(after)).toContain("21");
  });

  test("streamed, the helper puts the call together", async () => {
    const helper = client.chat.completions.stream(wantsWeather);
    const done: unknown[] = [];
    helper.on("tool_calls.function.arguments.done", ({ name, arguments: text }) =>
      done.push([name, JSON.parse(text)]),
    );
    const { choices } = await helper.finalChatCompletion();
    expect(done).toEqual([["get_weather", { city: "Paris" }]]);
    expect(choices[0]?.finish_reason).toBe("tool_calls");
  });

  test("runTools calls the function itself and gives its result back", async () => {
    const asked: unknown[] = [];
    const runner = client.chat.completions.runTools({
      ...asks("What is the weather in Paris?"),
      tools: [
        {
          type: "function",
          function: {
            ...weather.function,
            parse: JSON.parse,
            function: (args: object) => {
              asked.push(args);
              return sunny;
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toContain("21");
    expect(asked).toEqual([{ city: "Paris" }]);
  });

  test("tool_choice none, required and by name; one call at a time", async () => {
    const other = { ...weather, function: { ...weather.function, name: "get_time" } };
    const called = async (choice: unknown) => {
      const { choices } = await answer("What is the weather in Paris?", {
        tools: [other, weather],
        tool_choice: choice,
        parallel_tool_calls: false,
      });
      const calls = choices[0]?.message.tool_calls ?? [];
      return calls.map((call) => call.type === "function" && call.function.name);
    };
    expect(await called("none")).toEqual([]);
    expect(await called("required")).toHaveLength(1);
    const named = (name: string) => ({ type: "function", function: { name } });
    expect(await called(named("get_time"))).toEqual(["get_time"]);
    expect(await called(named("get_weather"))).toEqual(["get_weather"]);
  });

  test("a call that must come comes at once, whatever was asked", async () => {
    for (const choice of ["required", { type: "function", function: { name: "get_weather" } }]) {
      const { choices } = await answer(capital, { tools: [weather], tool_choice: choice });
      expect(choices[0]?.message).toMatchObject({
        content: null,
        tool_calls: [{ function: { name: "get_weather" } }],
      });
    }
  });

  test("a choice that cannot be is a BadRequestError that names the field", async () => {
    const choice = { type: "function", function: { name: "no" } };
    const failure = await failureOf(answer("Hi", { tools: [weather], tool_choice: choice }));
    expect(failure).toBeInstanceOf(OpenAI.BadRequestError);
    expect(failure).toMatchObject({ status: 400, param: "tool_choice" });
  });
});

describe("pictures", () => {
  const red = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
  const blue = pngOf({ shape: "square", colour: colours.blue, background: colours.white });
  const picture = (url: string) => ({ type: "image_url" as const, image_url: { url } });
  const what = { type: "text" as const, text: "What is in this image?" };

  test.each([
    ["a data URL", `data:image/png;base64,${red}`],
    ["bare base64, as Nitro's guide has it", red],
  ])("%s", async (_, url) => {
    expect(textOf(await answer([what, picture(url)]))).toMatch(/red circle/);
  });

  test("two of them", async () => {
    const one = await answer([what, picture(red)]);
    const two = await answer([what, picture(red), picture(blue)]);
    const three = await answer([what, picture(red), picture(blue), picture(red)]);
    const nTokens = [one, two, three].map(({ usage }) => usage?.prompt_tokens ?? 0);
    const [a = 0, b = 0, c = 0] = nTokens;
    expect(b - a).toBe(c - b);
    expect(b - a).toBeGreaterThan(0);
  });
});
