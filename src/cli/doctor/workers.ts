import { workerProblem } from "../../core/network/workers.ts";
import { broken, type Finding, ok } from "./finding.ts";

/** Whether the machines that models are spread over can be used, and those that can. */
export async function workerFindings(
  addresses: readonly string[],
): Promise<{ findings: Finding[]; workers: string[] }> {
  const problems = await Promise.all(addresses.map((address) => workerProblem(address)));
  const findings = addresses.map((address, i) => {
    const problem = problems[i] ?? null;
    if (problem === null) return ok("worker", `${address} answers`);
    const mend = "start `hutch worker` there, see docs/many-machines.md, or leave it out of --rpc";
    return broken("worker", problem, mend);
  });
  return { findings, workers: addresses.filter((_, i) => (problems[i] ?? null) === null) };
}
