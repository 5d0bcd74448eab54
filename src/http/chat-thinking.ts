import { AppError } from "../core/errors.ts";
import type { ChatPrompt } from "../core/generate.ts";

/** How a request says how much to think, and what else the chat template should know. */
export interface ThinkingFields {
  /** OpenAI's word for it: "none", or one that the template knows. */
  effort?: string | undefined;
  /** Whether to think at all, in other dialects' words. */
  enabled?: boolean | undefined;
  /** llama-server's `chat_template_kwargs`. */
  kwargs?: Record<string, unknown> | undefined;
}

/** @throws AppError invalid_request */
export function toThinking({
  effort,
  enabled: isEnabled,
  kwargs = {},
}: ThinkingFields): Pick<ChatPrompt, "enableThinking" | "templateVariables"> {
  const { enable_thinking: byTemplate, ...variables } = kwargs;
  if (byTemplate !== undefined && typeof byTemplate !== "boolean") {
    const param = "chat_template_kwargs.enable_thinking";
    throw new AppError("invalid_request", `\`${param}\` must be true or false`, { param });
  }
  const enabled = isEnabled ?? byTemplate;
  if (effort === undefined || effort === "") {
    return { enableThinking: enabled, templateVariables: variables };
  }
  const { reasoning_effort: _replaced, ...others } = variables;
  if (effort === "none") return { enableThinking: false, templateVariables: others };
  return {
    enableThinking: enabled,
    templateVariables: { ...others, reasoning_effort: effort },
  };
}

/** Vendors' words; a chat template makes of them what it will. */
const efforts = ["", "none", "minimal", "low", "medium", "high", "xhigh", "max"];

/** @throws AppError invalid_request for a word of nobody */
export function checkEffort(effort: string | undefined, param: string): void {
  if (effort === undefined || efforts.includes(effort)) return;
  const words = efforts.slice(1).map((word) => JSON.stringify(word));
  const message = `\`${param}\` must be one of: ${words.join(", ")}`;
  throw new AppError("invalid_request", message, { param });
}
