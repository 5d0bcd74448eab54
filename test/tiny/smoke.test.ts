import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { basename, join } from "node:path";
import { readGguf } from "../../scripts/gguf/read.ts";
import { outputOf } from "../../scripts/program.ts";
import { post, startLlamaServer } from "../support/llamacpp.ts";
import { colours, pngOf } from "../support/pictures.ts";
import type { RunningServer } from "../support/server.ts";

/** What a training of a minute made: it says nothing that makes sense, but in the right form. */
const training = process.env.HUTCH_TINY_TRAINING ?? "";
const [model, mmproj, pirate] = ["tiny-text.gguf", "tiny-mmproj.gguf", "tiny-pirate.gguf"].map(
  (name) => join(training, name),
);
const nPatches = 36;

/** What test/tiny/rendered.py says of a conversation. */
interface Rendered {
  kind: string;
  /** None: it is code with a gap. */
  request?: object;
  prompt?: string;
  text: string;
  tokens: number[];
}

/** What test/tiny/predicted.py says of a picture. */
interface Predicted {
  url: string;
  question: string;
  likely: Record<string, number>;
}

/** What a program beside this file tells of the training. */
async function told(program: string) {
  const script = join(import.meta.dir, program);
  return JSON.parse(
    await outputOf([process.env.HUTCH_PYTHON ?? "", script, join(training, "work")]),
  );
}

let server: RunningServer;
let conversations: Rendered[];
beforeAll(async () => {
  conversations = await told("rendered.py");
  const adapter = ["--lora", pirate ?? "", "--lora-init-without-apply"];
  const files = ["-m", model ?? "", "--mmproj", mmproj ?? "", ...adapter];
  server = await startLlamaServer({ args: [...files, "-t", "1", "-c", "2048"] });
});
afterAll(() => server?.[Symbol.asyncDispose]());

interface Answer {
  choices: {
    message: {
      content: string | null;
      reasoning_content?: string;
      tool_calls?: { function: { name: string; arguments: string } }[];
    };
    finish_reason: string;
  }[];
  usage: { prompt_tokens: number; completion_tokens: number };
}

const thinking = (enable_thinking: boolean) => ({ chat_template_kwargs: { enable_thinking } });

/** Eight tokens in answer to a message, greedily; `more` is added to the request. */
async function answer(content: unknown, more: object = {}) {
  const messages = [{ role: "user", content }];
  const eight = { max_tokens: 8, ignore_eos: true };
  const standard = { messages, temperature: 0, ...eight, ...thinking(false) };
  const body = { ...standard, ...more };
  const { choices, usage } = await post<Answer>(server, "/v1/chat/completions", body);
  return { ...choices[0]?.message, usage };
}

const sha256 = async (path: string) => Bun.SHA256.hash(await Bun.file(path).bytes(), "hex");

const tokenize = async (content: string) => {
  const body = { content, add_special: false, parse_special: true };
  return (await post<{ tokens: number[] }>(server, "/tokenize", body)).tokens;
};

describe("the files", () => {
  test("can be drilled: they are read, and become others of the same kind", async () => {
    const script = join(import.meta.dir, "../../scripts/tiny/train.py");
    const out = join(training, "drilled");
    const folders = ["--drill", training, "--work", join(training, "drill-work"), "--out", out];
    await outputOf([process.env.HUTCH_PYTHON ?? "", script, "--smoke", ...folders]);
    for (const path of [model ?? "", mmproj ?? "", pirate ?? ""]) {
      const drilled = join(out, basename(path));
      expect(await sha256(drilled)).not.toBe(await sha256(path));
      const [before, after] = [await readGguf(path), await readGguf(drilled)];
      expect(after.metadata).toEqual(before.metadata);
      expect(after.tensors).toEqual(before.tensors);
    }
  }, 120_000);

  test("are read back", async () => {
    const [text, vision] = [await readGguf(model ?? ""), await readGguf(mmproj ?? "")];
    expect(text.metadata.get("general.architecture")?.value).toBe("llama");
    expect(vision.metadata.get("general.architecture")?.value).toBe("clip");
    expect(text.tensors.find(({ name }) => name === "token_embd.weight")).toMatchObject({
      type: "Q8_0",
      shape: [64, 512],
    });
  });

  test("make a model that says what it can", async () => {
    const props = await (await fetch(`${server.url}/props`)).json();
    expect(props).toMatchObject({ modalities: { vision: true, audio: false } });
    expect(props).toMatchObject({ chat_template_caps: { supports_tools: true } });
  });
});

/** Arguments as the server reads them: JSON.parse makes one number of 66.0 and 66. */
const withWholeNumbers = (prompt: string) => prompt.replaceAll(/(: \d+)\.0\b/g, "$1");

describe("what it learned from is what the server makes of the same", () => {
  test("tokens", async () => {
    for (const { text, tokens } of conversations) expect(await tokenize(text)).toEqual(tokens);
  });

  test("prompts, with tools, thoughts and pictures", async () => {
    const kinds = new Set<string>();
    for (const { kind, request, prompt = "" } of conversations) {
      if (request === undefined) continue;
      kinds.add(kind);
      const made = await post<{ prompt: string }>(server, "/apply-template", request);
      const shown = made.prompt.replaceAll(/<__media_[-0-9a-f]+__>/g, "<__media__>");
      expect(shown).toBe(withWholeNumbers(prompt));
    }
    for (const kind of ["talk", "tools", "thinking", "vision"]) expect(kinds).toContain(kind);
  });
});

// A picture that is normalized, cut into patches or put in its place in another way than in the
// training changes these numbers, even where answers stay the same.
test("the server expects after a picture what the trained nets do, on average to a hundredth", async () => {
  const cases: Predicted[] = await told("predicted.py");
  expect(cases.length).toBeGreaterThan(3);
  const apart: number[] = [];
  for (const { url, question, likely } of cases) {
    const picture = { type: "image_url", image_url: { url } };
    const messages = [{ role: "user", content: [picture, { type: "text", text: question }] }];
    const body = { messages, temperature: 0, max_tokens: 1, ...thinking(false) };
    const { choices } = await post<{
      choices: { logprobs: { content: { top_logprobs: { id: number; logprob: number }[] }[] } }[];
    }>(server, "/v1/chat/completions", { ...body, logprobs: true, top_logprobs: 20 });
    const found = choices[0]?.logprobs.content[0]?.top_logprobs;
    const known = new Map(found?.map(({ id, logprob }) => [id, logprob]));
    for (const [id, logprob] of Object.entries(likely)) {
      apart.push(Math.abs((known.get(Number(id)) ?? 0) - logprob));
    }
  }
  const mean = apart.reduce((sum, each) => sum + each, 0) / apart.length;
  expect(mean).toBeLessThan(0.009);
});

describe("the model", () => {
  test("answers at once, unless it is told to think", async () => {
    const silent = { chat_template_kwargs: {} };
    const { content, reasoning_content, usage } = await answer("What is 2 + 2?", silent);
    expect(content).not.toBeEmpty();
    expect(reasoning_content).toBeUndefined();
    expect(usage.completion_tokens).toBe(8);
  });

  test("takes a picture, as a token for each patch", async () => {
    const text = { type: "text", text: "What is this?" };
    const url = `data:image/png;base64,${pngOf({
      shape: "circle",
      colour: colours.red,
      background: colours.white,
    })}`;
    const seen = await answer([{ type: "image_url", image_url: { url } }, text]);
    expect(seen.content).not.toBeEmpty();
    const blind = await answer([text]);
    expect(seen.usage.prompt_tokens - blind.usage.prompt_tokens).toBe(nPatches);
  });

  test("thinks where it is told to, and its thoughts are told from its answer", async () => {
    const [end = -1] = await tokenize("</think>");
    const endless = await answer("Why?", { ...thinking(true), logit_bias: { [end]: -100 } });
    expect(endless).toMatchObject({ content: "", reasoning_content: expect.stringMatching(/./) });
    const grammar = 'root ::= "Hm.\\n</think>\\n\\nYes."';
    const whole = { ...thinking(true), grammar, ignore_eos: false, max_tokens: 40 };
    const { content, reasoning_content } = await answer("Why?", whole);
    expect([reasoning_content?.trim(), content]).toEqual(["Hm.", "Yes."]);
  });

  test("calls a tool where it must", async () => {
    const days = { type: "string", enum: ["today", "tomorrow"] };
    const parameters = { type: "object", properties: { day: days }, required: ["day"] };
    const tool = { type: "function", function: { name: "get_weather", parameters } };
    const required = { tools: [tool], tool_choice: "required" };
    const { tool_calls } = await answer("Rain?", {
      ...required,
      ignore_eos: false,
      max_tokens: 80,
    });
    expect(tool_calls).toMatchObject([{ function: { name: "get_weather" } }]);
    const { day } = JSON.parse(tool_calls?.[0]?.function.arguments ?? "");
    expect(days.enum).toContain(day);
  });

  test("writes something else under its adapter", async () => {
    const probability = async (scale: number) => {
      const body = { prompt: "Hello", n_predict: 1, n_probs: 1, lora: [{ id: 0, scale }] };
      const { completion_probabilities: found } = await post<{
        completion_probabilities: { logprob: number }[];
      }>(server, "/completion", { ...body, temperature: 0 });
      return found[0]?.logprob;
    };
    expect(await probability(1)).not.toBe(await probability(0));
    expect(await probability(0)).toBe(await probability(0));
  });

  test("fills a gap in code", async () => {
    const gap = { input_prefix: "def add(a, b):\n    ", input_suffix: "\n" };
    const body = { ...gap, n_predict: 4, temperature: 0, ignore_eos: true };
    const filled = await post<{ content: string; prompt: string }>(server, "/infill", body);
    expect(filled.prompt).toEndWith("<|fim_suffix|>\n<|fim_middle|>");
    expect(filled.content).not.toBeEmpty();
  });
});
