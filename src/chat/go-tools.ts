import type { Tool } from "../core/messages.ts";
import { toJson } from "./go-template/json.ts";
import {
  fromJson,
  GoList,
  GoMap,
  GoStruct,
  type GoType,
  type Value,
} from "./go-template/values.ts";

/** Prints as JSON. */
const jsonText = { text: toJson };

const toolsType: GoType = { name: "template.templateTools", ...jsonText };

const toolType: GoType = {
  name: "template.templateTool",
  ...jsonText,
  fields: {
    Type: { name: "type" },
    Items: { name: "items", omit: "nil" },
    Function: { name: "function" },
  },
};

const functionType: GoType = {
  name: "template.templateToolFunction",
  ...jsonText,
  fields: {
    Name: { name: "name" },
    Description: { name: "description" },
    Parameters: { name: "parameters" },
  },
};

const parametersType: GoType = {
  name: "template.templateToolFunctionParameters",
  ...jsonText,
  fields: {
    Type: { name: "type" },
    Defs: { name: "$defs", omit: "nil" },
    Items: { name: "items", omit: "nil" },
    Required: { name: "required", omit: "empty" },
    Properties: { name: "properties" },
  },
};

const propertiesType: GoType = { name: "template.templateProperties", ...jsonText };

const propertyType: GoType = {
  name: "api.ToolProperty",
  methods: { ToTypeScriptType: (value) => typeScriptType(value) },
  fields: {
    AnyOf: { name: "anyOf", omit: "empty" },
    Type: { name: "type", omit: "empty" },
    Items: { name: "items", omit: "nil" },
    Description: { name: "description", omit: "empty" },
    Enum: { name: "enum", omit: "empty" },
    Properties: { name: "properties", omit: "nil" },
    Required: { name: "required", omit: "empty" },
  },
};

/** One type name, or several. */
const typeNamesType: GoType = {
  name: "api.PropertyType",
  text: (value) => {
    const names = textsIn(value);
    return names.length > 1 ? `[${names.join(" ")}]` : (names[0] ?? "");
  },
  json: (value) => {
    const names = textsIn(value);
    return names.length === 1 ? names[0] : new GoList(names, { name: "[]string" });
  },
};

/** Tools as templates see them; what JSON schemas have beside comes last. */
export function toolsValue(tools: Tool[]): GoList {
  return new GoList(tools.map(toolValue), toolsType);
}

function toolValue({ name, description, parameters }: Tool): GoStruct {
  const { type, $defs, items, required, properties, ...others } = { ...parameters } as Schema;
  const shape = new GoStruct(parametersType, {
    Type: typeof type === "string" ? type : "object",
    Defs: fromJson($defs, true),
    Items: fromJson(items, true),
    Required: textList(required),
    Properties: propertiesValue(properties) ?? new GoMap(new Map(), propertiesType),
    ...extra(others),
  });
  const called = { Name: name, Description: description, Parameters: shape };
  return new GoStruct(toolType, {
    Type: "function",
    Items: null,
    Function: new GoStruct(functionType, called),
  });
}

type Schema = Record<string, unknown>;

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function propertiesValue(properties: unknown): GoMap | null {
  if (!isSchema(properties)) return null;
  const entries = Object.entries(properties).map(([name, schema]): [string, Value] => [
    name,
    propertyValue(schema),
  ]);
  return new GoMap(new Map(entries), propertiesType, { isOrdered: true });
}

function propertyValue(schema: unknown): GoStruct {
  const known: Schema = isSchema(schema) ? schema : {};
  const { anyOf, type, items, description, enum: values, properties, required, ...others } = known;
  const types = typeof type === "string" ? [type] : textsOf(type);
  return new GoStruct(propertyType, {
    AnyOf: new GoList(listOf(anyOf).map(propertyValue), { name: "[]api.ToolProperty" }),
    Type: new GoList(types, typeNamesType),
    Items: fromJson(items, true),
    Description: typeof description === "string" ? description : "",
    Enum: new GoList(listOf(values).map((value) => fromJson(value, true))),
    Properties: propertiesValue(properties),
    Required: textList(required),
    ...extra(others),
  });
}

function extra(others: Schema): Record<string, Value> {
  const values = Object.entries(others).map(([name, value]) => [name, fromJson(value, true)]);
  return Object.fromEntries(values);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textsOf(value: unknown): string[] {
  return listOf(value).filter((item) => typeof item === "string");
}

function textList(value: unknown): GoList {
  return new GoList(textsOf(value), { name: "[]string" });
}

function textsIn(value: Value): string[] {
  return value instanceof GoList ? [...value].filter((item) => typeof item === "string") : [];
}

const typeScriptNames: Record<string, string> = {
  string: "string",
  number: "number",
  integer: "number",
  boolean: "boolean",
  array: "any[]",
  object: "Record<string, any>",
  null: "null",
};

/** A property's type in TypeScript. */
function typeScriptType(property: Value): string {
  if (!(property instanceof GoStruct)) return "any";
  const { AnyOf, Type } = property.fields;
  const names =
    AnyOf instanceof GoList && AnyOf.length > 0
      ? Array.from(AnyOf, typeScriptType)
      : textsIn(Type).map((name) => typeScriptNames[name] ?? "any");
  return names.length > 0 ? names.join(" | ") : "any";
}
