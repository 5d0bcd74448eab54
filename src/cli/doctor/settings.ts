import { statSync } from "node:fs";
import { gather } from "../../core/config/gather.ts";
import { UsageError } from "../../core/flags/flag.ts";
import type { Environment } from "../../core/flags/given.ts";
import type { ServerSettings } from "../../core/server.ts";
import { readServerSettings } from "../../core/settings.ts";
import { broken, type Finding, ok, warning } from "./finding.ts";

/** What `hutch serve` would be told; where that is wrong, what it would be told without a file. */
export function settingsAndFindings(
  argv: readonly string[],
  env: Environment,
): { settings: ServerSettings; findings: Finding[] } {
  try {
    const settings = readServerSettings(argv, env, { isServe: true });
    const notes = settings.notes.map((note) => warning("settings", note, "see docs/flags.md"));
    const file = ok("settings", settings.configPath ?? "no file");
    return { settings, findings: [file, ...secretFindings(argv, env), ...notes] };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { HOME } = env;
    const bare = { ...(HOME === undefined ? {} : { HOME }), HUTCH_CONFIG: "none" };
    const settings = readServerSettings([], bare, { isServe: true });
    const mend = "correct it; `hutch config` checks, `hutch config --example` shows what there is";
    return { settings, findings: [broken("settings", error.message, mend)] };
  }
}

const othersRead = 0o004;

/** Keys in a file that every user can read. */
function secretFindings(argv: readonly string[], env: Environment): Finding[] {
  const { given, configPath } = gather(argv, env, { isServe: true });
  const isInFile = ({ source }: { source: string }) => source.startsWith(`${configPath}:`);
  const hasSecret = given.some((one) => one.flag.secret && isInFile(one));
  if (configPath === null || !hasSecret) return [];
  if ((statSync(configPath).mode & othersRead) === 0) return [];
  const says = `${configPath} has secrets in it, and every user can read it`;
  return [warning("settings", says, `chmod o-r ${configPath}`)];
}
