import {
  type Answer,
  type Ask,
  type AskedMessage,
  dataUrl,
  inOrder,
  nPredictMax,
  parsedJson,
} from "../ask.ts";
import type { Dialect } from "../dialect.ts";

/** POST /v1/responses. */
export const responses: Dialect = {
  name: "OpenAI responses",
  takes: () => true,
  ask: async (post, ask) => toAnswer((await post("/v1/responses", responseBody(ask))) as Response),
};

interface Response {
  readonly output: readonly {
    readonly type: string;
    readonly content?: readonly { readonly text?: string }[];
    readonly name?: string;
    readonly arguments?: string;
  }[];
}

function responseBody({ messages, tools, schema, think }: Ask): object {
  return {
    input: messages.flatMap(toItems),
    ...(tools.length > 0 && { tools: tools.map((tool) => ({ type: "function", ...tool })) }),
    ...(schema && { text: { format: { type: "json_schema", name: "answer", schema } } }),
    ...(think !== undefined && { chat_template_kwargs: { enable_thinking: think } }),
    temperature: 0,
    max_output_tokens: nPredictMax,
    store: false,
  };
}

/** A message's calls and results are items of their own. */
function toItems(message: AskedMessage): object[] {
  const { role, content, images, calls, answers } = message;
  if (answers) return [{ type: "function_call_output", call_id: answers.id, output: content }];
  const pictures = images.map((image) => ({ type: "input_image", image_url: dataUrl(image) }));
  const parts = inOrder(message, pictures, [{ type: "input_text", text: content }]);
  const said = { role, content: images.length > 0 ? parts : content };
  const called = calls.map(({ id, name, arguments: given }) => ({
    type: "function_call",
    call_id: id,
    name,
    arguments: JSON.stringify(given),
  }));
  return content === "" && calls.length > 0 ? called : [said, ...called];
}

function toAnswer({ output }: Response): Answer {
  const textOf = (wanted: string) =>
    output
      .filter(({ type }) => type === wanted)
      .flatMap(({ content = [] }) => content.map(({ text = "" }) => text))
      .join("");
  return {
    text: textOf("message"),
    calls: output
      .filter(({ type }) => type === "function_call")
      .map(({ name = "", arguments: given = "" }) => ({ name, arguments: parsedJson(given) })),
    thought: textOf("reasoning"),
  };
}
