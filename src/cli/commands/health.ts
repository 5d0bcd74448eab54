import { requireServer } from "../client/connect.ts";
import type { Command } from "../command.ts";

export const health: Command = {
  name: "health",
  usage: "",
  summary: "ask the server whether it is well",
  about: "For health checks of containers: the exit code is 0 if it is, else 1. It needs no key.",
  options: [],
  nWords: { min: 0, max: 0 },
  run: async () => {
    const client = await requireServer(process.env);
    await client.get("/health", AbortSignal.timeout(patienceMs));
    console.log(`the server at ${client.place} is well`);
  },
};

/** How long the server may take to answer, milliseconds. */
const patienceMs = 5000;
