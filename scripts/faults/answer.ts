/** What came of a request, in whichever dialect it was asked. */
export interface Outcome {
  /** 0: the connection broke. */
  status: number;
  text: string;
  /** What the answer says went wrong: by its status, or in a frame of its stream. */
  error: string | null;
}

/** Reads an answer to its end. */
export async function outcomeOf(answer: Promise<Response>): Promise<Outcome> {
  let status = 0;
  let text = "";
  try {
    const response = await answer;
    status = response.status;
    text = await response.text();
  } catch (error) {
    return { status: 0, text, error: error instanceof Error ? error.message : String(error) };
  }
  return { status, text, error: errorIn(text) ?? (status < 400 ? null : text) };
}

/** How the last frame of a stream looks in each dialect. */
const lastFrame =
  /\[DONE\]|message_stop|response\.(?:completed|incomplete)|"done": ?true|"stop": ?true/;

/** Whether an answer is there to its end: a whole JSON, or a stream with its last frame. */
export function isWhole({ status, text, error }: Outcome): boolean {
  if (status !== 200 || error !== null) return false;
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  if (lastFrame.test(last)) return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The error that a body, or a frame of a stream, says: SSE, JSON lines, or one JSON. */
export function errorIn(text: string): string | null {
  for (const line of [text, ...text.split("\n")]) {
    const message = messageOf(line.replace(/^(data|error): ?/, ""));
    if (message !== null) return message;
  }
  return null;
}

function messageOf(json: string): string | null {
  if (!json.startsWith("{")) return null;
  try {
    const { error, response, message } = JSON.parse(json);
    const found = error ?? response?.error;
    if (typeof found === "string") return found;
    // Nitro's own routes say a bare message.
    return found?.message ?? (typeof message === "string" ? message : null);
  } catch {
    return null;
  }
}
