import type { ModelName } from "./models.ts";
import type { Contender, RunningServer } from "./server.ts";
import type { Side } from "./side.ts";
import type { Load, Workload } from "./workload.ts";

/** One way to start both servers, and what is measured on them, in order, in one start. */
export interface Stage {
  readonly name: string;
  /** Several are answered at once: by one hutch, or by a llama-server for each. */
  readonly models: readonly [ModelName, ...ModelName[]];
  /** Sequences (slots) of each model. */
  readonly nParallel: number;
  /** Context of one sequence, tokens. */
  readonly nCtxSeq: number;
  readonly flags?: (setup: Setup) => StageFlags;
  /** Brings the model's pages in and the clocks up; one short completion unless said. */
  readonly warmUp?: (server: RunningServer, load: Load) => Promise<void>;
  /** Models of which `llama-bench` tells the engine's own limit beside this stage's figures. */
  readonly raw?: readonly ModelName[];
  readonly workloads: readonly Workload[];
}

/** Flags beyond model, address, context and parallel. */
export interface StageFlags {
  readonly both?: readonly string[];
  readonly hutch?: readonly string[];
  readonly llamaServer?: readonly string[];
}

/** The programs under test and the files that they are given. */
export interface Setup {
  readonly hutch: string;
  readonly llamaServer: string;
  readonly llamaBench: string;
  /** Path of a model, which is made when it is not there yet. */
  readonly fileOf: (name: ModelName) => string;
  /** A folder that holds exactly these models under their names, for `--models-dir`. */
  readonly folderOf: (names: readonly ModelName[]) => string;
}

/** Both servers with the same settings. Ours counts context per sequence, theirs in all. */
export function sidesOf(stage: Stage, setup: Setup): [Side, Side] {
  const { nParallel, nCtxSeq, models } = stage;
  const { both = [], hutch = [], llamaServer = [] } = stage.flags?.(setup) ?? {};
  const address = (port: number) => ["--host", "127.0.0.1", "--port", `${port}`];
  const sizes = (nCtx: number) => ["--ctx-size", `${nCtx}`, "--parallel", `${nParallel}`];
  const single = models.length === 1;
  const ours = single ? ["-m", setup.fileOf(models[0])] : ["--models-dir", setup.folderOf(models)];
  const peer = (model: ModelName): Contender => ({
    name: "llama-server",
    command: (port) => [
      ...[setup.llamaServer, "-m", setup.fileOf(model), ...address(port)],
      ...[...sizes(nCtxSeq * nParallel), "--no-webui", ...both, ...llamaServer],
    ],
  });
  const [first, ...others] = models;
  const hutchProcess: Contender = {
    name: "hutch",
    command: (port) => [
      ...[setup.hutch, "serve", ...ours, ...address(port), ...sizes(nCtxSeq)],
      ...[...both, ...hutch],
    ],
  };
  return [
    { name: "hutch", processes: [hutchProcess], modelNames: single ? [] : models },
    { name: "llama-server", processes: [peer(first), ...others.map(peer)], modelNames: [] },
  ];
}

/**
 * The stages and workloads whose names contain `pattern`, in any case of letters. A stage whose own
 * name does keeps all of its workloads.
 */
export function selectStages(stages: readonly Stage[], pattern: string | undefined): Stage[] {
  if (pattern === undefined) return [...stages];
  const matches = ({ name }: { readonly name: string }) =>
    name.toLowerCase().includes(pattern.toLowerCase());
  return stages.flatMap((stage) => {
    const workloads = matches(stage) ? stage.workloads : stage.workloads.filter(matches);
    return workloads.length === 0 ? [] : [{ ...stage, workloads }];
  });
}
