import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { base64Media, type MediaRules, toMedia } from "../../src/http/media.ts";

const bytes = new Uint8Array([1, 2, 3]);
const base64 = bytes.toBase64();
const strict: MediaRules = { fetchesMedia: false, fetchHosts: [], mediaDir: null };
const never = new AbortController().signal;
const media = (source: string, rules = strict) => toMedia(source, "url", rules, never);

describe("a picture in the request", () => {
  test.each([
    base64,
    ` ${base64}\n`,
    `data:image/png;base64,${base64}`,
    `data:audio/wav;base64,${base64}`,
    `data:video/mp4;base64,${base64}`,
    `data:image/png;name=a.png;base64,${base64}`,
    `DATA:image/png;base64,${base64}`,
  ])("%j is its bytes, and knows where it stood", async (source) => {
    const expected = { type: "media" as const, bytes, param: "url" };
    expect(await media(source)).toEqual(expected);
    expect(base64Media(source, "url")).toEqual(expected);
  });

  test.each([
    ["", "empty picture"],
    ["not base64!", "not a base64 picture"],
    ["data:text/html;base64,aGVsbG8=", "no base64 data URL"],
    ["data:image/png,raw", "no base64 data URL"],
    ["data:image/png;base64", "no base64 data URL"],
    ["data:image/png;base64,%%", "not a base64 picture"],
    ["ftp://127.0.0.1/a.png", "ftp: URL"],
    ["http://127.0.0.1/a.png", "images are not fetched"],
    ["file:///etc/passwd", "file:// URLs are not allowed"],
  ])("%j is refused", async (source, message) => {
    expect(media(source)).rejects.toThrow(message);
  });
});

describe("a picture in the media folder", () => {
  const dir = mkdtempSync(join(tmpdir(), "hutch-media-"));
  afterAll(() => rmSync(dir, { recursive: true }));
  const inside = join(dir, "media");
  mkdirSync(join(inside, "sub"), { recursive: true });
  writeFileSync(join(inside, "a.png"), bytes);
  writeFileSync(join(inside, "sub", "b.png"), bytes);
  writeFileSync(join(dir, "secret.png"), bytes);
  symlinkSync(join(dir, "secret.png"), join(inside, "link.png"));
  symlinkSync(dir, join(inside, "way-out"));
  writeFileSync(join(inside, "huge.mp4"), "");
  truncateSync(join(inside, "huge.mp4"), 65 * 1024 * 1024);
  const rules: MediaRules = { ...strict, mediaDir: inside };

  test.each(["file://a.png", "file:///a.png", "file://sub/b.png"])("%s is read", async (url) => {
    expect([...(await media(url, rules)).bytes]).toEqual([...bytes]);
  });

  test.each([
    ["file://../secret.png", "not allowed"],
    ["file:///sub/../../secret.png", "not allowed"],
    ["file://link.png", "not allowed"],
    ["file://way-out/secret.png", "not allowed"],
    ["file://%2e%2e/secret.png", "does not exist"],
    ["file://huge.mp4", "larger than 64 MB"],
    ["file://nope.png", "does not exist"],
    ["file://sub", "cannot be opened"],
    ["file://a\0.png", "not allowed"],
  ])("%j is refused", async (url, message) => {
    expect(media(url, rules)).rejects.toThrow(message);
  });
});
