import { readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import type { TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Ask, AskedMessage, Gap, JsonObject, KnownCall, Picture, Tool } from "./ask.ts";
import {
  type AskedEntry,
  CaseFile,
  type Entry,
  type Expectation,
  entrySchemas,
  type ToolEntry,
  type Wording,
} from "./case-schema.ts";

/** Something to measure, ready to be sent. */
export type Case = ChatCase | InfillCase | PairsCase;

interface Labelled {
  readonly skill: string;
  readonly wording: Wording;
}

export interface ChatCase extends Labelled {
  readonly kind: "chat";
  readonly ask: Ask;
  /** With a schema in `ask`, the answer must fit that as well. */
  readonly expect: Expectation | undefined;
}

export interface InfillCase extends Labelled {
  readonly kind: "infill";
  readonly gap: Gap;
  readonly expect: Expectation;
}

export interface PairsCase extends Labelled {
  readonly kind: "embedding-pairs";
  readonly pairs: readonly Pair[];
}

/** Two sentences that say the same or have nothing to do with each other. */
export type Pair = readonly [one: string, other: string, relation: "paraphrase" | "unrelated"];

/**
 * The cases of a file; pictures are looked for beside it.
 * @param wording of the cases that do not name theirs
 * @throws Error naming the case that is no case
 */
export function readCases(path: string, wording: Wording = "seen"): Case[] {
  const data: unknown = JSON.parse(readFileSync(path, "utf8"));
  const file = checked<CaseFile>(CaseFile, Array.isArray(data) ? { cases: data } : data, path);
  const read = memoised((name) => readPicture(join(dirname(path), name)));
  return file.cases.map((given, i) => {
    const where = `${path}: case ${i + 1}`;
    try {
      return toCase(toEntry(given, where), { wording, tools: file.tools ?? {}, read });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(reason.startsWith(path) ? reason : `${where}: ${reason}`);
    }
  });
}

function toEntry(given: { kind?: string }, where: string): Entry {
  const kind = given.kind ?? "chat";
  if (!Object.hasOwn(entrySchemas, kind)) throw new Error(`${where}: no such kind: ${kind}`);
  return checked<Entry>(entrySchemas[kind as keyof typeof entrySchemas], given, where);
}

function checked<T>(schema: TSchema, value: unknown, where: string): T {
  const error = Value.Errors(schema, value).First();
  if (error === undefined) return value as T;
  throw new Error(`${where}${error.path}: ${error.message}`);
}

interface Surroundings {
  readonly wording: Wording;
  readonly tools: Readonly<Record<string, Exclude<ToolEntry, string>>>;
  readonly read: (name: string) => Picture;
}

function toCase(entry: Entry, around: Surroundings): Case {
  const labels = { skill: entry.skill, wording: entry.wording ?? around.wording };
  switch (entry.kind) {
    case "embedding-pairs":
      return { kind: entry.kind, ...labels, pairs: entry.pairs };
    case "infill": {
      const { prefix, suffix, expect } = entry;
      const expected = typeof expect === "string" ? { exact: expect } : expect;
      return { kind: entry.kind, ...labels, gap: { prefix, suffix }, expect: expected };
    }
    default:
      return { kind: "chat", ...labels, ask: toAsk(entry, around), expect: entry.expect };
  }
}

function toAsk(entry: AskedEntry, { tools, read }: Surroundings): Ask {
  const { think, image = [], imageLast = false } = entry;
  const schema: JsonObject | undefined = entry.kind === "schema" ? entry.schema : undefined;
  const messages = withResults(toMessages(entry)).map((message) => ({
    ...message,
    images: message.images.map(read),
    hasImagesLast: false,
  }));
  const first = messages.find(({ role }) => role === "user");
  if (first) {
    first.images.push(...[image].flat().map(read));
    first.hasImagesLast = imageLast;
  }
  return {
    messages,
    tools: (entry.tools ?? []).map((tool) => toTool(tool, tools)),
    ...(schema !== undefined && { schema }),
    ...(think !== undefined && { think }),
  };
}

type GivenMessage = NonNullable<AskedEntry["messages"]>[number];

function toMessages({ messages, question, system }: AskedEntry): GivenMessage[] {
  if ((messages === undefined) === (question === undefined)) {
    throw new Error("it takes either `messages` or `question`");
  }
  if (question === undefined) return messages ?? [];
  const said = [question].flat().map((content, i) => {
    return { role: i % 2 === 0 ? "user" : "assistant", content };
  });
  return system === undefined ? said : [{ role: "system", content: system }, ...said];
}

/** Gives calls their ids, and to each result, in order, the call that it answers. */
function withResults(
  messages: readonly GivenMessage[],
): (Omit<AskedMessage, "images" | "hasImagesLast"> & { images: string[] })[] {
  let nCalls = 0;
  const open: KnownCall[] = [];
  return messages.map(({ role, content = "", images = [], calls = [] }) => {
    const known = calls.map((call) => ({ ...call, id: `call_${nCalls++}` }));
    open.push(...known);
    const answers = role === "tool" ? open.shift() : undefined;
    if (role === "tool" && answers === undefined) throw new Error("a result of no call");
    return {
      ...{ role: role as AskedMessage["role"], content, images, calls: known },
      ...(answers && { answers }),
    };
  });
}

function toTool(entry: ToolEntry, known: Surroundings["tools"]): Tool {
  const tool = typeof entry === "string" ? known[entry] : entry;
  if (tool === undefined) throw new Error(`the file has no tool ${JSON.stringify(entry)}`);
  return (typeof tool === "object" && "function" in tool ? tool.function : tool) as Tool;
}

const mediaTypes: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".bmp": "image/bmp",
  ".webp": "image/webp",
  ".gif": "image/gif",
};

function readPicture(path: string): Picture {
  const mediaType = mediaTypes[extname(path).toLowerCase()];
  if (mediaType === undefined) throw new Error(`${path} is no picture by its name`);
  return { base64: readFileSync(path).toString("base64"), mediaType };
}

/** The function, which is called once for each name. */
function memoised<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const value = made.get(name) ?? make(name);
    made.set(name, value);
    return value;
  };
}
