import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { embedFiles } from "./embed-files.ts";
import { filesBelow, hashOf } from "./file-tree.ts";
import { buildNative } from "./native.ts";
import { executable, root } from "./paths.ts";
import { outputOf, runMain } from "./program.ts";

/**
 * Makes dist/hutch, one file that holds Bun, our code, the native libraries and the tiny model.
 * Does nothing when no input has changed.
 * @param options CMake options for the native build
 * @returns its path
 */
export async function buildExecutable(options: string[] = []): Promise<string> {
  const { libDir, key } = await buildNative({ options });
  const commit = await gitCommit();
  const inputs = await hashInputs(key, commit);
  const stamp = Bun.file(`${executable}.inputs`);
  if (existsSync(executable) && (await stamp.exists()) && (await stamp.text()) === inputs) {
    return executable;
  }

  console.error("hutch: bundling dist/hutch …");
  await mkdir(dirname(executable), { recursive: true });
  await bundle(join(root, "src/main.ts"), libDir, commit, executable);
  await Bun.write(stamp, inputs);
  return executable;
}

/** @throws AggregateError with the bundler's messages */
async function bundle(entry: string, libDir: string, commit: string, to: string): Promise<void> {
  const unfinished = `${to}.${process.pid}.tmp`;
  await Bun.build({
    entrypoints: [entry],
    compile: {
      outfile: unfinished,
      // The folder that a user happens to start it in must not change what it does.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
    // Elysia composes handlers from functions' source text: names must survive.
    // Compiled beforehand: a start takes 70 ms less, and the file 7 MB more.
    bytecode: true,
    format: "esm",
    minify: { whitespace: true, syntax: true, identifiers: false },
    sourcemap: "none",
    define: { HUTCH_COMMIT: JSON.stringify(commit) },
    plugins: [await embedFiles(libDir)],
  });
  await rename(unfinished, to); // a running dist/hutch keeps its old file
}

/** The commit that `hutch --version` names; "unknown" outside a git checkout. */
async function gitCommit(): Promise<string> {
  const head = ["git", "-C", root, "rev-parse", "--short=12", "HEAD"];
  return await outputOf(head).then(
    (text) => text.trim(),
    () => "unknown",
  );
}

async function hashInputs(nativeKey: string, commit: string): Promise<string> {
  const folders = ["src", "ffi", "assets"];
  const files = await Promise.all(
    folders.map(async (name) => (await filesBelow(join(root, name))).map((f) => join(name, f))),
  );
  const own = ["scripts/build.ts", "scripts/embed-files.ts", "package.json", "package-lock.json"];
  const embedded = ["docs/hutch.service", "native/llama-cpp.json", "native/backends.json"];
  const hash = await hashOf(root, [...files.flat(), ...own, ...embedded]);
  return JSON.stringify({ hash, nativeKey, commit });
}

if (import.meta.main) {
  await runMain(async () => {
    const path = await buildExecutable(process.argv.slice(2));
    const megabytes = (Bun.file(path).size / 1e6).toFixed(0);
    console.log(`${path} (${megabytes} MB)`);
    return 0;
  });
}
