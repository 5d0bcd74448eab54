import systemUnit from "../../../docs/hutch.service" with { type: "text" };
import type { Command } from "../command.ts";

export const systemdUnit: Command = {
  name: "systemd-unit",
  usage: "",
  summary: "print a unit of systemd that serves with this executable",
  about:
    "For the machine it belongs into /etc/systemd/system/hutch.service, for a user into " +
    "~/.config/systemd/user/hutch.service. scripts/install.sh puts it there.",
  options: [{ name: "user", help: "a unit of the user's own, without root" }],
  nWords: { min: 0, max: 0 },
  run: async (line) => {
    const unit = unitFor(process.execPath, { isUsers: line.has("user") });
    await Bun.write(Bun.stdout, unit);
  },
};

/** What a user's own systemd can do of the machine's unit: it cannot change users or hide files. */
const usersKeys = `Description Type ExecStart Restart RestartSec WatchdogSec TimeoutStartSec
  KillMode TimeoutStopSec OOMPolicy UMask NoNewPrivileges`.split(/\s+/);

/** The unit that starts `executable`. */
export function unitFor(executable: string, { isUsers }: { isUsers: boolean }): string {
  const unit = isUsers ? usersUnit() : systemUnit;
  return unit.replace("/usr/local/bin/hutch", () => asWord(executable));
}

function usersUnit(): string {
  const lines = systemUnit.split("\n").flatMap((line) => {
    const key = /^(\w+)=/.exec(line)?.[1] ?? "";
    if (line.startsWith("[")) return [...(line === "[Unit]" ? [] : [""]), line];
    if (key === "WantedBy") return ["WantedBy=default.target"];
    if (key === "EnvironmentFile") return ["EnvironmentFile=-%h/.config/hutch/hutch.env"];
    return usersKeys.includes(key) ? [line] : [];
  });
  return `${lines.join("\n")}\n`;
}

/** As systemd reads the first word of a command: % and spaces mean something to it. */
function asWord(path: string): string {
  const word = path.replaceAll("%", "%%");
  return /[\s"'\\]/.test(word) ? JSON.stringify(word) : word;
}
