import { type Conversation, type Message, toDataUrl } from "./conversation.ts";
import { make } from "./dom.ts";

/** Everything, pictures included, as JSON. */
export async function toJson(conversation: Conversation): Promise<string> {
  const messages = await Promise.all(
    conversation.messages.map(async (message) =>
      message.role === "user"
        ? { ...message, pictures: await Promise.all(message.pictures.map(toDataUrl)) }
        : message,
    ),
  );
  const changedAt = new Date(conversation.changedAt).toISOString();
  return `${JSON.stringify({ ...conversation, changedAt, messages }, null, 2)}\n`;
}

/** What people read. */
export function toMarkdown({ title, settings, messages }: Conversation): string {
  const system = settings.system.trim()
    ? [`> ${settings.system.trim().replace(/\n/g, "\n> ")}`]
    : [];
  return `${[`# ${title}`, ...system, ...messages.map(section)].join("\n\n")}\n`;
}

function section(message: Message): string {
  switch (message.role) {
    case "user": {
      const pictures = message.pictures.map((_, i) => `*(picture ${i + 1})*`);
      return ["## You", ...pictures, message.text].join("\n\n");
    }
    case "assistant": {
      const calls = message.toolCalls.map(
        (call) => `Calls \`${call.name}\`:\n\n\`\`\`json\n${call.arguments}\n\`\`\``,
      );
      return [`## ${message.model}`, message.text, ...calls].filter(Boolean).join("\n\n");
    }
    case "tool":
      return `## Result of ${message.name}\n\n\`\`\`\n${message.text}\n\`\`\``;
    default:
      return message satisfies never;
  }
}

/** Has the browser save a text as a file. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A title as file systems take it. */
export const fileName = ({ title }: Conversation, extension: string) =>
  `${
    title
      .replace(/[^\p{L}\p{N} -]+/gu, "")
      .trim()
      .slice(0, 60) || "chat"
  }.${extension}`;
