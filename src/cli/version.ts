import type { Environment } from "../core/flags/given.ts";
import { commit, llamaCppTag, version } from "../core/version.ts";
import { serverAddress } from "./client/address.ts";
import { Client, keyOf, ServerError } from "./client/client.ts";

export function versionText(): string {
  // The second line is for scripts that look for llama-server's.
  return `hutch ${version} (commit ${commit}, llama.cpp ${llamaCppTag}, Bun ${Bun.version})
version: ${version}`;
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
