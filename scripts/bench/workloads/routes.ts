import { join } from "node:path";
import { root } from "../../paths.ts";
import { outputOf } from "../../program.ts";
import type { HttpLoad } from "../http-load.ts";
import type { Stage } from "../stage.ts";
import type { Metric, Workload } from "../workload.ts";

const nConnections = 1000;
const seconds = 4;

const metrics = {
  rate: { label: "answers", unit: "req/s", better: "higher" },
  p99: { label: "99th percentile", unit: "ms", better: "lower" },
} as const satisfies Record<string, Metric>;

function routeWorkload(path: string): Workload {
  return {
    name: `GET ${path}`,
    description:
      `${nConnections} connections that stay open, each sending its next request when it has its ` +
      "answer, from another process on this machine, which takes a part of its cores.",
    metrics,
    async run({ baseUrl }, { tokens }) {
      const script = join(root, "scripts/bench/http-load.ts");
      const words = [`${baseUrl}${path}`, `${nConnections}`, `${tokens(seconds)}`];
      const output = await outputOf([process.execPath, script, ...words]);
      const { rate, p99Ms, nFailed }: HttpLoad = JSON.parse(output);
      if (nFailed > 0) throw new Error(`${nFailed} requests or connections failed`);
      return { rate, p99: p99Ms };
    },
  };
}

export const routesStage: Stage = {
  name: "routes without inference",
  models: ["tiny"],
  nParallel: 4,
  nCtxSeq: 1024,
  workloads: ["/health", "/v1/models", "/props"].map(routeWorkload),
};
