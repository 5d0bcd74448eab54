import { describe, expect, test } from "bun:test";
import { Adapters } from "../../src/engine/adapters.ts";
import { TokenList } from "../../src/engine/tokens.ts";

const plain = { taskName: "", promptPrefix: "", invocationTokens: [] };
const activated = { ...plain, invocationTokens: [7, 8] };
const prompt = TokenList.fromTokens([1, 7, 8, 2, 7, 8, 3]);

const adapters = () =>
  new Adapters([
    { adapter: plain, path: "a.gguf", scale: 1 },
    { adapter: plain, path: "b.gguf", scale: 0 },
    { adapter: activated, path: "c.gguf", scale: 0 },
    { adapter: activated, path: "d.gguf", scale: 0 },
  ]);

describe("Adapters", () => {
  test("a silent request gets what the server was started with", () => {
    const { lora, loraFrom } = adapters().forPrompt(undefined, prompt);
    expect([lora.key, loraFrom]).toEqual(["0:1", 0]);
  });

  test("a request names all that it wants, in any order", () => {
    const asked = [
      { id: 1, scale: 0.5 },
      { id: 0, scale: 2 },
    ];
    expect(adapters().forPrompt(asked, prompt).lora.key).toBe("0:2,1:0.5");
    expect(adapters().forPrompt([{ id: 0, scale: 0 }], prompt).lora.key).toBe("");
  });

  test("new scales replace all old ones", () => {
    const set = adapters();
    set.setScales([{ id: 1, scale: 0.5 }]);
    expect(set.list.map(({ scale }) => scale)).toEqual([0, 0.5, 0, 0]);
    expect(set.standard.key).toBe("1:0.5");
  });

  test("an unknown adapter is refused by its field", () => {
    expect(() => adapters().setScales([{ id: 4, scale: 1 }])).toThrow(
      expect.objectContaining({ code: "invalid_request", param: "lora[0].id" }),
    );
  });

  test("an activated one begins before the last of its invocations, and without one is off", () => {
    const asked = [{ id: 2, scale: 1 }];
    expect(adapters().forPrompt(asked, prompt)).toMatchObject({
      loraFrom: 3,
      lora: { key: "2:1" },
    });
    const silent = TokenList.fromTokens([1, 7, 2]);
    expect(adapters().forPrompt(asked, silent)).toMatchObject({ loraFrom: 0, lora: { key: "" } });
  });

  test("two activated ones are refused", () => {
    const asked = [
      { id: 2, scale: 1 },
      { id: 3, scale: 1 },
    ];
    expect(() => adapters().forPrompt(asked, prompt)).toThrow("multiple aLoRAs");
  });
});
