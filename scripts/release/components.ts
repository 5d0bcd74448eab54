import { readdir } from "node:fs/promises";
import { join } from "node:path";
import llamaCpp from "../../native/llama-cpp.json";
import manifest from "../../package.json";
import lock from "../../package-lock.json";
import { root } from "../paths.ts";

/** Something of others that an executable carries. */
export interface Component {
  name: string;
  /** null: whoever carries it does not say. */
  version: string | null;
  /** As SPDX writes licences: "MIT", "GPL-3.0-or-later WITH GCC-exception-3.1". */
  licence: string;
  /** Where it comes from: a package URL, as the SBOM has it. */
  purl: string;
  /** What must travel with it: licences, notices. */
  texts: string[];
}

/** What the parts of an executable come from. */
export interface Origins {
  /** Folder of the native libraries, and llama.cpp's source, which most of them are built from. */
  libDir: string;
  sourceDir: string;
  /** Versions of the compiler's libraries, by the name of their Debian package. */
  runtimeVersions?: Record<string, string>;
}

/** Everything of others that the executable carries, sorted by name. */
export async function componentsOf(origins: Origins): Promise<Component[]> {
  const found = await Promise.all([
    npmComponents(),
    bunComponent().then((bun) => [bun]),
    llamaComponents(origins.sourceDir),
    runtimeComponents(origins),
  ]);
  return found.flat().sort((a, b) => a.name.localeCompare(b.name, "en"));
}

/** Packages of which anything is bundled, for the server or for its pages. */
async function npmComponents(): Promise<Component[]> {
  const pages = ["chat.ts", "chat.css", "status.ts", "status.css"];
  const inputs = await Promise.all([
    bundledInputs([join(root, "src/main.ts")], "bun"),
    bundledInputs(
      pages.map((page) => join(root, "src/web/browser", page)),
      "browser",
    ),
  ]);
  const folders = inputs.flat().flatMap((path) => packageFolder(path) ?? []);
  return await Promise.all([...new Set(folders)].map(npmComponent));
}

async function bundledInputs(entrypoints: string[], target: "bun" | "browser"): Promise<string[]> {
  const { metafile } = await Bun.build({ entrypoints, target, metafile: true, root });
  return Object.keys(metafile?.inputs ?? {});
}

/** "node_modules/a/node_modules/@b/c" of "node_modules/a/node_modules/@b/c/lib/d.js" */
function packageFolder(path: string): string | undefined {
  return /(?:^|\/)(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

async function npmComponent(folder: string): Promise<Component> {
  const packages: Record<string, { version?: string }> = lock.packages;
  const { name, license } = await Bun.file(join(root, folder, "package.json")).json();
  const version = packages[folder]?.version ?? null;
  const files = await readdir(join(root, folder));
  const texts = files.filter((file) => /^(licen[cs]e|notice|copying)|bundle\.js\.lic/i.test(file));
  if (typeof license !== "string" || texts.length === 0) {
    throw new Error(`${folder} is bundled, but does not say its licence`);
  }
  return {
    name,
    version,
    licence: license,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    texts: await Promise.all(texts.sort().map((file) => Bun.file(join(root, folder, file)).text())),
  };
}

async function bunComponent(): Promise<Component> {
  const version = manifest.devDependencies.bun;
  return {
    name: "bun",
    version,
    licence: "MIT AND LGPL-2.0-or-later AND LGPL-2.1-or-later",
    purl: `pkg:npm/bun@${version}`,
    texts: await ownTexts("bun", "mit", "lgpl-2.0", "lgpl-2.1", "apache-2.0"),
  };
}

const ownTexts = (...names: string[]) =>
  Promise.all(names.map((name) => Bun.file(join(root, "assets/licences", `${name}.txt`)).text()));

/** llama.cpp, and what others wrote of that which is compiled into its libraries. */
async function llamaComponents(sourceDir: string): Promise<Component[]> {
  const read = (path: string) => Bun.file(join(sourceDir, path)).text();
  const inLlama = (path: string) => `${ggmlOrg}@${llamaCpp.commit}#${path}`;
  const part = async (name: string, licence: string, path: string, text: Promise<string>) => ({
    name,
    version: null,
    licence,
    purl: inLlama(path),
    texts: [await text],
  });
  const header = (path: string) => read(path).then(firstComment);
  const footer = (path: string) => read(path).then(lastComment);
  return await Promise.all([
    {
      name: "llama.cpp",
      version: llamaCpp.tag,
      licence: "MIT",
      purl: `${ggmlOrg}@${llamaCpp.commit}`,
      texts: [await read("LICENSE")],
    },
    part("cpp-httplib", "MIT", "vendor/cpp-httplib", read("vendor/cpp-httplib/LICENSE")),
    part("JSON for Modern C++", "MIT", "vendor/nlohmann", read("licenses/LICENSE-jsonhpp")),
    part("llamafile's sgemm", "MIT", sgemm, header(sgemm)),
    part("miniaudio", "Unlicense OR MIT-0", "vendor/miniaudio", footer(`${miniaudio}.h`)),
    part("rotate-bits", "MIT", rotateBits, read(`${rotateBits}/LICENSE.md`)),
    part("stb_image", "MIT OR Unlicense", "vendor/stb", footer("vendor/stb/stb_image.h")),
    part("subprocess.h", "Unlicense", subprocess, read(subprocess).then(unlicenseIn)),
    part("xxHash", "BSD-2-Clause", "vendor/hash/xxhash", header("vendor/hash/xxhash/xxhash.h")),
  ]);
}

const ggmlOrg = "pkg:github/ggml-org/llama.cpp";
const sgemm = "ggml/src/ggml-cpu/llamafile/sgemm.cpp";
const miniaudio = "vendor/miniaudio/miniaudio";
const rotateBits = "vendor/hash/rotate-bits";
const subprocess = "vendor/sheredom/subprocess.h";

/** The comment that a file begins with, without its marks. */
export function firstComment(text: string): string {
  const block = /^\s*\/\*([\s\S]*?)\*\//.exec(text)?.[1];
  const lines = block?.split("\n") ?? /^(?:\/\/.*\n)+/.exec(text)?.[0].split("\n") ?? [];
  if (lines.length === 0) throw new Error("a source file has lost the licence it began with");
  return `${lines
    .map((line) => line.replace(/^\s*(\*|\/\/) ?/, ""))
    .join("\n")
    .trim()}\n`;
}

/** The comment that a file ends with, without its marks. */
export function lastComment(text: string): string {
  const start = text.lastIndexOf("/*");
  const end = text.lastIndexOf("*/");
  if (start < 0 || end < start) throw new Error("a source file has lost the licence it ended with");
  return `${text.slice(start + 2, end).trim()}\n`;
}

const unlicenseIn = (text: string) =>
  firstComment(text.slice(text.indexOf("/*", text.indexOf("*/"))));

/** The compiler's libraries that lie among ours. */
async function runtimeComponents(origins: Origins): Promise<Component[]> {
  const names = await readdir(origins.libDir);
  const kinds = [
    { pattern: /^libstdc\+\+/, name: "libstdc++", debian: "libstdc++6", family: gcc },
    { pattern: /^libgcc_s/, name: "libgcc", debian: "libgcc-s1", family: gcc },
    { pattern: /^libgomp/, name: "libgomp", debian: "libgomp1", family: gcc },
    { pattern: /^libomp/, name: "LLVM's libomp", debian: "libomp5-11", family: llvm },
  ];
  const present = kinds.filter(({ pattern }) => names.some((file) => pattern.test(file)));
  return await Promise.all(
    present.map(async ({ name, debian, family }) => {
      const version = origins.runtimeVersions?.[debian] ?? null;
      const at = version === null ? "" : `@${encodeURIComponent(version)}`;
      const purl = `pkg:deb/debian/${debian.replaceAll("+", "%2B")}${at}`;
      return { name, version, licence: family.licence, purl, texts: await family.texts() };
    }),
  );
}

const gcc = {
  licence: "GPL-3.0-or-later WITH GCC-exception-3.1",
  texts: () => ownTexts("gcc-runtime-exception", "gpl-3.0"),
};
const llvm = {
  licence: "Apache-2.0 WITH LLVM-exception",
  texts: () => ownTexts("llvm-exception", "apache-2.0"),
};

/** What `hutch licenses` prints: who wrote what, and each text once, under all that it is for. */
export function licencesText(own: string, components: Component[]): string {
  const named = ({ name, version }: Component) => (version === null ? name : `${name} ${version}`);
  const list = components.map((component) => `  ${named(component)}: ${component.licence}`);
  const texts = new Map<string, string[]>();
  for (const component of components) {
    for (const text of component.texts.map((text) => text.replaceAll("\r\n", "\n").trim())) {
      texts.set(text, [...(texts.get(text) ?? []), named(component)]);
    }
  }
  const rule = "=".repeat(80);
  const parts = [...texts].map(
    ([text, names]) => `${rule}\n${names.join(", ")}\n${rule}\n\n${text}`,
  );
  const intro = "Hutch carries these works of others, each under its own licence:";
  return `${["Hutch", own.trim(), intro, list.join("\n"), ...parts].join("\n\n")}\n`;
}
