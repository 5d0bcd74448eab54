import { AppError } from "../core/errors.ts";
import type { ChatPrompt, Constraint, GenerateRequest, Sampling } from "../core/generate.ts";
import { beyond, type RequestLimits } from "../core/limits.ts";
import type { Tool } from "../core/messages.ts";

type Prompt = GenerateRequest["prompt"];

/**
 * Longest name of a tool, and longest text in the place of a token, characters. llama.cpp's parsers
 * of names call themselves for each character that is no letter, and overflow the stack.
 */
const nameCharsMax = 256;
const tokenTextCharsMax = 10_000;

/**
 * Lets through what the server's settings allow, and an engine can read.
 * @throws AppError invalid_request
 */
export function checkPrompt(prompt: Prompt, limits: RequestLimits): void {
  checkConstraint(prompt, limits);
  if (prompt.type === "chat") checkChat(prompt, limits);
  if (prompt.type !== "text") return;
  checkMedia(prompt.parts.filter((part) => part instanceof Uint8Array).length, "prompt", limits);
}

/** @throws AppError invalid_request */
export function checkRequest({ prompt, sampling }: GenerateRequest, limits: RequestLimits): void {
  checkPrompt(prompt, limits);
  checkBiases(sampling);
}

/** Prompts, inputs or documents. @throws AppError invalid_request */
export function checkInputs(n: number, param: string, { nInputs }: RequestLimits): void {
  if (n <= nInputs) return;
  throw beyond(`\`${param}\` has ${n} items of at most ${nInputs}`, "max-inputs", { param });
}

/** @throws AppError invalid_request */
export function checkMedia(n: number, param: string, { nMedia }: RequestLimits): void {
  if (n <= nMedia) return;
  const what = `\`${param}\` has ${n} pictures or sounds of at most ${nMedia}`;
  throw beyond(what, "max-images", { param });
}

function checkChat({ messages, tools }: ChatPrompt, limits: RequestLimits): void {
  const param = "messages";
  const { nMessages } = limits;
  if (messages.length > nMessages) {
    const what = `\`messages\` has ${messages.length} items of at most ${nMessages}`;
    throw beyond(what, "max-messages", { param });
  }
  const parts = messages.flatMap((message) => message.parts);
  checkMedia(parts.filter(({ type }) => type === "media").length, param, limits);
  for (const [i, tool] of tools.entries()) checkTool(tool, `tools[${i}]`, limits);
}

function checkTool({ name, parameters }: Tool, param: string, limits: RequestLimits): void {
  checkLength(JSON.stringify(parameters), param, limits);
  if (name.length <= nameCharsMax) return;
  const message = `\`${param}\` has a name of more than ${nameCharsMax} characters`;
  throw new AppError("invalid_request", message, { param });
}

function checkLength(text: string, param: string, { grammarChars }: RequestLimits): void {
  if (text.length <= grammarChars) return;
  const what = `\`${param}\` has ${text.length} characters of at most ${grammarChars}`;
  throw beyond(what, "max-grammar-size", { param });
}

function checkConstraint(
  { grammar, jsonSchema, grammarTriggers = [], preservedTokens = [] }: Constraint,
  limits: RequestLimits,
): void {
  const isTooLong = (text: string) => text.length > tokenTextCharsMax;
  if (grammarTriggers.some(({ value }) => isTooLong(value))) throw tooLong("grammar_triggers");
  if (preservedTokens.some(isTooLong)) throw tooLong("preserved_tokens");
  if (grammar) checkLength(grammar, "grammar", limits);
  if (jsonSchema) checkLength(JSON.stringify(jsonSchema), "json_schema", limits);
}

function checkBiases({ logitBias = [] }: Sampling = {}): void {
  for (const { token } of logitBias) {
    if (typeof token === "string" && token.length > tokenTextCharsMax) throw tooLong("logit_bias");
  }
}

function tooLong(param: string): AppError {
  const message = `\`${param}\` has a text of more than ${tokenTextCharsMax} characters`;
  return new AppError("invalid_request", message, { param });
}
