import { fstatSync } from "node:fs";
import { UsageError } from "../../core/flags/flag.ts";
import { connect } from "../client/connect.ts";
import type { Embedded } from "../client/wire.ts";
import type { Command, CommandLine } from "../command.ts";
import { talk } from "../run/interactive.ts";
import { find, preload } from "../run/load.ts";
import { metricsText } from "../run/metrics.ts";
import { toDimensions, toFormat, toKeepAlive, toThink, toTruth } from "../run/options.ts";
import { can, type Session } from "../run/session.ts";
import { turn } from "../run/turn.ts";

export const run: Command = {
  name: "run",
  usage: "MODEL [PROMPT...]",
  summary: "talk to a model, or ask it something",
  about:
    "Without a prompt, on a terminal, this is a conversation; /? tells more there. Standard " +
    "input, where it is no terminal, comes before the prompt. A model that is not here is " +
    "pulled. Files that the prompt names are shown to models that see or hear. Embedding models " +
    "print a vector.",
  options: [
    { name: "format", value: "json|FILE", help: "answer in JSON, or by the JSON schema in FILE" },
    { name: "system", value: "TEXT", help: "the system message" },
    { name: "think", value: "LEVEL", bare: "true", help: "think first: true, false, low … max" },
    { name: "hidethinking", help: "do not print what the model thinks" },
    { name: "verbose", help: "print what answers take" },
    { name: "nowordwrap", help: "do not break lines between words" },
    { name: "keepalive", value: "DURATION", help: "how long the model stays loaded: 5m, 0, -1" },
    { name: "insecure", help: "the registry may be spoken to by plain http" },
    { name: "truncate", bare: "true", value: "BOOL", help: "cut texts to embed that are too long" },
    { name: "dimensions", value: "N", help: "of the vector of an embedding model" },
  ],
  nWords: { min: 1, max: Infinity },
  run: async (line) => {
    const settings = settingsOf(line);
    const [model = "", ...words] = line.words;
    const prompt = [await pipedInput(), words.join(" ")].filter(Boolean).join("\n");
    const isAlone = words.length === 0 && Boolean(process.stdin.isTTY);
    if (isAlone && !process.stdout.isTTY) {
      throw new UsageError("there is no prompt, and the output is no terminal to talk at");
    }
    await using connection = await connect(process.env);
    const { client } = connection;
    const shown = await find(client, model, { insecure: line.has("insecure") });
    const session: Session = { client, model, shown, options: {}, messages: [], ...settings };
    if (can(session, "embedding") && !can(session, "completion")) {
      await embed(session, prompt, line);
    } else if (prompt !== "") {
      await turn(session, prompt, new AbortController().signal);
    } else if (isAlone) await talk(session);
    else await preload(client, model, session);
  },
};

type Settings = Omit<Session, "client" | "model" | "shown" | "options" | "messages">;

/** @throws UsageError */
function settingsOf(line: CommandLine): Settings {
  const read = <T>(option: string, reader: (text: string) => T): T | undefined => {
    const text = line.value(option);
    return text === undefined ? undefined : reader(text);
  };
  return {
    system: line.value("system"),
    format: read("format", toFormat),
    keepAlive: read("keepalive", toKeepAlive),
    think: read("think", (text) => toThink(text, "--think")),
    hidesThinking: line.has("hidethinking"),
    isVerbose: line.has("verbose"),
    wrapsWords: !line.has("nowordwrap"),
  };
}

async function embed(session: Session, input: string, line: CommandLine): Promise<void> {
  if (input === "") throw new UsageError(`${session.model} embeds texts: give it one`);
  const { client, model, keepAlive } = session;
  const dimensions = line.value("dimensions");
  const truncate = line.value("truncate");
  const answer = await client.post<Embedded>("/api/embed", {
    model,
    input,
    ...(keepAlive !== undefined && { keep_alive: keepAlive }),
    ...(truncate !== undefined && { truncate: toTruth(truncate, "--truncate") }),
    ...(dimensions !== undefined && { dimensions: toDimensions(dimensions) }),
  });
  console.log(JSON.stringify(answer.embeddings[0] ?? []));
  if (session.isVerbose) process.stderr.write(metricsText(answer));
}

/** All of standard input where somebody gives some: a pipe, a file; not a terminal, not nothing. */
async function pipedInput(): Promise<string> {
  if (process.stdin.isTTY) return "";
  const facts = fstatSync(0);
  if (!facts.isFIFO() && !facts.isFile() && !facts.isSocket()) return "";
  return (await Bun.stdin.text()).trimEnd();
}
