import type { Shown } from "../client/wire.ts";
import { printable } from "../terminal/graphemes.ts";

/** What was said before, where the model brings a conversation along. */
export function retold({ messages = [] }: Shown): string {
  const texts = messages.map(({ role, content }) => {
    if (role === "user") return `>>> ${printable(content)}\n`;
    return role === "assistant" ? `${printable(content)}\n\n` : "";
  });
  return texts.join("");
}
