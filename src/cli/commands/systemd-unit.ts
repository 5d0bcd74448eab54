import systemUnit from "../../../docs/hutch.service" with { type: "text" };
import type { Command } from "../command.ts";

export const systemdUnit: Command = {
  name: "systemd-unit",
  usage: "",
  summary: "print a unit of systemd that serves with this executable",
  about:
    "For the machine it belongs into /etc/systemd/system/hutch.service, for a user into " +
    "~/.config/systemd/user/hutch.service. scripts/install.sh puts it there. A worker's is " +
    "called hutch-worker.service.",
  options: [
    { name: "user", help: "a unit of the user's own, without root" },
    { name: "worker", help: "runs `hutch worker`, with the words of $HUTCH_WORKER" },
  ],
  nWords: { min: 0, max: 0 },
  run: async (line) => {
    const kind = { isUsers: line.has("user"), isWorkers: line.has("worker") };
    await Bun.write(Bun.stdout, unitFor(process.execPath, kind));
  },
};

/** Which unit it is: of a user, else of the machine; of a worker, else of a server. */
interface UnitKind {
  isUsers: boolean;
  isWorkers: boolean;
}

/** What a user's own systemd can do of the machine's unit: it cannot change users or hide files. */
const usersKeys = `Description Type ExecStart Restart RestartSec WatchdogSec TimeoutStartSec
  KillMode TimeoutStopSec OOMPolicy UMask NoNewPrivileges`.split(/\s+/);

/** What differs for a worker: it tells systemd nothing, and has folders of its own. */
const workersLines: Record<string, string | null> = {
  Description: "Hutch's worker, which computes for servers on other machines",
  Type: "exec",
  ExecStart: "/usr/local/bin/hutch worker $HUTCH_WORKER",
  EnvironmentFile: "-/etc/hutch/worker.env",
  Environment: "HOME=/var/lib/hutch-worker HUTCH_CACHE=/var/cache/hutch-worker",
  WatchdogSec: null,
  User: "hutch-worker",
  StateDirectory: "hutch-worker",
  CacheDirectory: "hutch-worker",
};

type Line = (key: string, value: string) => string | null;

const workersLine: Line = (key, value) => {
  const own = workersLines[key];
  return own === undefined ? value : own;
};

const usersLine: Line = (key, value) => {
  if (key === "WantedBy") return "default.target";
  if (key === "EnvironmentFile") return value.replace("/etc/", "%h/.config/");
  return usersKeys.includes(key) ? value : null;
};

/** The unit that starts `executable`. */
export function unitFor(executable: string, { isUsers, isWorkers }: UnitKind): string {
  let unit = systemUnit;
  if (isWorkers) unit = changed(unit, workersLine);
  if (isUsers) unit = changed(unit, usersLine);
  return unit.replace("/usr/local/bin/hutch", () => asWord(executable));
}

/** The unit without its comments, each value as `line` has it; null: without that line. */
function changed(unit: string, line: Line): string {
  const lines = unit.split("\n").flatMap((text) => {
    if (text.startsWith("[")) return [...(text === "[Unit]" ? [] : [""]), text];
    const [, key = "", old = ""] = /^(\w+)=(.*)$/.exec(text) ?? [];
    const value = key === "" ? null : line(key, old);
    return value === null ? [] : [`${key}=${value}`];
  });
  return `${lines.join("\n")}\n`;
}

/** As systemd reads the first word of a command: % and spaces mean something to it. */
function asWord(path: string): string {
  const word = path.replaceAll("%", "%%");
  return /[\s"'\\]/.test(word) ? JSON.stringify(word) : word;
}
