import { mkdir, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { embedFiles } from "./embed-files.ts";
import { filesBelow, hashOf } from "./file-tree.ts";
import { root } from "./paths.ts";
import { outputOf } from "./program.ts";
import { type Component, licencesText } from "./release/components.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface BundleRequest {
  /** Folder of the native libraries. */
  libDir: string;
  /** What the executable carries of others: their licences are embedded. */
  components: Component[];
  commit: string;
  /** Where the executable shall be. */
  to: string;
  /** Bun's executable for another kind of machine; this one's own otherwise. */
  runtime?: { target: "bun-linux-x64" | "bun-linux-arm64"; path: string };
}

/**
 * Makes one file that holds Bun, our code, the native libraries and the tiny model.
 * The same inputs give the same bytes, wherever the checkout lies.
 * @throws AggregateError with the bundler's messages
 */
export async function bundle(request: BundleRequest): Promise<void> {
  const { libDir, components, commit, to, runtime } = request;
  console.error(`hutch: bundling dist/${basename(to)} …`);
  await mkdir(dirname(to), { recursive: true });
  // The name of the file, without its folder, becomes part of it.
  await using work = await temporaryFolder("bundle", dirname(to));
  const licences = join(work.path, "licences.txt");
  const own = await Bun.file(join(root, "LICENSE")).text();
  await Bun.write(licences, licencesText(own, components));
  const outfile = join(work.path, "hutch");
  await Bun.build({
    entrypoints: [join(root, "src/main.ts")],
    compile: {
      outfile,
      ...(runtime && { target: runtime.target, executablePath: runtime.path }),
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
    plugins: [await embedFiles(libDir, licences)],
  });
  await rename(outfile, to); // a running dist/hutch keeps its old file
}

/**
 * The commit that `hutch --version` names, and whether anything was changed since;
 * "unknown" outside a git checkout.
 */
export async function gitCommit(): Promise<string> {
  const describe = ["describe", "--always", "--exclude=*", "--abbrev=12", "--dirty=+changes"];
  return await outputOf(["git", "-C", root, ...describe]).then(
    (text) => text.trim(),
    () => "unknown",
  );
}

/** Changes with everything that goes into an executable. */
export async function bundleInputs(nativeKey: string, commit: string): Promise<string> {
  const folders = ["src", "ffi", "assets"];
  const files = await Promise.all(
    folders.map(async (name) => (await filesBelow(join(root, name))).map((f) => join(name, f))),
  );
  const scripts = ["build.ts", "bundle.ts", "embed-files.ts", "release/components.ts"];
  const own = [...scripts.map((name) => `scripts/${name}`), "package.json", "package-lock.json"];
  const embedded = [
    "docs/hutch.service",
    "native/llama-cpp.json",
    "native/backends.json",
    "LICENSE",
  ];
  const hash = await hashOf(root, [...files.flat(), ...own, ...embedded]);
  return JSON.stringify({ hash, nativeKey, commit });
}
