import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import { checkSchema } from "../../src/http/json-schema.ts";
import { appOver, json, refuses, says } from "../support/fake-engine.ts";

const names = (n: number) => Array.from({ length: n }, (_, i) => `p${i}`);
const strings = (n: number) => Object.fromEntries(names(n).map((name) => [name, {}]));

/** Each definition names the last one twice. */
function doubling(keyword: string, n: number) {
  const twice = (i: number) => ({ [keyword]: Array(2).fill({ $ref: `#/$defs/d${i - 1}` }) });
  const defs = Array.from({ length: n }, (_, i) => [`d${i}`, i === 0 ? {} : twice(i)]);
  return { $ref: `#/$defs/d${n - 1}`, $defs: Object.fromEntries(defs) };
}

const many = { type: "array", minItems: 1500 };

describe("a schema", () => {
  test.each([
    ["has a long name", { properties: { ["!".repeat(1001)]: {} } }],
    ["refers to a long name", { $ref: `#/$defs/${"!".repeat(1001)}` }],
    ["has many values to choose from", { properties: { a: { enum: names(1001) } } }],
    ["has many optional properties", { type: "object", properties: strings(501) }],
    ["has a long pattern", { type: "string", pattern: "(a|b)?".repeat(200) }],
    ["has a pattern of much that may be absent", { type: "string", pattern: "(a?){101}" }],
    ["doubles itself by anyOf", doubling("anyOf", 25)],
    ["doubles itself by allOf", doubling("allOf", 25)],
    ["repeats what repeats", { ...many, items: { ...many, items: { type: "integer" } } }],
    ["has arrays without end", { type: "array", minItems: 1e9, items: {} }],
  ])("that %s is refused at once", (_, schema) => {
    expect(() => checkSchema(schema, "format")).toThrow("`format` is too complex");
  });

  test.each([
    ["needs many properties", { type: "object", properties: strings(5000), required: names(5000) }],
    ["has a thousand values", { enum: names(1000) }],
    ["contains itself", { $ref: "#/$defs/t", $defs: { t: { items: { $ref: "#/$defs/t" } } } }],
    ["names what is not there", { $ref: "#/nope/x" }],
    ["refers to itself alone", { $ref: "#" }],
    ["is nonsense", { type: "banana", enum: 3, properties: null, required: "a", pattern: {} }],
    ["shares parts", doubling("anyOf", 12)],
    ["has an unlikely name", { properties: { "a/b~c": {} }, $ref: "#/properties/a~1b~0c" }],
  ])("that %s is left to the engine", (_, schema) => {
    expect(() => checkSchema(schema, "format")).not.toThrow();
  });
});

const bad = { enum: names(1001) };
const refusals = [
  new AppError("invalid_request", "the template refused: JSON schema error at #", {
    param: "messages",
  }),
  new AppError("invalid_request", "`json_schema`: failed to parse", { param: "json_schema" }),
];

describe("a chat names the field of a schema", () => {
  const hi = { messages: [{ role: "user", content: "hi" }] };
  const failure = async (body: object, behaviour = says("a")) => {
    const response = await appOver(behaviour).post("/v1/chat/completions", { ...hi, ...body });
    return [response.status, await json<{ error: object }>(response)];
  };
  const format = (schema: object) => ({
    response_format: { type: "json_schema", json_schema: { name: "n", schema } },
  });
  const tools = (parameters: object) => ({
    tools: [{ type: "function", function: { name: "f", parameters } }],
  });

  test.each([
    ["response_format.json_schema.schema", format(bad)],
    ["response_format.schema", { response_format: { type: "json_object", schema: bad } }],
    ["json_schema", { json_schema: bad }],
    ["tools[0].function.parameters", tools(bad)],
  ])("%s that is too complex", async (param, body) => {
    expect(await failure(body)).toMatchObject([400, { error: { param } }]);
  });

  test.each([
    ["response_format.json_schema.schema", format({})],
    ["response_format.schema", { response_format: { type: "json_object", schema: {} } }],
    ["json_schema", { json_schema: { type: "object" } }],
    ["tools", tools({})],
  ])("%s that the engine makes nothing of", async (param, body) => {
    for (const refusal of refusals) {
      for (const stream of [false, true]) {
        const message = expect.stringContaining(`\`${param}\``);
        expect(await failure({ ...body, stream }, refuses(refusal))).toMatchObject([
          400,
          { error: { param, message } },
        ]);
      }
    }
  });

  test("but leaves other refusals as they are", async () => {
    const refusal = new AppError("invalid_request", "no", { param: "messages" });
    expect(await failure(format({}), refuses(refusal))).toMatchObject([
      400,
      { error: { param: "messages", message: "no" } },
    ]);
  });
});

describe.each([
  {
    path: "/v1/responses",
    ask: { input: "hi" },
    inFormat: (schema: object) => ({
      text: { format: { type: "json_schema", name: "n", schema } },
    }),
    inTool: (parameters: object) => ({ tools: [{ type: "function", name: "f", parameters }] }),
    format: "text.format.schema",
    tool: "tools[0].parameters",
  },
  {
    path: "/v1/messages",
    ask: { messages: [{ role: "user", content: "hi" }] },
    inFormat: (schema: object) => ({ output_config: { format: { type: "json_schema", schema } } }),
    inTool: (input_schema: object) => ({ tools: [{ name: "f", input_schema }] }),
    format: "output_config.format.schema",
    tool: "tools[0].input_schema",
  },
])("$path names the field of a schema", ({ path, ask, inFormat, inTool, format, tool }) => {
  const failure = async (body: object, behaviour = says("a")) => {
    const response = await appOver(behaviour).post(path, { ...ask, ...body });
    const { error } = await json<{ error: { message: string } }>(response);
    return `${response.status} ${error.message}`;
  };

  test("that is too complex", async () => {
    expect(await failure(inFormat(bad))).toStartWith(`400 \`${format}\` is too complex`);
    expect(await failure(inTool(bad))).toStartWith(`400 \`${tool}\` is too complex`);
  });

  test.each([false, true])("that the engine makes nothing of; stream: %p", async (stream) => {
    for (const refusal of refusals) {
      const refused = (body: object) => failure({ ...body, stream }, refuses(refusal));
      expect(await refused(inFormat({}))).toStartWith(`400 \`${format}\`: `);
      expect(await refused(inTool({}))).toStartWith("400 `tools`: ");
    }
  });
});
