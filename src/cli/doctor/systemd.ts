import { existsSync } from "node:fs";
import { broken, type Finding, ok } from "./finding.ts";

/** How the unit `hutch` is, where systemd runs and has one. */
export function unitFindings(): Finding[] {
  if (!existsSync("/run/systemd/system") || Bun.which("systemctl") === null) return [];
  const properties = "LoadState,ActiveState,SubState,Result,NRestarts";
  const { stdout } = Bun.spawnSync(["systemctl", "show", "hutch", `--property=${properties}`]);
  return unitFinding(stdout.toString());
}

/** @param shown the properties as `systemctl show` prints them */
export function unitFinding(shown: string): Finding[] {
  const of = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(shown)?.[1] ?? "";
  if (of("LoadState") === "not-found" || of("LoadState") === "") return [];
  const says = `the unit hutch is ${of("ActiveState")} (${of("SubState")})`;
  const look = "journalctl -u hutch -n 50 says why";
  if (of("LoadState") !== "loaded") {
    return [broken("systemd", `the unit hutch is not right: ${of("LoadState")}`, look)];
  }
  const hasFailed = of("ActiveState") === "failed" || of("SubState") === "auto-restart";
  if (!hasFailed) return [ok("systemd", says)];
  const restarts = `${of("NRestarts") || 0} restarts`;
  return [broken("systemd", `${says}: ${of("Result")}, ${restarts}`, look)];
}
