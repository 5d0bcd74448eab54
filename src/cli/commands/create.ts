import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UsageError } from "../../core/flags/flag.ts";
import { type Command as ModelfileCommand, parseModelfile } from "../../models/modelfile.ts";
import { connect } from "../client/connect.ts";
import type { Command } from "../command.ts";
import { ggufsIn, type LocalFile, namedFiles } from "../create/local-files.ts";
import { createRequest } from "../create/request.ts";
import { digestOf, uploaded } from "../create/upload.ts";
import { progressView } from "../terminal/progress-view.ts";

export const create: Command = {
  name: "create",
  usage: "MODEL",
  summary: "make a model from a Modelfile",
  about:
    "Without --file, ./Modelfile is read, or else the GGUF files of this folder are the model. " +
    "Files that the Modelfile names are sent to the server, unless it has them.",
  options: [
    { name: "file", short: "f", value: "FILE", help: "the Modelfile; - for standard input" },
    { name: "quantize", short: "q", value: "TYPE", help: "make its numbers smaller: q4_K_M, q8_0" },
  ],
  nWords: { min: 1, max: 1 },
  run: async (line) => {
    const [model = ""] = line.words;
    const { commands, folder } = await modelfile(line.value("file"));
    const named = namedFiles(commands, folder);
    await using connection = await connect(process.env);
    const { client } = connection;
    using view = progressView();
    const digests = new Map<LocalFile, string>();
    for (const file of [...named.files, ...named.adapters, ...named.drafts]) {
      const reading = digestOf(file);
      let step = await reading.next();
      for (; !step.done; step = await reading.next()) view.step(step.value);
      digests.set(file, step.value);
      for await (const step of uploaded(client, file, digests.get(file) ?? "")) view.step(step);
    }
    const quantize = line.value("quantize");
    const body = {
      model,
      ...createRequest(commands, named, (file) => digests.get(file) ?? ""),
      ...(quantize === undefined ? {} : { quantize }),
      stream: true,
    };
    for await (const step of client.steps("/api/create", body)) view.step(step);
  },
};

interface Found {
  commands: readonly ModelfileCommand[];
  /** Where the paths in it begin. */
  folder: string;
}

/** @throws UsageError when there is none, AppError when it cannot be understood */
async function modelfile(path: string | undefined): Promise<Found> {
  if (path === "-") {
    return { commands: parseModelfile(await Bun.stdin.bytes()).commands, folder: process.cwd() };
  }
  const file = resolve(path ?? "Modelfile");
  const facts = statSync(file, { throwIfNoEntry: false });
  if (path !== undefined && facts?.isDirectory()) {
    throw new UsageError(`--file: ${path} is a folder: name the Modelfile in it`);
  }
  if (facts && !facts.isDirectory()) {
    return { commands: parseModelfile(readFileSync(file)).commands, folder: dirname(file) };
  }
  if (path !== undefined) throw new UsageError(`--file: no such file: ${path}`);
  const folder = process.cwd();
  if (ggufsIn(folder).length > 0) {
    return { commands: [{ name: "from", key: "", value: ".", line: 1 }], folder };
  }
  throw new UsageError("no ./Modelfile here, nor a GGUF file: name a Modelfile with --file");
}
