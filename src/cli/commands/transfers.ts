import type { Client } from "../client/client.ts";
import { connect } from "../client/connect.ts";
import type { Command, CommandLine } from "../command.ts";
import { progressView } from "../terminal/progress-view.ts";

const insecure = { name: "insecure", help: "the registry may be spoken to by plain http" };

export const pull: Command = {
  name: "pull",
  usage: "MODEL",
  summary: "fetch a model from a registry",
  about: "A model that is there already is brought up to date; what was fetched in part goes on.",
  options: [insecure],
  nWords: { min: 1, max: 1 },
  run: (line) => transfer("/api/pull", line),
};

export const push: Command = {
  name: "push",
  usage: "MODEL",
  summary: "send a model to a registry",
  options: [insecure],
  nWords: { min: 1, max: 1 },
  run: (line) => transfer("/api/push", line),
};

async function transfer(path: string, line: CommandLine): Promise<void> {
  const [model = ""] = line.words;
  await using connection = await connect(process.env);
  await showSteps(connection.client, path, { model, insecure: line.has("insecure") });
}

/** Asks for long work, and shows it until it is done. @throws ServerError */
export async function showSteps(
  client: Client,
  path: string,
  body: object,
  signal?: AbortSignal,
): Promise<void> {
  using view = progressView();
  const steps = client.steps(path, { ...body, stream: true }, signal);
  for await (const step of steps) view.step(step);
}
