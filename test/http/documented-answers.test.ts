import { afterAll, describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { type Document, requestOf } from "../../scripts/faults/openapi-requests.ts";
import { apiKey } from "../../src/core/api-keys.ts";
import { requestLimits } from "../../src/core/limits.ts";
import type { HttpSettings } from "../../src/core/server.ts";
import { listen } from "../../src/http/listen.ts";
import { equipped } from "../support/equipped-engine.ts";
import { appOver, httpSettings, says } from "../support/fake-engine.ts";

interface Schema {
  $ref?: string;
  anyOf?: Schema[];
  type?: string;
  const?: unknown;
  required?: string[];
  properties?: Record<string, Schema>;
}
interface Operation {
  requestBody?: { content: object };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

const text = await Bun.file(new URL("../../openapi.yaml", import.meta.url)).text();
const document = parse(text) as Document;
const { paths, components } = parse(text) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};
/** Of routes that look at it before they read a body. */
const queries: Record<string, string> = { "/slots/{id_slot}": "?action=save" };
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, about]) => ({
    method: method.toUpperCase(),
    path: path.replaceAll(/\{\w+\}/g, "1") + (queries[path] ?? ""),
    about,
  })),
);
type Case = (typeof operations)[number];
const withBody = operations.filter(({ about }) => about.requestBody !== undefined);
const isPublic = ({ path }: Case) => /^\/(v1\/)?(health|healthz|ready)$/.test(path);
const withKeys = operations.filter((one) => !isPublic(one));

/** As much of JSON Schema as errors are described in. */
function fits(value: unknown, { $ref, anyOf, ...schema }: Schema): boolean {
  if ($ref) return fits(value, components.schemas[$ref.split("/").at(-1) ?? ""] ?? {});
  if (anyOf) return anyOf.some((variant) => fits(value, variant));
  if ("const" in schema) return value === schema.const;
  if (schema.type === "null") return value === null;
  if (schema.type === "integer") return Number.isInteger(value);
  if (schema.type !== "object") return typeof value === schema.type;
  if (typeof value !== "object" || value === null) return false;
  const fields = Object.entries(schema.properties ?? {});
  return (
    (schema.required ?? []).every((name) => name in value) &&
    fields.every(([name, inner]) => !(name in value) || fits(value[name as never], inner))
  );
}

/** The answer is among the documented ones, and looks like it. */
async function expectDocumented(response: Response, status: number, { method, about }: Case) {
  expect(response.status).toBe(status);
  const { schema } = about.responses[status]?.content?.["application/json"] ?? {};
  if (!schema) throw new Error(`${status} is not documented`);
  if (method === "HEAD") return;
  const body = await response.json();
  if (!fits(body, schema)) throw new Error(`not as documented: ${JSON.stringify(body)}`);
}

const endpoints = { slots: true, props: true, metrics: true };
const over = (settings: Partial<HttpSettings> = {}) =>
  appOver(says("Paris"), {
    ...equipped,
    settings: { endpoints, slotSaveDir: import.meta.dir, ...settings },
  });

function ask(
  { app }: ReturnType<typeof over>,
  { method, path }: Case,
  headers: Record<string, string> = {},
) {
  return app.handle(new Request(`http://localhost${path}`, { method, headers }));
}

describe("what comes before every route is documented", () => {
  test.each(operations)("$method $path: a page of elsewhere", async (one) => {
    const cors = { ...httpSettings.cors, origins: ["http://here.example"] };
    const headers = { origin: "http://evil.example" };
    await expectDocumented(await ask(over({ cors }), one, headers), 403, one);
  });

  const apiKeys = [{ ...apiKey("k", "k"), limits: { requests: 1 } }];

  test.each(withKeys)("$method $path: no key, and one that has asked too much", async (one) => {
    const app = over({ apiKeys });
    await expectDocumented(await ask(app, one), 401, one);
    await app.app.handle(
      new Request("http://localhost/v1/models", { headers: { "x-api-key": "k" } }),
    );
    await expectDocumented(await ask(app, one, { "x-api-key": "k" }), 429, one);
  });

  test.each(operations.filter(({ method }) => method !== "GET" && method !== "HEAD"))(
    "$method $path: a server that ends",
    async (one) => {
      const app = over();
      await app.app.requests.drain(0);
      await expectDocumented(await ask(app, one), 503, one);
    },
  );
});

describe("what becomes of bodies is documented", () => {
  const limits = { ...requestLimits, bodyBytes: 1000 };
  const { app } = over({ limits });
  const server = listen(app, { hostname: "127.0.0.1", port: 0, limits });
  afterAll(() => server.stop());
  const send = ({ method, path }: Case, body: string, more: Record<string, string> = {}) => {
    const headers = { "content-type": "application/json", ...more };
    return fetch(server.url + path, { method, body, headers });
  };

  test.each(withBody)("$method $path: broken, too large, unreadable", async (one) => {
    await expectDocumented(await send(one, "{"), 400, one);
    await expectDocumented(await send(one, " ".repeat(2000)), 413, one);
    await expectDocumented(await send(one, "{}", { "content-encoding": "lzma" }), 415, one);
  });
});

test("requests of any kind are answered as documented", async () => {
  const known = { model: ["tiny", "absent"], stream: [true, false] };
  const wrong: string[] = [];
  const { app } = over();
  for (let seed = 0; seed < 600; seed++) {
    const { method, path, contentType, body, statuses } = requestOf(document, seed, known);
    if (path.startsWith("/models/sse")) continue; // it never ends
    const url = `http://localhost${path}`;
    const headers: Record<string, string> =
      contentType === null ? {} : { "content-type": contentType };
    const response = await app.handle(new Request(url, { method, headers, body }));
    const answer = await response.text();
    if (statuses.includes(response.status)) continue;
    wrong.push(`${method} ${path} ${body?.slice(0, 200)}: ${response.status} ${answer}`);
  }
  expect(wrong.join("\n")).toBe("");
}, 60_000);
