import { grey } from "../terminal/style.ts";
import { answer } from "./answer.ts";
import { attach } from "./attachments.ts";
import type { Session } from "./session.ts";

/**
 * One message and its answer, which is printed. A message that got no answer is taken back.
 * @throws ServerError, UnreachableError, Error for a file that cannot be attached
 */
export async function turn(session: Session, prompt: string, signal: AbortSignal): Promise<void> {
  const { text, images, paths, missing } = attach(prompt, session.shown.capabilities ?? []);
  const tell = (line: string) => process.stderr.write(`${grey(line, process.stderr)}\n`);
  for (const path of paths) tell(`Added '${path}'`);
  for (const path of missing) tell(`No such file: '${path}'`);
  const message = { role: "user", content: text, ...(images.length > 0 && { images }) };
  session.messages.push(message);
  let reply = null;
  try {
    reply = await answer(session, signal);
  } finally {
    if (reply) session.messages.push(reply);
    else session.messages.pop();
  }
}
