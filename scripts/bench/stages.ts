import type { Stage } from "./stage.ts";
import { promptArrival } from "./workloads/arrival.ts";
import { multiTurnChat } from "./workloads/chat.ts";
import { busyMachines, twoModels } from "./workloads/contention.ts";
import { copying } from "./workloads/copy.ts";
import { concurrentStreams, singleStream } from "./workloads/decode.ts";
import { embeddingsStage } from "./workloads/embeddings.ts";
import { imageStages } from "./workloads/image.ts";
import { schemaDecode, schemaShare } from "./workloads/json.ts";
import { memoryStage } from "./workloads/memory.ts";
import { sharedPrefix } from "./workloads/prefix.ts";
import { rerankStage } from "./workloads/rerank.ts";
import { routesStage } from "./workloads/routes.ts";
import { startStages } from "./workloads/start.ts";
import { toolCall } from "./workloads/tools.ts";

const decodeStages: readonly Stage[] = [
  {
    name: "decode, 0.5B",
    models: ["qwen2.5-0.5b-successor"],
    nParallel: 16,
    nCtxSeq: 1024,
    raw: ["qwen2.5-0.5b-successor"],
    workloads: [
      singleStream(128),
      concurrentStreams(8, 96),
      concurrentStreams(16, 48),
      copying("qwen2.5-0.5b-successor"),
    ],
  },
  {
    name: "decode, 1B",
    models: ["llama-3.2-1b-successor"],
    nParallel: 4,
    nCtxSeq: 1024,
    raw: ["llama-3.2-1b-successor"],
    workloads: [singleStream(48)],
  },
  {
    name: "decode, 15M",
    models: ["llama-15m-successor"],
    nParallel: 16,
    nCtxSeq: 1024,
    raw: ["llama-15m-successor"],
    workloads: [singleStream(512), concurrentStreams(8, 256), concurrentStreams(16, 256)],
  },
];

const promptStages: readonly Stage[] = [
  {
    name: "shared prefix, 0.5B",
    models: ["qwen2.5-0.5b-successor"],
    nParallel: 8,
    nCtxSeq: 2048,
    workloads: [sharedPrefix(8)],
  },
  {
    name: "shared prefix, 15M",
    models: ["llama-15m-successor"],
    nParallel: 8,
    nCtxSeq: 2048,
    workloads: [sharedPrefix(32)],
  },
  {
    name: "chat, 0.5B",
    models: ["qwen2.5-0.5b-successor"],
    nParallel: 4,
    nCtxSeq: 2048,
    workloads: [multiTurnChat],
  },
  {
    name: "a long prompt, 0.5B",
    models: ["qwen2.5-0.5b-successor"],
    nParallel: 2,
    nCtxSeq: 8192,
    workloads: [promptArrival(1500, true), promptArrival(6000, false)],
  },
];

const constrainedStages: readonly Stage[] = [
  {
    name: "constrained, 0.5B",
    models: ["qwen2.5-0.5b"],
    nParallel: 4,
    nCtxSeq: 2048,
    workloads: [...schemaDecode, toolCall],
  },
  {
    name: "constrained, tiny",
    models: ["tiny"],
    nParallel: 4,
    nCtxSeq: 512,
    flags: () => ({ hutch: ["--spec-type", "none"] }),
    workloads: [schemaShare],
  },
];

const contentionStages: readonly Stage[] = [
  {
    name: "a busy machine, 0.5B",
    models: ["qwen2.5-0.5b-successor"],
    nParallel: 2,
    nCtxSeq: 4096,
    workloads: busyMachines,
  },
  {
    name: "two models, 0.5B",
    models: ["qwen2.5-0.5b-successor", "qwen2.5-0.5b-successor-2"],
    nParallel: 2,
    nCtxSeq: 4096,
    workloads: [twoModels],
  },
];

/** Everything that is measured, in order. */
export const stages: readonly Stage[] = [
  ...[...decodeStages, ...promptStages, ...constrainedStages, ...contentionStages],
  ...[embeddingsStage, rerankStage, ...imageStages, routesStage, ...startStages, memoryStage],
];
