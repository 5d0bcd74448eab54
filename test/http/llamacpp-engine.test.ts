import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import { type AppOverOptions, appOver, fakeInfo, json, says } from "../support/fake-engine.ts";

const over = (options: AppOverOptions) => appOver(says("a"), options);
const seen = async (response: Response | Promise<Response>): Promise<[number, unknown]> => [
  (await response).status,
  await (await response).json(),
];
/** llama-server's error object. */
const error = (code: number, type: string, message: unknown) => ({
  error: expect.objectContaining({ code, type, message }),
});
const invalid = (message: unknown) => error(400, "invalid_request_error", message);
const off = (message: unknown) => error(501, "not_supported_error", message);

describe("POST /tokenize and /detokenize", () => {
  const answers = {
    tokenize: () => ({ tokens: [5, 6], pieces: [" a", [230]] }),
    detokenize: () => ({ text: " a" }),
  };

  test.each([
    [{ content: "x" }, { parts: ["x"], addSpecial: false, parseSpecial: true }],
    [
      { content: ["x", 3], add_special: true, parse_special: false },
      { parts: ["x", 3], addSpecial: true, parseSpecial: false },
    ],
    [{}, { parts: [], addSpecial: false, parseSpecial: true }],
  ])("%j is the engine's question", async (body, question) => {
    const { post, engine } = over({ answers });
    expect(await seen(post("/tokenize", body))).toEqual([200, { tokens: [5, 6] }]);
    expect(engine.questions).toEqual([{ name: "tokenize", question }]);
  });

  test("with_pieces shows texts, or bytes where they are none", async () => {
    const response = over({ answers }).post("/tokenize", { content: "x", with_pieces: true });
    expect(await json(response)).toEqual({
      tokens: [
        { id: 5, piece: " a" },
        { id: 6, piece: [230] },
      ],
    });
  });

  test("tokens become text again", async () => {
    const { post, engine } = over({ answers });
    expect(await seen(post("/detokenize", { tokens: [5] }))).toEqual([200, { content: " a" }]);
    await post("/detokenize", {});
    expect(engine.questions.map((one) => one.question)).toEqual([{ tokens: [5] }, { tokens: [] }]);
  });

  test.each([
    ["/tokenize", { content: 3 }],
    ["/tokenize", { content: [-1] }],
    ["/tokenize", { content: "x", add_special: 1 }],
    ["/detokenize", { tokens: ["x"] }],
    ["/detokenize", { tokens: [1.5] }],
  ])("%s refuses %j", async (path, body) => {
    expect((await over({ answers }).post(path, body)).status).toBe(400);
  });
});

describe("POST /embedding", () => {
  const rows = [
    [new Float32Array([0.5, -1])],
    [new Float32Array([1, 2]), new Float32Array([3, 4])],
  ];
  const answers = { embed: () => ({ embeddings: rows, nTokens: [1, 2] }) };
  const encoder = { ...fakeInfo, generates: false };

  test.each(["/embedding", "/embeddings"])("%s has a list of rows for each input", async (path) => {
    const { post, engine } = over({ answers });
    expect(await seen(post(path, { content: ["x", "y"], embd_normalize: -1 }))).toEqual([
      200,
      [
        { index: 0, embedding: [[0.5, -1]] },
        {
          index: 1,
          embedding: [
            [1, 2],
            [3, 4],
          ],
        },
      ],
    ]);
    const inputs = ["x", "y"].map((part) => ({ type: "text", parts: [part] }));
    expect(engine.questions[0]?.question).toEqual({ inputs, normalize: -1 });
  });

  test("normalises as the server does by default, and takes tokens and pictures", async () => {
    const { post, engine } = over({ answers, settings: { embedNormalize: 0 } });
    const image_data = [{ data: "AAEC", id: 1 }];
    await post("/embedding", { input: [[1, 2], "see [img-1]"], image_data });
    expect(engine.questions[0]?.question).toEqual({
      inputs: [
        { type: "text", parts: [1, 2] },
        { type: "text", parts: ["see ", new Uint8Array([0, 1, 2])] },
      ],
      normalize: 0,
    });
  });

  test("base64 is the floats' bytes", async () => {
    const body = { content: "x", encoding_format: "base64" };
    const [first] = await json<{ embedding: string[] }[]>(
      over({ answers }).post("/embedding", body),
    );
    const bytes = Uint8Array.fromBase64(first?.embedding[0] ?? "");
    expect([...new Float32Array(bytes.buffer)]).toEqual([0.5, -1]);
  });

  test("is a 501 in llama-server's profile unless the server was started for it", async () => {
    const settings = { profile: "llama-server" } as const;
    const plain = over({ answers, settings });
    plain.supervisor.preload();
    await Bun.sleep(0);
    expect(await seen(plain.post("/embedding", { content: "x" }))).toEqual([
      501,
      off(expect.stringContaining("--embeddings")),
    ]);
    const embeds = over({ answers, settings, info: encoder });
    embeds.supervisor.preload();
    await Bun.sleep(0);
    expect((await embeds.post("/embedding", { content: "x" })).status).toBe(200);
  });

  test.each([
    [{}, "must be provided"],
    [{ content: [] }, "must not be empty"],
    [{ content: "x", encoding_format: "int8" }, "encoding_format"],
    [{ content: "x", embd_normalize: -2 }, "embd_normalize"],
  ])("refuses %j", async (body, message) => {
    expect(await seen(over({ answers }).post("/embedding", body))).toEqual([
      400,
      invalid(expect.stringContaining(message)),
    ]);
  });
});

describe("POST /rerank", () => {
  const answers = { rerank: () => ({ scores: [0.1, 2, -3], nTokens: 12 }) };
  const options = { answers, info: { ...fakeInfo, reranks: true } };
  const documents = ["x", "y", "z"];

  test.each(["/rerank", "/reranking", "/v1/rerank", "/v1/reranking"])(
    "%s lists the best first, in Jina's form",
    async (path) => {
      const { post, engine } = over(options);
      expect(await seen(post(path, { query: "q", documents, top_n: 2 }))).toEqual([
        200,
        {
          model: "tiny",
          object: "list",
          usage: { prompt_tokens: 12, total_tokens: 12 },
          results: [
            { index: 1, relevance_score: 2 },
            { index: 0, relevance_score: 0.1 },
          ],
        },
      ]);
      expect(engine.questions[0]?.question).toEqual({ query: "q", documents });
    },
  );

  test("`texts` are answered in TEI's form", async () => {
    const body = { query: "q", texts: documents, return_text: true };
    expect(await json(over(options).post("/rerank", body))).toEqual([
      { index: 1, score: 2, text: "y" },
      { index: 0, score: 0.1, text: "x" },
      { index: 2, score: -3, text: "z" },
    ]);
  });

  test("is a 501 for a model that was not loaded for it", async () => {
    expect(await seen(over({ answers }).post("/rerank", { query: "q", documents }))).toEqual([
      501,
      off(expect.stringContaining("--reranking")),
    ]);
  });

  test.each([
    [{ documents }],
    [{ query: 1, documents }],
    [{ query: "q" }],
    [{ query: "q", documents: [] }],
    [{ query: "q", documents: null }],
    [{ query: "q", documents: [1] }],
    [{ query: "q", documents, top_n: 0 }],
  ])("refuses %j", async (body) => {
    expect((await over(options).post("/rerank", body)).status).toBe(400);
  });
});

describe("GET /slots", () => {
  const idle = { id: 0, nCtx: 1024, isProcessing: false, isSpeculative: false };
  const busy = {
    id: 1,
    nCtx: 1024,
    isProcessing: true,
    isSpeculative: true,
    task: {
      id: 7,
      nPrompt: 5,
      nProcessed: 3,
      nCached: 2,
      request: { sampling: { temperature: 0.5 }, nPredict: 9, stop: ["secret"] },
      nDecoded: 4,
      nRemain: 5,
      hasNextToken: true,
      hasNewLine: false,
      promptText: "<s>hi",
      generatedText: "yo",
    },
  };
  const answers = { slots: () => ({ slots: [idle, busy] }) };

  test("shows what each slot does, but not what it reads or says", async () => {
    const slots = await json<Record<string, unknown>[]>(over({ answers }).get("/slots"));
    expect(slots).toEqual([
      { id: 0, n_ctx: 1024, speculative: false, is_processing: false },
      {
        id: 1,
        n_ctx: 1024,
        speculative: true,
        is_processing: true,
        id_task: 7,
        n_prompt_tokens: 5,
        n_prompt_tokens_processed: 3,
        n_prompt_tokens_cache: 2,
        params: expect.objectContaining({ temperature: 0.5, n_predict: 9 }),
        next_token: [{ has_next_token: true, has_new_line: false, n_remain: 5, n_decoded: 4 }],
      },
    ]);
    expect(slots[1]?.params).not.toHaveProperty("stop");
  });

  test("shows that too when the server was told to", async () => {
    const slots = await json<object[]>(
      over({ answers, settings: { slotsShowText: true } }).get("/slots"),
    );
    expect(slots[1]).toMatchObject({
      prompt: "<s>hi",
      generated: "yo",
      params: { stop: ["secret"] },
    });
  });

  test("shows what is too large for a float as the largest one", async () => {
    const lora = [{ id: 0, scale: 1e308 }];
    const request = { sampling: { temperature: 1e308, topNSigma: -1e308 }, lora };
    const extreme = { ...busy, task: { ...busy.task, request } };
    const { get } = over({ answers: { slots: () => ({ slots: [extreme] }) } });
    const slots = await json<{ params: object }[]>(get("/slots"));
    const largest = 3.4028234663852886e38; // of a float
    expect(slots[0]?.params).toMatchObject({
      temperature: largest,
      top_n_sigma: -largest,
      lora: [{ id: 0, scale: largest }],
    });
  });

  test("is a 501 when it is switched off", async () => {
    const endpoints = { slots: false, props: false, metrics: false };
    expect(await seen(over({ answers, settings: { endpoints } }).get("/slots"))).toEqual([
      501,
      off("This server does not support slots endpoint. Start it with `--slots`"),
    ]);
  });

  test("fail_on_no_slot is a 503 only when all are busy", async () => {
    expect((await over({ answers }).get("/slots?fail_on_no_slot=1")).status).toBe(200);
    const full = { slots: () => ({ slots: [busy] }) };
    expect(await seen(over({ answers: full }).get("/slots?fail_on_no_slot=1"))).toEqual([
      503,
      error(503, "unavailable_error", "no slot available"),
    ]);
    expect((await over({ answers: full }).get("/slots")).status).toBe(200);
  });
});

describe("POST /slots/:id", () => {
  const file = { nTokens: 84, nBytes: 1000, ms: 1.5 };
  const answers = {
    saveSlot: () => file,
    restoreSlot: () => file,
    eraseSlot: ({ slot }: { slot: number }) => {
      if (slot > 3) throw new AppError("invalid_request", "Invalid slot ID");
      return { nErased: 84 };
    },
  };
  const options = { answers, settings: { slotSaveDir: "/saved" } };

  test("saves, restores and erases", async () => {
    const { post, engine } = over(options);
    const body = { filename: "a.bin" };
    expect(await seen(post("/slots/1?action=save", body))).toEqual([
      200,
      {
        id_slot: 1,
        filename: "a.bin",
        n_saved: 84,
        n_written: 1000,
        timings: { save_ms: 1.5 },
      },
    ]);
    expect(await seen(post("/slots/0?action=restore", body))).toEqual([
      200,
      {
        id_slot: 0,
        filename: "a.bin",
        n_restored: 84,
        n_read: 1000,
        timings: { restore_ms: 1.5 },
      },
    ]);
    expect(await seen(post("/slots/2?action=erase", undefined))).toEqual([
      200,
      { id_slot: 2, n_erased: 84 },
    ]);
    expect(engine.questions.map((one) => one.question)).toEqual([
      { slot: 1, path: "/saved/a.bin" },
      { slot: 0, path: "/saved/a.bin" },
      { slot: 2 },
    ]);
  });

  test.each([
    "",
    ".",
    "..",
    "../a",
    "a/b",
    "a\\b",
    "/etc/passwd",
    "a\0b",
    "a.",
    " a",
    "a ",
    "a..b",
    "a:b",
    "x".repeat(256),
    "\uff0e\uff0e",
  ])("the file name %j could leave its folder, and is refused", async (filename) => {
    const { post, engine } = over(options);
    expect(await seen(post("/slots/1?action=save", { filename }))).toEqual([
      400,
      invalid("Invalid filename"),
    ]);
    expect(engine.questions).toEqual([]);
  });

  test.each([
    ["/slots/1?action=copy", { filename: "a" }, "Invalid action"],
    ["/slots/1", { filename: "a" }, "Invalid action"],
    ["/slots/x?action=erase", {}, "Invalid slot ID"],
    ["/slots/-1?action=erase", {}, "Invalid slot ID"],
    ["/slots/9?action=erase", {}, "Invalid slot ID"],
    ["/slots/1?action=save", {}, expect.stringContaining("filename")],
    ["/slots/1?action=save", { filename: 3 }, expect.stringContaining("filename")],
    ["/slots/1?action=save", "{", expect.stringContaining("not valid JSON")],
  ])("%s with %j is a 400", async (path, body, message) => {
    expect(await seen(over(options).post(path, body))).toEqual([400, invalid(message)]);
  });

  test("is a 501 without a folder", async () => {
    expect(await seen(over({ answers }).post("/slots/1?action=erase", {}))).toEqual([
      501,
      off("This server does not support slots action. Start it with `--slot-save-path`"),
    ]);
  });
});

describe("/lora-adapters", () => {
  const adapter = { id: 0, path: "/a.gguf", scale: 0.3, taskName: "t", promptPrefix: "p" };
  const answers = { loraAdapters: () => ({ adapters: [adapter] }), setLora: () => ({}) };

  test("lists them", async () => {
    const shown = { id: 0, path: "/a.gguf", scale: Math.fround(0.3) };
    const listed = { ...shown, task_name: "t", prompt_prefix: "p" };
    expect(await seen(over({ answers }).get("/lora-adapters"))).toEqual([200, [listed]]);
  });

  test("sets their scales", async () => {
    const { post, engine } = over({ answers });
    const body = [{ id: 0, scale: 0.5 }, { id: 1 }];
    expect(await seen(post("/lora-adapters", body))).toEqual([200, { success: true }]);
    expect(engine.questions[0]?.question).toEqual({
      scales: [
        { id: 0, scale: 0.5 },
        { id: 1, scale: 0 },
      ],
    });
  });

  test.each([[{}], [[{ scale: 1 }]], [[{ id: "0" }]], [[3]]])("refuses %j", async (body) => {
    expect((await over({ answers }).post("/lora-adapters", body)).status).toBe(400);
  });
});
