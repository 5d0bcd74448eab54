import { beforeAll, describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import type { MediaPart } from "../../src/core/messages.ts";
import { EngineInProcess } from "../support/engine-in-process.ts";
import { hollowPictures, slowWav } from "../support/hollow-files.ts";
import { colours, pngOf } from "../support/pictures.ts";

const assets = resolve(import.meta.dir, "../../assets");
const circle = { shape: "circle", colour: colours.red, background: colours.white } as const;
const red = Uint8Array.fromBase64(pngOf(circle));

let engine: EngineInProcess;
beforeAll(() => {
  engine = new EngineInProcess({
    modelPath: `${assets}/tiny-text.gguf`,
    mmprojPath: `${assets}/tiny-mmproj.gguf`,
    nCtx: 512,
    nParallel: 2,
    kvUnified: true,
  });
});

const chat = (...pictures: Omit<MediaPart, "type">[]) => {
  const parts = pictures.map((picture) => ({ type: "media" as const, ...picture }));
  const message = {
    role: "user" as const,
    parts: [...parts, { type: "text" as const, text: "?" }],
  };
  const prompt = { messages: [message], tools: [], toolChoice: "auto" as const };
  return engine.write("", { prompt: { type: "chat", ...prompt }, nPredict: 1 });
};

describe("a picture that cannot be decoded is refused by the field that it came in", () => {
  const param = "messages[0].images[1]";
  const refused = (message: string) => ({ code: "invalid_request", param, message });

  test.each(Object.keys(hollowPictures))("a %s that is too large", async (format) => {
    const bytes = hollowPictures[format]?.(30_000, 30_000) ?? red;
    const rssBefore = process.memoryUsage.rss();
    const limit = "at most 67 megapixels are decoded (--max-image-megapixels)";
    const message = `\`${param}\` is 30000 x 30000 pixels; ${limit}`;
    await expect(chat({ bytes: red }, { bytes, param })).rejects.toMatchObject(refused(message));
    expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(50e6);
  });

  test.each([
    ["text", Buffer.from("hello")],
    ["a picture without its pixels", hollowPictures.png?.(300, 300) ?? red],
  ])("%s", async (_, bytes) => {
    const message = `\`${param}\` is not a picture that can be decoded (JPEG, PNG, BMP, GIF)`;
    await expect(chat({ bytes: red }, { bytes, param })).rejects.toMatchObject(refused(message));
  });

  test("a sound that lasts too long", async () => {
    const message = `\`${param}\` makes 67 minutes of sound; at most 60 minutes are decoded`;
    const bytes = slowWav(4000);
    await expect(chat({ bytes: red }, { bytes, param })).rejects.toMatchObject(refused(message));
  });

  test("or by its number", async () => {
    const prompt = { type: "text" as const, parts: ["a", red, Buffer.from("hello"), "b"] };
    await expect(engine.write("", { prompt })).rejects.toMatchObject({
      param: "prompt",
      message: expect.stringMatching(/^image 2 is not a picture/),
    });
  });
});
