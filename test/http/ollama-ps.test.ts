import { describe, expect, test } from "bun:test";
import { appOver, json, says, tiny } from "../support/fake-engine.ts";

interface Listed {
  models: { name: string; size: number; expires_at: string }[];
}

const hi = (model: string, keep_alive?: number | string) => ({
  model,
  messages: [{ role: "user", content: "hi" }],
  stream: false,
  ...(keep_alive !== undefined && { keep_alive }),
});

const setUp = () => appOver(says("ok"), { models: [tiny, { ...tiny, name: "other" }] });
const names = ({ models }: Listed) => models.map(({ name }) => name);

describe("GET /api/ps", () => {
  test("nothing is loaded", async () => {
    expect(await json<Listed>(setUp().get("/api/ps"))).toEqual({ models: [] });
  });

  test("a loaded model, with what it takes and how long it stays", async () => {
    const { get, post } = setUp();
    const before = Date.now();
    await post("/api/chat", hi("tiny", "10m"));
    const { models } = await json<Listed>(get("/api/ps"));
    expect(models).toEqual([
      {
        name: "tiny:latest",
        model: "tiny:latest",
        size: 9e6,
        size_vram: 0,
        digest: expect.stringMatching(/^[\da-f]{64}$/),
        details: expect.objectContaining({ format: "gguf", parent_model: "" }),
        expires_at: expect.any(String),
        context_length: 1024,
      },
    ] as never);
    const ends = Date.parse(models[0]?.expires_at ?? "");
    expect(ends).toBeGreaterThan(before + 600_000 - 2);
    expect(ends).toBeLessThanOrEqual(Date.now() + 600_000);
  });

  test("the one that stays for longest comes first; for ever is centuries", async () => {
    const { get, post } = setUp();
    await post("/api/chat", hi("tiny", "10m"));
    await post("/api/chat", hi("other", -1));
    const listed = await json<Listed>(get("/api/ps"));
    expect(names(listed)).toEqual(["other:latest", "tiny:latest"]);
    expect(Date.parse(listed.models[0]?.expires_at ?? "")).toBeGreaterThan(
      Date.parse("2200-01-01"),
    );
    await post("/api/chat", hi("other", "1m"));
    expect(names(await json(get("/api/ps")))).toEqual(["tiny:latest", "other:latest"]);
  });

  test("a model that was unloaded is gone", async () => {
    const { get, post, supervisor } = setUp();
    await post("/api/chat", hi("tiny", 300));
    await supervisor.unload("tiny");
    expect(await json<Listed>(get("/api/ps"))).toEqual({ models: [] });
  });
});
