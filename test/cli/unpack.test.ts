import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Embedded } from "../../src/cli/embedded.ts";
import { unpack } from "../../src/cli/unpack.ts";

let dir = "";
let embedded: Embedded;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hutch-unpack-"));
  const file = (name: string, text: string) => {
    const path = join(dir, `source-${name}`);
    writeFileSync(path, text);
    return { name, path, sizeBytes: text.length, sha256: Bun.SHA256.hash(text, "hex") };
  };
  embedded = {
    buildId: "0123456789abcdef",
    libraries: [file("liba.so", "library a"), file("libb.so", "library b")],
    models: [file("tiny.gguf", "model")],
    licences: "",
  };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const textOf = (path: string) => Bun.file(path).text();

describe("unpack", () => {
  test("puts every file side by side in a folder named after their contents", async () => {
    const target = await unpack(embedded, [join(dir, "cache")]);
    expect(target).toBe(join(dir, "cache", "0123456789abcdef"));
    expect(readdirSync(target).sort()).toEqual(["checked.json", "liba.so", "libb.so", "tiny.gguf"]);
    expect(await textOf(join(target, "libb.so"))).toBe("library b");
  });

  test("repairs what was damaged, cut or deleted, and leaves the rest alone", async () => {
    const target = await unpack(embedded, [dir]);
    const before = (await Bun.file(join(target, "tiny.gguf")).stat()).mtimeMs;
    writeFileSync(join(target, "liba.so"), "library X");
    rmSync(join(target, "libb.so"));
    await unpack(embedded, [dir]);
    expect(await textOf(join(target, "liba.so"))).toBe("library a");
    expect(await textOf(join(target, "libb.so"))).toBe("library b");
    expect((await Bun.file(join(target, "tiny.gguf")).stat()).mtimeMs).toBe(before);
  });

  test("finds what a program changed that put the old times back", async () => {
    const target = await unpack(embedded, [dir]);
    const path = join(target, "liba.so");
    const { atime, mtime } = statSync(path);
    writeFileSync(path, "library X");
    utimesSync(path, atime, mtime);
    await unpack(embedded, [dir]);
    expect(await textOf(path)).toBe("library a");
  });

  test("reads again only what was changed since", async () => {
    const target = await unpack(embedded, [dir]);
    // Were it read, it would be replaced: it is not what the executable now says.
    const other = embedded.libraries.map((file) => ({ ...file, sha256: "another" }));
    const { ino } = statSync(join(target, "liba.so"));
    await unpack({ ...embedded, libraries: other }, [dir]);
    expect(statSync(join(target, "liba.so")).ino).toBe(ino);
    writeFileSync(join(target, "checked.json"), "{ torn");
    await unpack(embedded, [dir]);
    expect(JSON.parse(await textOf(join(target, "checked.json")))).toContainKeys(["liba.so"]);
  });

  test("a folder that cannot be written will do where everything is there", async () => {
    const target = await unpack(embedded, [dir]);
    rmSync(join(target, "checked.json"));
    mkdirSync(join(target, "checked.json")); // nothing can be renamed onto it, even by root
    expect(await unpack(embedded, [dir])).toBe(target);
    expect(readdirSync(target)).toHaveLength(4);
  });

  test("many starts at once all succeed and leave no temporary file", async () => {
    const starts = Array.from({ length: 8 }, () => unpack(embedded, [join(dir, "cache")]));
    const [target = ""] = await Promise.all(starts);
    expect(readdirSync(target)).toHaveLength(4);
  });

  describe("by several processes on an empty cache", () => {
    const module = join(import.meta.dir, "../../src/cli/unpack.ts");
    const cache = () => join(dir, "cache");
    const target = () => join(cache(), embedded.buildId);
    const temporaries = () =>
      existsSync(target()) ? readdirSync(target()).filter((name) => name.endsWith(".tmp")) : [];

    beforeEach(() => {
      const big = (name: string, byte: number) => {
        const path = join(dir, `source-${name}`);
        const bytes = new Uint8Array(4_000_000).fill(byte);
        writeFileSync(path, bytes);
        const sha256 = Bun.SHA256.hash(bytes, "hex");
        return { name, path, sizeBytes: bytes.length, sha256 };
      };
      embedded.libraries = Array.from({ length: 6 }, (_, i) => big(`lib${i}.so`, i));
    });

    /** Unpacks as a start of the executable does, and tells the folder. */
    function start() {
      const args = `${JSON.stringify(embedded)}, [${JSON.stringify(cache())}]`;
      const script = `
        const { unpack } = await import(${JSON.stringify(module)});
        console.log(await unpack(${args}));`;
      return Bun.spawn([process.execPath, "-e", script], { stderr: "inherit" });
    }

    async function expectWhole(): Promise<void> {
      for (const { name, sha256 } of [...embedded.libraries, ...embedded.models]) {
        const bytes = await Bun.file(join(target(), name)).bytes();
        expect(Bun.SHA256.hash(bytes, "hex")).toBe(sha256);
      }
    }

    test("all get whole files, though some are killed while they write", async () => {
      const killed = [start(), start()];
      const staying = [start(), start(), start()];
      while (temporaries().length === 0) await Bun.sleep(1);
      for (const child of killed) child.kill("SIGKILL");
      const outputs = staying.map(({ stdout }) => new Response(stdout).text());
      expect(await Promise.all(outputs)).toEqual(staying.map(() => `${target()}\n`));
      await Promise.all(killed.map(({ exited }) => exited));
      await expectWhole();
      rmSync(join(target(), "lib0.so"));
      expect(await unpack(embedded, [cache()])).toBe(target());
      await expectWhole();
    });

    test("one that is killed alone leaves nothing that the next takes for whole", async () => {
      for (const nFiles of [0, 2, 4]) {
        const child = start();
        const nWhole = () =>
          existsSync(target())
            ? readdirSync(target()).filter((name) => /\.so$/.test(name)).length
            : -1;
        while (nWhole() < nFiles) await Bun.sleep(0);
        child.kill("SIGKILL");
        await child.exited;
        await unpack(embedded, [cache()]);
        await expectWhole();
        rmSync(cache(), { recursive: true });
      }
    });

    test("what killed ones left half-written is removed once it is old", async () => {
      await unpack(embedded, [cache()]);
      const [old, young] = ["lib0.so.1.tmp", "lib0.so.2.tmp"].map((name) => join(target(), name));
      for (const path of [old, young]) writeFileSync(path ?? "", "half");
      const then = new Date(Date.now() - 2 * 60 * 60 * 1000);
      utimesSync(old ?? "", then, then);
      await unpack(embedded, [cache()]);
      expect(temporaries()).toHaveLength(2); // nothing had to be done
      rmSync(join(target(), "lib0.so"));
      await unpack(embedded, [cache()]);
      expect(temporaries()).toEqual(["lib0.so.2.tmp"]); // it may be another's that writes now
    });
  });

  test("uses the next folder when the first cannot be written", async () => {
    const blocked = join(dir, "blocked");
    writeFileSync(blocked, "a file where a folder should be");
    expect(await unpack(embedded, [blocked, join(dir, "second")])).toStartWith(join(dir, "second"));
  });

  test("says which folders failed and what to do when none can be written", async () => {
    const blocked = join(dir, "blocked");
    writeFileSync(blocked, "");
    const error = await unpack(embedded, [blocked]).catch((e) => e);
    expect(error.message).toContain(blocked);
    expect(error.message).toContain("HUTCH_CACHE");
  });

  test("never uses a folder in which everybody could exchange the libraries", async () => {
    const open = join(dir, "open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    const error = await unpack(embedded, [open]).catch((e) => e);
    expect(error.message).toContain(`${open} can be changed by every user`);
    expect(await unpack(embedded, [open, join(dir, "own")])).toStartWith(join(dir, "own"));
  });

  test("a failed write leaves neither a file nor a temporary one", async () => {
    const target = join(dir, "cache", embedded.buildId);
    mkdirSync(join(target, "liba.so"), { recursive: true }); // rename onto a folder fails
    await unpack(embedded, [join(dir, "cache")]).catch(() => {});
    expect(readdirSync(target).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(existsSync(join(target, "liba.so"))).toBe(true);
    chmodSync(target, 0o700);
  });
});
