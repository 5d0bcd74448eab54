import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import type { ResponseStreamEvent } from "openai/resources/responses/responses";
import { z } from "zod";
import { colours, pngOf } from "../support/pictures.ts";
import { type RunningServer, startServer, temporaryDir, until } from "../support/server.ts";

const model = "tiny";
const clientOf = ({ url }: RunningServer) =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });

/** The error that a call of the client ends with. */
async function failureOf(
  call: PromiseLike<unknown>,
): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error = await Promise.resolve(call).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof OpenAI.APIError) return error;
  throw new Error(`expected an APIError, not ${error}`);
}

let server: RunningServer;
let client: OpenAI;
beforeAll(async () => {
  server = await startServer();
  client = clientOf(server);
});
afterAll(() => server[Symbol.asyncDispose]());

const ask = (
  input: string,
  more: Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming> = {},
) => client.responses.create({ model, input, temperature: 0, ...more });

describe("the official client", () => {
  test("gets an answer", async () => {
    const answer = await ask("What is the capital of France?");
    expect(answer.output_text).toContain("Paris");
    expect(answer).toMatchObject({ status: "completed", model, error: null, temperature: 0 });
    expect(answer.usage?.total_tokens).toBeGreaterThan(10);
  });

  test("streams it, with events that make up the same answer", async () => {
    const stream = client.responses.stream({
      model,
      input: "What is the capital of France?",
      temperature: 0,
    });
    const events: ResponseStreamEvent[] = [];
    for await (const event of stream) events.push(event);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual([...events.keys()]);
    const text = events.map((event) =>
      event.type === "response.output_text.delta" ? event.delta : "",
    );
    const answer = await stream.finalResponse();
    expect(answer.output_text).toBe(text.join(""));
    expect(answer.output_text).toBe((await ask("What is the capital of France?")).output_text);
  });

  test("parses what a schema demands", async () => {
    const place = z.object({ country: z.string(), capital: z.string() });
    const answer = await client.responses.parse({
      model,
      input: "What is the capital of France?",
      temperature: 0,
      text: { format: zodTextFormat(place, "place") },
    });
    expect(answer.output_parsed).toEqual({ country: "France", capital: "Paris" });
  });

  test("shows a picture", async () => {
    const picture = { shape: "circle", colour: colours.red, background: colours.white } as const;
    const answer = await client.responses.create({
      model,
      temperature: 0,
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "What is in this image?" },
            {
              type: "input_image",
              detail: "auto",
              image_url: `data:image/png;base64,${pngOf(picture)}`,
            },
          ],
        },
      ],
    });
    expect(answer.output_text).toMatch(/red circle/);
  });

  test("counts the tokens of an input", async () => {
    const input = "What is the capital of France?";
    const { input_tokens } = await client.responses.inputTokens.count({ model, input });
    expect(input_tokens).toBe((await ask(input)).usage?.input_tokens as number);
  });

  test("goes on with a conversation, whose beginning is cached", async () => {
    const one = await ask("My name is Anna.");
    const two = await ask("What is my name?", { previous_response_id: one.id });
    expect(two.output_text).toContain("Anna");
    expect(two.usage?.input_tokens_details.cached_tokens).toBeGreaterThan(
      one.usage?.input_tokens as number,
    );
  });
});

describe("a tool", () => {
  const tools: OpenAI.Responses.FunctionTool[] = [
    {
      type: "function",
      name: "get_weather",
      description: "Get the weather of a city",
      parameters: {
        type: "object",
        properties: { city: { type: "string" } },
        required: ["city"],
        additionalProperties: false,
      },
      strict: true,
    },
  ];

  test("is called, and its output alone leads to the answer", async () => {
    const one = await ask("What is the weather in Paris?", { tools });
    const [call] = one.output;
    if (call?.type !== "function_call") throw new Error(`not a call: ${JSON.stringify(call)}`);
    expect([call.name, JSON.parse(call.arguments)]).toEqual(["get_weather", { city: "Paris" }]);
    const output = '{"temperature": 21, "condition": "sunny"}';
    const two = await client.responses.create({
      model,
      temperature: 0,
      tools,
      previous_response_id: one.id,
      input: [{ type: "function_call_output", call_id: call.call_id, output }],
    });
    expect(two.output_text).toContain("21");
    const { data } = await client.responses.inputItems.list(two.id, { order: "asc" });
    expect(data.map(({ type }) => type)).toEqual([
      "message",
      "function_call",
      "function_call_output",
    ]);
  });

  test("is called in a stream as well", async () => {
    const input = "What is the weather in Paris?";
    const stream = client.responses.stream({ model, input, temperature: 0, tools });
    const { output } = await stream.finalResponse();
    expect(output).toMatchObject([
      { type: "function_call", parsed_arguments: { city: "Paris" }, status: "completed" },
    ]);
  });
});

describe("an answer that was kept", () => {
  test("is retrieved, streamed again, listed and deleted", async () => {
    const { id, output, output_text } = await ask("What is the capital of France?");
    expect(await client.responses.retrieve(id)).toMatchObject({ id, output, output_text } as never);
    const replay = client.responses.stream({ response_id: id });
    expect((await replay.finalResponse()).output_text).toBe(output_text);
    const items = [];
    for await (const item of client.responses.inputItems.list(id, { limit: 1 })) items.push(item);
    expect(items).toMatchObject([{ type: "message", role: "user" }]);
    await client.responses.delete(id);
    const lost = await failureOf(client.responses.retrieve(id));
    expect(lost).toBeInstanceOf(OpenAI.NotFoundError);
    expect(lost.message).toContain(`Response with id '${id}' not found`);
  });

  test("is not there when it should not be", async () => {
    const answer = await ask("Hello!", { store: false });
    expect(answer).toMatchObject({ store: false } as never);
    expect(await failureOf(client.responses.retrieve(answer.id))).toBeInstanceOf(
      OpenAI.NotFoundError,
    );
  });

  test("has items that others refer to", async () => {
    const one = await ask("My name is Anna.");
    const { data } = await client.responses.inputItems.list(one.id);
    const two = await client.responses.create({
      model,
      temperature: 0,
      input: [
        { type: "item_reference", id: data[0]?.id as string },
        { type: "item_reference", id: one.output[0]?.id as string },
        { role: "user", content: "What is my name?" },
      ],
    });
    expect(two.output_text).toContain("Anna");
  });
});

describe("the client's error classes", () => {
  test.each([
    ["an unknown conversation", { previous_response_id: "resp_x" }, "previous_response_id"],
    ["a bad field", { max_output_tokens: 0 }, "max_output_tokens"],
    ["what is not there", { background: true }, "background"],
  ])("tell of %s", async (_, body, param) => {
    const error = await failureOf(ask("Hello!", body));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error.param).toBe(param);
  });

  test("tell of a model that is not there", async () => {
    const error = await failureOf(ask("Hello!", { model: "nobody/nothing" }));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error.param).toBe("model");
  });

  test("tell of a code by which a lost conversation is known", async () => {
    const error = await failureOf(ask("Hello!", { previous_response_id: "resp_x" }));
    expect(error.code).toBe("previous_response_not_found");
  });

  test("tell of a prompt that is too long, unless it is to be made to fit", async () => {
    const long = "What is the capital of France? ".repeat(3000);
    const input: OpenAI.Responses.ResponseInput = [
      { role: "user", content: long },
      { role: "assistant", content: "Paris." },
      { role: "user", content: "What is the capital of France?" },
    ];
    const create = (truncation: "auto" | "disabled") =>
      client.responses.create({ model, input, temperature: 0, truncation });
    const error = await failureOf(create("disabled"));
    expect([error.status, error.code]).toEqual([400, "context_length_exceeded"]);
    expect((await create("auto")).output_text).toContain("Paris");
  });
});

/** An answer that does not end by itself in a test's time. */
const endless = {
  model,
  input: "Hello!",
  ignore_eos: true,
  max_output_tokens: 100_000,
} as OpenAI.Responses.ResponseCreateParamsNonStreaming;

const isBusy = async ({ url }: RunningServer) => {
  const slots = (await (await fetch(`${url}/slots`)).json()) as { is_processing: boolean }[];
  return slots.some(({ is_processing }) => is_processing);
};

test("a client that leaves in mid-stream frees its slot, and nothing is kept", async () => {
  const stream = await client.responses.create({ ...endless, stream: true });
  let id = "";
  for await (const event of stream) {
    if (event.type === "response.created") id = event.response.id;
    if (event.type === "response.output_text.delta") break; // which hangs up
  }
  await until("no slot is busy", async () => !(await isBusy(server)));
  expect(await failureOf(client.responses.retrieve(id))).toBeInstanceOf(OpenAI.NotFoundError);
});

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended since it was listed
  }
}

test("an engine that dies in mid-stream is told to both kinds of readers", async () => {
  await using own = await startServer();
  const mine = clientOf(own);
  const kill = () => own.engines().forEach(end);
  const types: string[] = [];
  const plain = async () => {
    for await (const event of await mine.responses.create({ ...endless, stream: true })) {
      types.push(event.type);
      if (event.type === "response.output_text.delta" && own.engines().length > 0) kill();
    }
  };
  expect((await failureOf(plain())).code).toBe("engine_crashed");
  expect(types.at(-1)).toBe("response.failed");
  const stream = mine.responses.stream({ ...endless, stream: true } as never);
  stream.on("response.output_text.delta", kill);
  const failed: string[] = [];
  stream.on("response.failed", ({ response }) => void failed.push(response.error?.code ?? ""));
  expect((await failureOf(stream.finalResponse())).code).toBe("engine_crashed");
  expect(failed).toEqual(["server_error"]);
});

describe("the file of answers", () => {
  test("outlives the server, and is nobody else's to read", async () => {
    using home = temporaryDir();
    const once = async <T>(work: (own: OpenAI) => Promise<T>): Promise<T> => {
      await using own = await startServer({ home: home.path });
      return await work(clientOf(own));
    };
    const input = "My name is Anna.";
    const { id } = await once((own) => own.responses.create({ model, input, temperature: 0 }));
    const { mode } = await Bun.file(join(home.path, ".hutch", "responses.sqlite")).stat();
    expect(mode & 0o777).toBe(0o600);
    const two = await once((own) =>
      own.responses.create({
        model,
        input: "What is my name?",
        previous_response_id: id,
        temperature: 0,
      }),
    );
    expect(two.output_text).toContain("Anna");
  });

  test("is kept within its size: the oldest answers go", async () => {
    await using own = await startServer({ args: ["--responses-size", "1"] });
    const mine = clientOf(own);
    const metadata = { text: "x".repeat(500) };
    const create = (note: string) =>
      mine.responses.create({
        model,
        input: [
          {
            type: "reasoning",
            id: `rs_${note}`,
            summary: [],
            encrypted_content: "x".repeat(400_000),
          },
          { role: "user", content: "Hello!" },
        ],
        max_output_tokens: 1,
        metadata,
      });
    const [one, two, three] = [await create("1"), await create("2"), await create("3")];
    expect(await failureOf(mine.responses.retrieve(one.id))).toBeInstanceOf(OpenAI.NotFoundError);
    expect((await mine.responses.retrieve(two.id)).metadata).toEqual(metadata);
    expect((await mine.responses.retrieve(three.id)).id).toBe(three.id);
  });

  test("that is damaged costs nobody an answer", async () => {
    using dir = temporaryDir();
    const path = join(dir.path, "broken.sqlite");
    writeFileSync(path, "this is no database".repeat(100));
    await using own = await startServer({ args: ["--responses-file", path] });
    const mine = clientOf(own);
    const answer = await mine.responses.create({ model, input: "Hello!", max_output_tokens: 1 });
    expect(answer).toMatchObject({ store: false, warning: expect.stringContaining(path) } as never);
    const error = await failureOf(mine.responses.retrieve(answer.id));
    expect([error.status, error.message]).toEqual([500, expect.stringContaining(path)]);
  });
});
