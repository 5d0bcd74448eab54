import { serve } from "./serve.ts";

/**
 * Serves for the command that started this process, and ends with it, however that ends: the
 * command holds the other end of stdin. The file of settings counts as far as it is about models.
 */
export async function serveAttached(argv: string[]): Promise<void> {
  void untilEnd().then(() => process.kill(process.pid, "SIGTERM"));
  await serve(argv, { isServe: true, isAttached: true });
}

async function untilEnd(): Promise<void> {
  for await (const _ of Bun.stdin.stream());
}
