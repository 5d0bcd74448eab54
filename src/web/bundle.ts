import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** For `with { type: "macro" }`: called while Bun compiles whoever imports them. */

const pathOf = (file: string) => fileURLToPath(new URL(`browser/${file}`, import.meta.url));

/** A script or a style sheet with all that it imports, for browsers. */
export function bundled(entry: string): string {
  // Within a macro Bun.build cannot be called: it would wait for itself.
  const build = [process.execPath, "build", pathOf(entry), "--minify", "--target=browser"];
  const { success, stdout, stderr } = Bun.spawnSync(build);
  if (!success) throw new Error(`${entry} cannot be bundled: ${stderr}`);
  return String(stdout);
}

/** A file as it is. */
export const textOf = (file: string): string => readFileSync(pathOf(file), "utf8");
