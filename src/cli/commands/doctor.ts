import type { Command } from "../command.ts";
import type { Finding } from "../doctor/finding.ts";
import {
  clockFinding,
  cpuFinding,
  deviceFileFindings,
  filesFinding,
  libraryFindings,
  memoryFindings,
  textOf,
} from "../doctor/machine.ts";
import { portFinding } from "../doctor/port.ts";
import { settingsAndFindings } from "../doctor/settings.ts";
import { storeFindings } from "../doctor/store.ts";
import { unitFindings } from "../doctor/systemd.ts";
import { workerFindings } from "../doctor/workers.ts";
import { grey, red } from "../terminal/style.ts";
import { versionText } from "../version.ts";

export const doctor: Command = {
  name: "doctor",
  usage: "[-- FLAGS...]",
  summary: "say what is wrong with this machine, and how to mend it",
  about:
    "It looks at settings, processor, libraries, devices, workers, memory, ports, the store and " +
    "its models, limits, the clock and systemd, and changes nothing. The exit code is 1 when " +
    "something is broken, else 0. FLAGS are those that a server would be started with.",
  options: [{ name: "json", help: "print JSON" }],
  nWords: { min: 0, max: Infinity },
  run: async (line) => {
    const findings = await examine(line.words);
    const isWell = findings.every(({ state }) => state !== "broken");
    const report = { ok: isWell, findings };
    console.log(line.has("json") ? JSON.stringify(report, null, 2) : reportText(findings));
    if (!isWell) process.exitCode = 1;
  },
};

async function examine(argv: readonly string[]): Promise<Finding[]> {
  const { settings, findings } = settingsAndFindings(argv, process.env);
  const { hostnames, port } = settings.http;
  const addresses = port === 0 ? [] : hostnames.filter((name) => !name.endsWith(".sock"));
  const others = await workerFindings(settings.load.workers ?? []);
  return [
    ...findings,
    cpuFinding(textOf("/proc/cpuinfo"), process.arch),
    ...others.findings,
    ...(await libraryFindings(others.workers)),
    ...deviceFileFindings(),
    ...memoryFindings(),
    ...(await Promise.all(addresses.map((hostname) => portFinding(hostname, port)))),
    ...storeFindings(settings.catalog.storeDir),
    ...filesFinding(),
    clockFinding(Date.now(), process.execPath),
    ...unitFindings(),
  ];
}

const marks = { ok: "ok", warning: "warning", broken: "BROKEN" };

export function reportText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ topic, state, says, mend }) => {
    const mark = marks[state].padEnd(8);
    const shown = state === "ok" ? grey(mark, process.stdout) : red(mark, process.stdout);
    const advice = mend === undefined ? [] : [`${" ".repeat(markWidth)}→ ${mend}`];
    return [`${shown} ${topic.padEnd(topicWidth)} ${says}`, ...advice];
  });
  const count = (state: Finding["state"]) =>
    findings.filter((finding) => finding.state === state).length;
  const summary = `${count("broken")} broken, ${count("warning")} to look at`;
  return [versionText().split("\n")[0], ...lines, summary].join("\n");
}

const topicWidth = 10;
/** Where what a finding says begins: after mark and topic. */
const markWidth = 8 + 1 + topicWidth + 1;
