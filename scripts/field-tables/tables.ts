import { chat } from "./chat.ts";
import { chatParts } from "./chat-parts.ts";
import { completions } from "./completions.ts";
import { embeddings } from "./embeddings.ts";
import { loadModel } from "./load-model.ts";
import { countTokens, messages } from "./messages.ts";
import { messagesParts } from "./messages-parts.ts";
import { inputTokens, responses } from "./responses.ts";
import type { FieldTable } from "./row.ts";

/** Every route that an official client or a guide documents. */
export const fieldTables: readonly FieldTable[] = [
  chat,
  ...chatParts,
  completions,
  embeddings,
  responses,
  inputTokens,
  messages,
  ...messagesParts,
  countTokens,
  loadModel,
];
