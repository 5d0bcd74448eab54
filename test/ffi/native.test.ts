import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { Batch } from "../../ffi/batch.ts";
import { ChatParser, ChatTemplates, jsonSchemaToGrammar } from "../../ffi/chat.ts";
import { Context } from "../../ffi/context.ts";
import { devices } from "../../ffi/devices.ts";
import { MediaContext, UndecodableMedia } from "../../ffi/media.ts";
import { Model } from "../../ffi/model.ts";
import { openNative } from "../../ffi/native.ts";
import { Sampler } from "../../ffi/sampler.ts";
import { colours, pngOf } from "../support/pictures.ts";

const assets = resolve(import.meta.dir, "../../assets");
const libraryDir = process.env.HUTCH_LIBRARY_DIR ?? "";
const contextOptions = {
  n_ctx: 512,
  n_batch: 256,
  n_ubatch: 256,
  n_seq_max: 4,
  n_outputs_max: 4,
  n_threads: 1,
  kv_unified: true,
  swa_full: false,
};

let model: Model;
let context: Context;

beforeAll(() => {
  openNative(libraryDir, 5);
  model = Model.load(join(assets, "tiny-text.gguf"), {}, () => {});
  context = new Context(model, contextOptions);
});
afterAll(() => {
  context[Symbol.dispose]();
  model[Symbol.dispose]();
});

/** Decodes `prompt` into an empty row and samples greedily until the end. */
function generate(prompt: string, options: object = { temperature: 0 }): string {
  context.removeCells(0, 0);
  using sampler = new Sampler(model, { ...options });
  const tokens = model.tokenize(prompt, true, true);
  sampler.acceptPrompt(tokens);
  const batch = new Batch(256);
  for (const [i, token] of tokens.entries()) batch.add(token, i, 0, i === tokens.length - 1);
  let row = tokens.length - 1;
  let text = "";
  for (let pos = tokens.length; pos < tokens.length + 40; pos++) {
    expect(context.decode(batch)).toBe("done");
    const token = sampler.sample(context, row);
    if (model.isEog(token)) break;
    text += Buffer.from(model.pieceView(token, false)).toString();
    batch.clear();
    row = batch.add(token, pos, 0, true);
  }
  return text;
}

const ask = (question: string) =>
  `<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`;

describe("Model", () => {
  test("knows its numbers", () => {
    expect([model.nCtxTrain, model.nVocab, model.nEmbd, model.nEmbdInput]).toEqual([
      1024, 2048, 192, 192,
    ]);
    expect(model.nParams).toBe(3_049_920);
    expect(model.description).toContain("llama");
    expect([model.canCutSequences, model.nWindow, model.canGenerate]).toEqual([true, 0, true]);
    // 6 layers × (K and V) × 192 values × 2 bytes
    expect(model.kvBytesPerCell).toBe(6 * 2 * 192 * 2);
  });

  test("reports progress up to 1 while it loads", () => {
    const fractions: number[] = [];
    Model.load(join(assets, "tiny-text.gguf"), {}, (f) => fractions.push(f))[Symbol.dispose]();
    expect(fractions.at(-1)).toBe(1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  });

  test.each([
    ["", 0],
    ["hello", 1],
    ["naïve café 😀 tab\there", 5],
  ])("%p survives tokens and back", (text, nMin) => {
    const tokens = model.tokenize(text, false, false);
    expect(tokens.length).toBeGreaterThanOrEqual(nMin);
    const pieces = [...tokens].map((token) => Buffer.from(model.pieceView(token, false)));
    expect(Buffer.concat(pieces).toString()).toBe(text);
  });

  test("knows its longest token", () => {
    expect(model.longestTokenBytes).toBeGreaterThan(5);
    expect(model.longestTokenBytes).toBe("additionalProperties".length);
  });

  test("reads special tokens only when asked to", () => {
    expect(model.tokenize("<|im_end|>", false, true)).toHaveLength(1);
    expect(model.tokenize("<|im_end|>", false, false).length).toBeGreaterThan(1);
  });

  test("a file that is no model is an error with llama.cpp's reason", () => {
    expect(() => Model.load(import.meta.path, {}, () => {})).toThrow(/magic/);
    expect(() => Model.load("/no/such/file.gguf", {}, () => {})).toThrow(/cannot load|open/);
  });

  test("is loud after dispose, and dispose twice is once", () => {
    const other = Model.load(join(assets, "tiny-text.gguf"), {}, () => {});
    other[Symbol.dispose]();
    other[Symbol.dispose]();
    expect(() => other.nParams).toThrow("llama_model used after dispose");
    expect(() => other.tokenize("x", false, false)).toThrow("used after dispose");
  });
});

describe("Context and Sampler", () => {
  test("answers", () => {
    expect(generate(ask("What is the capital of France?"))).toBe("The capital of France is Paris.");
  });

  test("the same seed gives the same text, another seed another", () => {
    const hot = (seed: number) =>
      generate(ask("Hello!"), { temperature: 3, top_p: 1, min_p: 0, seed });
    expect(hot(1)).toBe(hot(1));
    expect(new Set([1, 2, 3, 4].map(hot)).size).toBeGreaterThan(1);
  });

  test("obeys a grammar, a bias, and the end-of-sequence ban", () => {
    expect(generate(ask("Hello!"), { temperature: 0, grammar: 'root ::= "yes"' })).toBe("yes");
    const [token = 0] = model.tokenize("Hello", false, false);
    const banned = generate(ask("Hello!"), { temperature: 0, logit_bias: [[token, null]] });
    expect(banned).not.toStartWith("Hello");
    expect(generate(ask("Hello!"), { temperature: 0, ignore_eos: true }).length).toBeGreaterThan(
      40,
    );
  });

  test("the short cut for greedy sampling takes what the whole chain would take", () => {
    const [hello = 0] = model.tokenize("Hello", false, false);
    for (const more of [{}, { logit_bias: [[hello, null]] }, { logit_bias: [[hello, 30]] }]) {
      for (const text of ["Hello!", "What is 7 + 5?", "Tell me a story about a cat."]) {
        const quick = generate(ask(text), { temperature: 0, ...more });
        // A penalty that changes nothing to speak of, but that the short cut does not allow.
        const whole = generate(ask(text), { temperature: 0, presence_penalty: 1e-9, ...more });
        expect(quick).toBe(whole);
      }
    }
  });

  test.each([
    [{ grammar: "root ::= (" }, "grammar"],
    [{ samplers: ["top_k", "nonsense"] }, "samplers"],
    [{ logit_bias: [[99_999, 1]] }, "99999"],
    [{ mirostat: 3 }, "mirostat"],
    [{ repeat_penalty: 0 }, "penalty_repeat"],
    [{ temperature: "hot" }, ""],
  ])("refuses %p", (options, reason) => {
    expect(() => new Sampler(model, options)).toThrow(reason);
  });

  test.each([
    { mirostat: 1 },
    { mirostat: 2, mirostat_tau: 4, mirostat_eta: 0.2 },
    { samplers: ["temperature", "top_k"], top_k: 3 },
    { dry_multiplier: 0.8, dry_sequence_breakers: ["\n"], repeat_penalty: 1.2, repeat_last_n: 128 },
    { xtc_probability: 0.5, xtc_threshold: 0.2, typical_p: 0.9, top_n_sigma: 1 },
    { dynatemp_range: 0.5, dynatemp_exponent: 2, frequency_penalty: 0.5, presence_penalty: 0.5 },
    { samplers: ["adaptive_p"], adaptive_target: 0.5, adaptive_decay: 0.8 },
  ])("samples with %p, reproducibly", (options) => {
    const sample = () => generate(ask("Hello!"), { ...options, seed: 7 });
    expect(sample()).toBe(sample());
  });

  test("shared cells continue as the original would, and cutting them off leaves the original", () => {
    const whole = generate(ask("What is 7 + 5?"));
    const prompt = model.tokenize(ask("What is 7 + 5?"), true, true);
    context.removeCells(1, 0);
    context.shareCells(0, 1, prompt.length);
    expect(context.lastPosition(1)).toBe(prompt.length - 1);
    expect(context.removeCells(1, prompt.length - 1)).toBe(true);
    const batch = new Batch(1);
    batch.add(prompt.at(-1) ?? 0, prompt.length - 1, 1, true);
    expect(context.decode(batch)).toBe("done");
    using sampler = new Sampler(model, { temperature: 0 });
    const first = Buffer.from(model.pieceView(sampler.sample(context, 0), false)).toString();
    expect(whole).toStartWith(first);
  });

  test("a full KV cache decodes nothing and says so", () => {
    using small = new Context(model, { ...contextOptions, n_ctx: 256, n_batch: 256 });
    const batch = new Batch(256);
    for (let i = 0; i < 256; i++) batch.add(5, i, 0, i === 255);
    expect(small.decode(batch)).toBe("done");
    batch.clear();
    batch.add(5, 0, 1, true);
    expect(small.decode(batch)).toBe("no_room");
    small.removeCells(0, 0);
    expect(small.decode(batch)).toBe("done");
  });

  test("a full batch is an error, not an overrun", () => {
    const batch = new Batch(1);
    batch.add(1, 0, 0, false);
    expect(() => batch.add(1, 1, 0, false)).toThrow("batch is full");
  });
});

describe("ChatTemplates and ChatParser", () => {
  const tools = [
    {
      type: "function",
      function: {
        name: "get_weather",
        description: "Weather of a city",
        parameters: { type: "object", properties: { city: { type: "string" } } },
      },
    },
  ];

  test("renders the model's own template", () => {
    using templates = new ChatTemplates(model);
    const messages = [{ role: "user", content: "Hi" }];
    expect(templates.apply({ messages, enable_thinking: false }).prompt).toBe(ask("Hi"));
    expect(templates.apply({ messages }).prompt).toBe(`${ask("Hi")}<think>\n`);
  });

  test("offers tools, and parses the calls out of the answer as it grows", () => {
    using templates = new ChatTemplates(model);
    const messages = [{ role: "user", content: "Weather in Paris?" }];
    const inputs = { messages, tools, tool_choice: "auto" as const, enable_thinking: false };
    const rendered = templates.apply(inputs);
    expect([rendered.grammar_lazy, rendered.prompt.includes("get_weather")]).toEqual([true, true]);
    using parser = new ChatParser(rendered);
    const text =
      '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>';
    expect(parser.parse(text, false)).toEqual({
      content: "",
      reasoning: "",
      tool_calls: [{ id: "", name: "get_weather", arguments: '{"city": "Paris"}' }],
    });
    const partial = parser.parse(text.slice(0, 70), true).tool_calls[0];
    expect('{"city": "Paris"}').toStartWith(partial?.arguments ?? "none");
  });

  test("separates thinking where the template has it", () => {
    const thinking =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n" +
      "{% if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif %}" +
      "{{ m.content }}<|im_end|>\n{% endfor %}" +
      "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
    using templates = new ChatTemplates(model, { template: thinking });
    const rendered = templates.apply({ messages: [{ role: "user", content: "Hi" }] });
    using parser = new ChatParser(rendered);
    expect(parser.parse("<think>hm</think>Hello", false)).toMatchObject({
      reasoning: "hm",
      content: "Hello",
    });
  });

  test("errors name the reason", () => {
    expect(() => new ChatTemplates(model, { template: "{% if %}" })).toThrow();
    using templates = new ChatTemplates(model);
    expect(() => templates.apply({ messages: [{ content: "no role" }] })).toThrow(/role/);
  });

  test("turns a JSON schema into a grammar, or says that it cannot", () => {
    expect(jsonSchemaToGrammar({ type: "boolean" })).toContain('root ::= ("true" | "false")');
    expect(() => jsonSchemaToGrammar({ $ref: "#/nowhere" })).toThrow();
  });
});

describe("MediaContext", () => {
  const marker = "<picture>";
  const open = () =>
    new MediaContext(join(assets, "tiny-mmproj.gguf"), model, {
      n_threads: 1,
      media_marker: marker,
    });
  const red = { shape: "circle", colour: colours.red, background: colours.white } as const;

  test("splits a prompt at its markers; equal pictures have equal ids", () => {
    using media = open();
    const [a, b] = [red, { ...red, colour: colours.blue }].map((p) =>
      Buffer.from(pngOf(p), "base64"),
    );
    using prompt = media.tokenize(`x${marker}y${marker}${marker}z`, [a!, b!, a!], false);
    const chunks = prompt.chunks;
    const types = chunks.map((chunk) => chunk.type);
    expect(types).toEqual(["text", "media", "text", "media", "media", "text"]);
    const ids = chunks.flatMap((chunk) => (chunk.type === "media" ? [chunk.id] : []));
    expect([ids[0] === ids[2], ids[0] === ids[1]]).toEqual([true, false]);
  });

  test("encodes and decodes a picture that the model can then describe", () => {
    using media = open();
    const text = ask(`${marker}What is in this image?`);
    using prompt = media.tokenize(text, [Buffer.from(pngOf(red), "base64")], true);
    context.removeCells(2, 0);
    using sampler = new Sampler(model, { temperature: 0 });
    const batch = new Batch(256);
    let pos = 0;
    for (const [i, chunk] of prompt.chunks.entries()) {
      if (chunk.type === "media") {
        const embeddings = media.encode(chunk.ptr, chunk.nTokens);
        expect(embeddings).toHaveLength(chunk.nTokens * model.nEmbdInput);
        const at = { pos, seqId: 2, nBatch: 256 };
        expect(media.decode(context, chunk.ptr, embeddings, at)).toBe("done");
        pos += chunk.nPos;
        continue;
      }
      batch.clear();
      const isLast = i === prompt.chunks.length - 1;
      for (const [j, token] of chunk.tokens.entries()) {
        batch.add(token, pos++, 2, isLast && j === chunk.tokens.length - 1);
      }
      expect(context.decode(batch)).toBe("done");
    }
    let answer = "";
    for (let row = batch.nTokens - 1; ; row = 0) {
      const token = sampler.sample(context, row);
      if (model.isEog(token)) break;
      answer += Buffer.from(model.pieceView(token, false)).toString();
      batch.clear();
      batch.add(token, pos++, 2, true);
      context.decode(batch);
    }
    expect(answer).toContain("red circle");
  });

  test("says which file is no picture, and refuses a marker too many", () => {
    using media = open();
    const good = Buffer.from(pngOf(red), "base64");
    const bad = Buffer.from("not a picture");
    const tokenize = (files: Buffer[]) => media.tokenize(`${marker}${marker}`, files, false);
    expect(() => tokenize([good, bad])).toThrow(UndecodableMedia);
    try {
      tokenize([good, bad]);
    } catch (error) {
      expect(error).toMatchObject({ index: 1 });
    }
    expect(() => tokenize([good])).toThrow(/markers/);
    expect(() => tokenize([good, Buffer.alloc(0)])).toThrow(UndecodableMedia);
  });

  test("takes bounds of a picture's tokens, which must not cross", () => {
    const open = (image_min_tokens: number, image_max_tokens: number) =>
      new MediaContext(join(assets, "tiny-mmproj.gguf"), model, {
        n_threads: 1,
        media_marker: marker,
        use_gpu: false,
        image_min_tokens,
        image_max_tokens,
      });
    using media = open(4, 64);
    expect([media.vision, media.audio]).toEqual([true, false]);
    expect(() => open(65, 64)).toThrow("image_min_tokens");
  });

  test("a file that is no mmproj is an error", () => {
    const options = { n_threads: 1, media_marker: marker };
    expect(() => new MediaContext(join(assets, "tiny-text.gguf"), model, options)).toThrow();
  });
});

test("there is a CPU device with memory", () => {
  const [cpu] = devices().filter(({ name }) => name === "CPU");
  expect(cpu?.totalBytes ?? 0).toBeGreaterThan(1e8);
});
