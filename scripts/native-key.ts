import pinned from "../native/llama-cpp.json";
import { filesBelow, hashOf } from "./file-tree.ts";
import type { CompilerFacts } from "./toolchain.ts";

/** Raise it when the scripts change what they build from the same inputs. */
const scheme = 1;

/** Raise it when the scripts choose, name or strip libraries in another way. */
const collectingScheme = 2;

/** Environment variables that CMake takes compiler flags from. */
const flagVariables = ["CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS"];

/** Names of a native build in the cache. */
export interface NativeKeys {
  /** All inputs except the shim's: one build folder, so that editing the shim rebuilds only it. */
  build: string;
  /** All inputs: one set of libraries. */
  libraries: string;
}

/**
 * Hashes every input of the native build: source, our files, options, compiler, host CPU.
 * @param native our files: native/ or a copy of it
 */
export async function nativeKeys(
  native: string,
  options: string[],
  facts: CompilerFacts,
): Promise<NativeKeys> {
  const files = (await filesBelow(native)).filter((file) => file !== "backends.json"); // not built
  const inShim = (file: string) => file.startsWith("shim/");
  const build = digest([
    scheme,
    pinned.commit,
    pinned.sha512,
    await hashOf(
      native,
      files.filter((file) => !inShim(file)),
    ),
    options,
    flagVariables.map((name) => process.env[name] ?? ""),
    facts,
    process.platform,
    process.arch,
  ]);
  const shim = await hashOf(native, files.filter(inShim));
  return { build, libraries: digest([build, shim, collectingScheme]) };
}

function digest(value: unknown): string {
  return Bun.SHA256.hash(JSON.stringify(value), "hex").slice(0, 16);
}
