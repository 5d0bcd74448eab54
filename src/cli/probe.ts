import { selfCommand } from "../supervisor/self-command.ts";
import type { NativeProbe } from "./native-probe.ts";

/** The libraries do not load. */
export class ProbeError extends Error {
  override name = "ProbeError";

  /** @param signal what ended the process, if something did */
  constructor(
    message: string,
    readonly signal: string | null,
  ) {
    super(message);
  }
}

interface Probed {
  /** More variables for it. */
  env?: Record<string, string>;
  /** Workers that are there, whose devices it lists, too. */
  workers?: readonly string[];
}

/**
 * What the native libraries find here, of a process of its own, which a wrong instruction or a
 * driver may end.
 * @throws ProbeError
 */
export async function probe({ env = {}, workers = [] }: Probed = {}): Promise<NativeProbe> {
  const child = Bun.spawn(selfCommand("native-probe", ...workers), {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...env },
  });
  const [code, output, errors] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if (code === 0) return JSON.parse(output);
  const why = errors.trim().replace(/^hutch: /, "") || `exit code ${code}`;
  throw new ProbeError(why, child.signalCode === null ? null : String(child.signalCode));
}
