import { type Answer, type Ask, nPredictMax } from "../ask.ts";
import type { Dialect } from "../dialect.ts";
import { promptFields } from "./openai.ts";

/**
 * POST /completion with what /apply-template makes of the messages, /infill and /embedding. It
 * shows what the model says, unparsed: calls of tools are left to the other dialects.
 */
export const llamaCpp: Dialect = {
  name: "llama.cpp",
  takes: ({ tools }) => tools.length === 0,
  ask: async (post, ask) => {
    const { prompt } = (await post("/apply-template", promptFields(ask))) as { prompt: string };
    const { content } = (await post("/completion", {
      prompt: withPictures(prompt, ask),
      ...(ask.schema && { json_schema: ask.schema }),
      ...limits,
    })) as Completion;
    return toAnswer(prompt, content);
  },
  infill: async (post, { prefix, suffix }) => {
    const gap = { input_prefix: prefix, input_suffix: suffix };
    return ((await post("/infill", { ...gap, ...limits })) as Completion).content;
  },
  embed: async (post, content) => {
    const answer = (await post("/embedding", { content })) as { embedding: number[][] }[];
    return answer.map(({ embedding }) => embedding[0] ?? []);
  },
};

interface Completion {
  readonly content: string;
}

const limits = { temperature: 0, n_predict: nPredictMax };

function withPictures(prompt: string, { messages }: Ask): string | object {
  const pictures = messages.flatMap(({ images }) => images.map(({ base64 }) => base64));
  if (pictures.length === 0) return prompt;
  return { prompt_string: prompt, multimodal_data: pictures };
}

/** What the model thought lies between its marks; the template may have written the first. */
function toAnswer(prompt: string, content: string): Answer {
  const whole = prompt.trimEnd().endsWith("<think>") ? `<think>${content}` : content;
  const [, thought = "", text = whole] = /^\s*<think>(.*?)<\/think>(.*)$/s.exec(whole) ?? [];
  return { text: text.trim(), calls: [], thought: thought.trim() };
}
