import { type Client, ServerError } from "../client/client.ts";
import { connect, requireServer } from "../client/connect.ts";
import type { Command } from "../command.ts";

export const cp: Command = {
  name: "cp",
  usage: "SOURCE DESTINATION",
  summary: "give a model a second name",
  options: [],
  nWords: { min: 2, max: 2 },
  run: async ({ words: [source = "", destination = ""] }) => {
    await using connection = await connect(process.env);
    await connection.client.send("POST", "/api/copy", { source, destination });
    console.log(`copied '${source}' to '${destination}'`);
  },
};

export const rm: Command = {
  name: "rm",
  usage: "MODEL...",
  summary: "delete models",
  about: "A model that is loaded is unloaded first.",
  options: [],
  nWords: { min: 1, max: Infinity },
  run: async ({ words }) => {
    await using connection = await connect(process.env);
    const { client } = connection;
    for (const model of words) {
      await unload(client, model).catch(ignoreRefusal);
      await client.send("DELETE", "/api/delete", { model });
      console.log(`deleted '${model}'`);
    }
  },
};

export const stop: Command = {
  name: "stop",
  usage: "MODEL",
  summary: "unload a model",
  options: [],
  nWords: { min: 1, max: 1 },
  run: async ({ words: [model = ""] }) => {
    await unload(await requireServer(process.env), model);
  },
};

async function unload(client: Client, model: string): Promise<void> {
  await client.post("/api/generate", { model, keep_alive: 0, stream: false });
}

/** Whether there is such a model is for the deletion to say. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof ServerError)) throw error;
}
