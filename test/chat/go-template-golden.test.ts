import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { GoPromptTemplate } from "../../src/chat/go-prompt.ts";
import { GoTemplate } from "../../src/chat/go-template/template.ts";
import { fromJson, GoList, GoMap, type Value } from "../../src/chat/go-template/values.ts";
import { toolsValue } from "../../src/chat/go-tools.ts";
import type { Message, Tool } from "../../src/core/messages.ts";
import {
  casesPath,
  packageTemplates,
  shortHash,
  templatesPath,
} from "../golden/go-template/data.ts";

/** What Go's own text/template gave: see test/golden/go-template/regenerate.ts. */
const golden = {
  ...(await Bun.file(casesPath).json()),
  hashes: await Bun.file(templatesPath).json(),
};

/** The day that Go was told. */
const clock = { now: () => new Date(2026, 2, 1, 12) };

interface WireTool {
  function: Tool;
}

const toTool = ({ function: called }: WireTool): Tool => called;

/** `{"$int": 1}` is an int. */
function goValue(json: unknown): Value {
  if (Array.isArray(json)) return new GoList(json.map(goValue));
  if (typeof json !== "object" || json === null) return fromJson(json);
  if ("$int" in json) return BigInt(Number(json.$int));
  return new GoMap(new Map(Object.entries(json).map(([key, item]) => [key, goValue(item)])));
}

function outcome(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return (error as Error).message.replace(/^template error: /, "error: ");
  }
}

describe("templates of ours, as Go's text/template has them", () => {
  const data = goValue(golden.data) as GoMap;
  const entries = new Map([...data.entries, ["Tools", toolsValue(golden.tools.map(toTool))]]);
  test.each(golden.cases as { template: string; output: string }[])("$template", (row) => {
    const given = new GoMap(entries);
    expect(outcome(() => GoTemplate.parse(row.template).render(given, clock))).toBe(row.output);
  });
});

interface Conversation {
  name: string;
  messages: WireMessage[];
  tools?: WireTool[];
  suffix?: string;
  think?: boolean;
  level?: string;
}

interface WireMessage {
  role: Message["role"];
  content: string;
  thinking?: string;
  tool_calls?: { id: string; function: { name: string; arguments: object } }[];
  tool_name?: string;
  tool_call_id?: string;
}

function toMessage(message: WireMessage): Message {
  const { role, content, thinking, tool_calls = [], tool_name, tool_call_id } = message;
  return {
    role,
    parts: [{ type: "text", text: content }],
    ...(thinking && { reasoning: thinking }),
    ...(tool_name && { toolName: tool_name }),
    ...(tool_call_id && { toolCallId: tool_call_id }),
    toolCalls: tool_calls.map(({ id, function: called }) => ({
      id,
      name: called.name,
      arguments: JSON.stringify(called.arguments),
    })),
  };
}

describe("templates of Ollama's models, as Go's text/template has them", async () => {
  const path = join(import.meta.dir, "../golden/go-template/conversations.json");
  const conversations: Conversation[] = await Bun.file(path).json();
  test("every template of the package is there", () => {
    expect([...packageTemplates().keys()].sort()).toEqual(Object.keys(golden.hashes).sort());
  });
  test.each([...packageTemplates()])("%s", (hash, text) => {
    const rendered = conversations.map(({ name, messages, tools = [], suffix, think, level }) => {
      const result = outcome(() =>
        new GoPromptTemplate(text).render(
          {
            messages: messages.map(toMessage),
            tools: tools.map(toTool),
            suffix,
            think: think ?? null,
            thinkLevel: level,
            marker: "",
          },
          clock,
        ),
      );
      return [name, shortHash(result)];
    });
    expect(Object.fromEntries(rendered)).toEqual(golden.hashes[hash]);
  });
});
