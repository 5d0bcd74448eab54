import type { Dialect } from "./dialect.ts";
import { anthropic } from "./dialects/anthropic.ts";
import { llamaCpp } from "./dialects/llamacpp.ts";
import { ollamaChat, ollamaGenerate } from "./dialects/ollama.ts";
import { nitro, openai } from "./dialects/openai.ts";
import { responses } from "./dialects/responses.ts";

/** All that the evaluation speaks, in the order of the report's columns. */
export const dialects: readonly Dialect[] = [
  openai,
  responses,
  ollamaChat,
  ollamaGenerate,
  anthropic,
  llamaCpp,
  nitro,
];
