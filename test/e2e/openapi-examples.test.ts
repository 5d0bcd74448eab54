import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { OpenApiDocument } from "../../src/http/docs/document.ts";
import { type RunningServer, startServer, temporaryDir, until } from "../support/server.ts";

const document = parse(
  await Bun.file(join(import.meta.dir, "../../openapi.yaml")).text(),
) as OpenApiDocument;

interface Parameter {
  name: string;
  in: "path" | "query";
  required?: boolean;
  schema: { example?: string };
}

interface Content {
  schema: { $ref?: string; examples?: unknown[] };
  example?: unknown;
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Content> };
  responses: Record<string, { content?: Record<string, unknown> }>;
}

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, about]) => [`${method.toUpperCase()} ${path}` as string, about as Operation] as const,
  ),
);

/** The bodies that Swagger UI offers; [undefined] for an operation without a body. */
function bodiesOf({ requestBody }: Operation): unknown[] {
  if (!requestBody) return [undefined];
  const { schema, example } = requestBody.content["application/json"] ?? { schema: {} };
  if (example !== undefined) return [example];
  const name = schema.$ref?.split("/").at(-1) ?? "";
  const named = document.components.schemas[name] as Content["schema"] | undefined;
  return (named ?? schema).examples ?? [];
}

/** What Swagger UI makes of the path and its parameters. @throws when one has no example */
function urlOf(path: string, { parameters = [] }: Operation): string {
  const given = parameters.filter(({ required, schema }) => required || schema.example);
  const missing = given.filter(({ schema }) => schema.example === undefined);
  if (missing.length > 0) throw new Error(`no example of ${missing.map(({ name }) => name)}`);
  const query = new URLSearchParams();
  let url = path;
  for (const { name, in: where, schema } of given) {
    if (where === "query") query.set(name, schema.example ?? "");
    else url = url.replace(`{${name}}`, encodeURIComponent(schema.example ?? ""));
  }
  return query.size > 0 ? `${url}?${query}` : url;
}

const slotFiles = temporaryDir();
mkdirSync(join(slotFiles.path, "slots"));

/** Servers that some operations need: by their flags. */
const flags = {
  plain: [],
  switchedOn: ["--props", "--slot-save-path", join(slotFiles.path, "slots")],
  reranking: ["--reranking"],
  offline: ["--offline"],
};
type Name = keyof typeof flags;
const servers = new Map<Name, RunningServer>();

beforeAll(async () => {
  const start = async (name: Name) => {
    servers.set(name, await startServer({ args: ["-t", "1", ...flags[name]] }));
  };
  await Promise.all((Object.keys(flags) as Name[]).map(start));
});
afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server[Symbol.asyncDispose]()));
  slotFiles[Symbol.dispose]();
});

interface Circumstances {
  /** The server that it needs in place of `hutch serve`, which says 501 here. */
  on?: Name;
  /** What must have happened before. */
  first?: (server: RunningServer) => Promise<unknown>;
  /** How it fails all the same, and why that is right. */
  fails?: { status: number; why: string; answer: object };
  /** Its answer ends with the client. */
  isEndless?: true;
}

const load = (server: RunningServer) =>
  server.post("/inferences/llamacpp/loadmodel", { llama_model_path: "tiny" });

const unloadNitro = (server: RunningServer) => server.post("/inferences/llamacpp/unloadmodel", {});

const converse = async (server: RunningServer) => {
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-conversation-id": "my-conversation" },
    body: JSON.stringify({ messages: [{ role: "user", content: "Hello!" }], stream: true }),
  });
  await response.text();
};

const unload = async (server: RunningServer) => {
  await server.post("/models/unload", { model: "tiny" });
  await until("tiny is unloaded", () => server.engines().length === 0);
};

const noResponse = {
  status: 404,
  why: "ids are made by the server: only one that it gave is found",
  answer: { error: { type: "not_found_error", param: "response_id" } },
};
const noneRuns = { on: "reranking" as const };
const noRegistry = {
  on: "offline" as const,
  fails: {
    status: 403,
    why: "a test must not need a network",
    answer: { error: expect.stringContaining("--offline forbids asking the registry for ") },
  },
};

const createModel = (server: RunningServer) =>
  server.post("/api/create", { model: "my-model", from: "tiny", stream: false });

const uploadNothing = (server: RunningServer) => {
  const [, digest] = /(sha256:\w+)/.exec(JSON.stringify(document.paths)) ?? [];
  return fetch(`${server.url}/api/blobs/${digest}`, { method: "POST" });
};

const circumstances: Record<string, Circumstances> = {
  "GET /v1/stream": { first: converse },
  "GET /v1/responses/{response_id}": { fails: noResponse },
  "DELETE /v1/responses/{response_id}": { fails: noResponse },
  "GET /v1/responses/{response_id}/input_items": { fails: noResponse },
  "POST /v1/responses/{response_id}/cancel": { fails: noResponse },
  "POST /api/copy": { first: createModel },
  "DELETE /api/delete": { first: createModel },
  "HEAD /api/blobs/{digest}": { first: uploadNothing },
  "POST /api/pull": noRegistry,
  "POST /api/push": noRegistry,
  "POST /api/rerank": noneRuns,
  "POST /rerank": noneRuns,
  "POST /reranking": noneRuns,
  "POST /v1/rerank": noneRuns,
  "POST /v1/reranking": noneRuns,
  "POST /props": { on: "switchedOn" },
  "POST /slots/{id_slot}": { on: "switchedOn" },
  "POST /models": {
    on: "offline",
    fails: {
      status: 400,
      why: "it is fetched from the network",
      answer: { error: { type: "invalid_request_error", param: "model" } },
    },
  },
  "DELETE /models": {
    fails: {
      status: 400,
      why: "the embedded model stays",
      answer: { error: { type: "invalid_request_error", param: "model" } },
    },
  },
  "POST /models/load": { first: unload },
  "GET /models/sse": { isEndless: true },
  ...Object.fromEntries(
    ["llamacpp", "server"].flatMap((name) => [
      [`POST /inferences/${name}/loadmodel`, { first: unloadNitro }],
      [`POST /inferences/${name}/chat_completion`, { first: load }],
      [`POST /inferences/${name}/embedding`, { first: load }],
    ]),
  ),
};

test("nothing is excused that is not there", () => {
  const names = operations.map(([name]) => name);
  expect(Object.keys(circumstances).filter((name) => !names.includes(name))).toEqual([]);
});

describe.each(operations)("%s", (name, about) => {
  const [method = "", path = ""] = name.split(" ");
  const bodies = bodiesOf(about);
  const { on = "plain", first, fails, isEndless } = circumstances[name] ?? {};

  test("has an example", () => {
    expect(bodies).not.toBeEmpty();
    expect(urlOf(path, about)).toStartWith("/");
  });

  test.each(bodies.map((body) => [body]))("%j", async (body) => {
    const server = servers.get(on);
    if (!server) throw new Error(`there is no server called ${on}`);
    await first?.(server);
    const response = await fetch(server.url + urlOf(path, about), {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    });
    expect(Object.keys(about.responses)).toContain(String(response.status));
    if (isEndless) {
      expect(response.status).toBe(200);
      return response.body?.cancel();
    }
    const answer = await response.text();
    if (fails) {
      expect([response.status, JSON.parse(answer)]).toMatchObject([fails.status, fails.answer]);
      return;
    }
    expect([response.ok, answer]).toEqual([
      true,
      expect.not.stringMatching(/"error": ?[{"]/), // nor in the middle of a stream
    ]);
  });
});

const streaming = operations.filter(
  ([, { requestBody, responses }]) =>
    requestBody !== undefined && responses["200"]?.content?.["text/event-stream"] !== undefined,
);

test.each(streaming)("%s has an example of a stream", (_name, about) => {
  expect(bodiesOf(about)).toContainEqual(expect.objectContaining({ stream: true }));
});
