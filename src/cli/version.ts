import type { Environment } from "../core/flags/given.ts";
import { commit, llamaCppCommit, llamaCppTag, version } from "../core/version.ts";
import { serverAddress } from "./client/address.ts";
import { Client, keyOf, ServerError } from "./client/client.ts";
import { embedded } from "./embedded.ts";

export function versionText(): string {
  const llamaCpp = `llama.cpp ${llamaCppTag} ${llamaCppCommit.slice(0, 12)}`;
  const lines = [`hutch ${version} (commit ${commit}, ${llamaCpp}, Bun ${Bun.version})`];
  lines.push(`version: ${version}`); // for scripts that look for llama-server's
  if (embedded) lines.push(`backends: ${backendsIn(embedded.libraries.map(({ name }) => name))}`);
  return lines.join("\n");
}

/**
 * What ggml computes on, by the names of its libraries: "cpu", "vulkan", or "cpu (haswell, zen4)"
 * where there is one for each kind of processor.
 */
export function backendsIn(libraries: string[]): string {
  const names = libraries.flatMap((name) => /^libggml-(?!base\.)(.+)\.so$/.exec(name)?.[1] ?? []);
  const kinds = names.flatMap((name) => /^cpu-(.+)$/.exec(name)?.[1] ?? []);
  const others = names.filter((name) => !name.startsWith("cpu-"));
  return [...(kinds.length > 0 ? [`cpu (${kinds.join(", ")})`] : []), ...others].join(", ");
}

/** How long a server may take to say its version, milliseconds: nobody asked for it alone. */
const patienceMs = 1000;

/** Prints our version, and that of the server that commands would speak to, if there is one. */
export async function printVersion(env: Environment): Promise<void> {
  console.log(versionText());
  const address = serverAddress(env);
  const client = new Client(address, keyOf(env));
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const server = await client.get<{ version?: string }>("/api/version", signal);
    console.log(`server: ${server.version} at ${client.place}`);
    if (server.version !== version) {
      console.error(`hutch: the server's version is ${server.version}, this is ${version}`);
    }
  } catch (error) {
    if (address.source === null) return; // none was asked for
    const why = error instanceof ServerError ? `: ${error.message}` : " does not answer";
    console.error(`hutch: the server at ${client.place}${why}`);
  }
}
