import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appOver, says } from "../support/fake-engine.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-slots-"));
const slotSaveDir = join(dir, "saved");

beforeAll(() => {
  mkdirSync(slotSaveDir);
  writeFileSync(join(dir, "out.bin"), "kept");
  symlinkSync(join(dir, "out.bin"), join(slotSaveDir, "out.bin"));
  symlinkSync(join(dir, "nowhere.bin"), join(slotSaveDir, "nowhere.bin"));
  writeFileSync(join(slotSaveDir, "real.bin"), "a slot");
  symlinkSync("real.bin", join(slotSaveDir, "link.bin"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const moved = { nTokens: 84, nBytes: 1000, ms: 1 };
const server = () =>
  appOver(says("a"), {
    answers: { saveSlot: () => moved, restoreSlot: () => moved },
    settings: { slotSaveDir },
  });

test.each([
  ["save", "out.bin"],
  ["save", "nowhere.bin"],
  ["restore", "out.bin"],
  ["restore", "nowhere.bin"],
])("%s does not follow a link out of the folder: %s", async (action, filename) => {
  const { post, engine } = server();
  const response = await post(`/slots/1?action=${action}`, { filename });
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: expect.objectContaining({ message: "Invalid filename", param: "filename" }) },
  ]);
  expect(engine.questions).toEqual([]);
});

test.each(["link.bin", "real.bin", "new.bin"])(
  "a file of the folder is taken: %s",
  async (name) => {
    const { post, engine } = server();
    expect((await post("/slots/1?action=save", { filename: name })).status).toBe(200);
    expect(engine.questions.at(-1)?.question).toEqual({ slot: 1, path: join(slotSaveDir, name) });
  },
);
