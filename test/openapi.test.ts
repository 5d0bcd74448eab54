import { describe, expect, test } from "bun:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { parse } from "yaml";
import { openApiYaml } from "../scripts/openapi.ts";
import type { OpenApiDocument } from "../src/http/docs/document.ts";
import { equipped } from "./support/equipped-engine.ts";
import { appOver, says } from "./support/fake-engine.ts";

const committed = await Bun.file(new URL("../openapi.yaml", import.meta.url)).text();
const document = parse(committed) as OpenApiDocument;

interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  requestBody?: { content: Record<string, { schema: { $ref?: string } }> };
  responses: Record<string, { content: Record<string, unknown> }>;
}

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, about]) => [method, path, about as Operation] as const),
);

/** The schema that a route's body has by name. */
function schemaOf({ requestBody }: Operation): string | undefined {
  return requestBody?.content["application/json"]?.schema.$ref?.split("/").at(-1);
}

describe("openapi.yaml", () => {
  test("is fresh (if not: npm run openapi)", async () => {
    expect(committed).toBe(await openApiYaml());
  });

  test("is valid OpenAPI 3.1", async () => {
    expect(document.openapi).toBe("3.1.0");
    const result = await new Validator().validate(structuredClone(document) as object as never);
    expect(result).toEqual({ valid: true });
  });

  test("has every route of the app but the documentation's own", () => {
    const { app } = appOver(says());
    const routes = app.routes
      .filter(({ method }) => method !== "HEAD" && method !== "ALL") // ALL: they say 403, no more
      .filter(({ path }) => path !== "/")
      .filter(({ path }) => !/^\/(swagger|docs|web)/.test(path) && !path.endsWith("*"))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    const documented = operations
      .filter(([method]) => method !== "head")
      .map(([method, path]) => `${method.toUpperCase()} ${path}`);
    expect(documented.sort()).toEqual([...new Set(routes)].sort());
  });

  test.each(operations)("%s %s says what it is for and how it fails", (_method, _path, about) => {
    expect(about.summary).toBeString();
    expect(about.description).toBeString();
    expect(about.tags).toHaveLength(1);
    expect(Object.keys(about.responses).length).toBeGreaterThanOrEqual(2);
  });

  /**
   * What these do depends on the models there are, or on what a real one thinks:
   * e2e/openapi-examples.test.ts has their examples.
   */
  const needsModels = (path: string) =>
    /^\/models|^\/api\/(create|copy|delete|show|pull|push)$|systemone$/.test(path);
  const answerable = operations.filter(
    ([, path, about]) => schemaOf(about) !== undefined && !needsModels(path),
  );

  test.each(answerable)("%s %s answers its own example", async (_method, path, about) => {
    const name = schemaOf(about);
    const schema = document.components.schemas[name ?? ""] as { examples?: unknown[] };
    expect(schema.examples).not.toBeEmpty();
    for (const example of schema.examples ?? []) {
      const { post } = appOver(says("Paris"), equipped);
      const isNitros = /^\/inferences\/.*(?<!\/loadmodel)$/.test(path);
      if (isNitros) await post("/inferences/llamacpp/loadmodel", { llama_model_path: "tiny" });
      const response = await post(path, example);
      expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
    }
  });
});
