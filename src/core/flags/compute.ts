import type { ModelOptions, ThreadOptions } from "../load.ts";
import type { DraftLoad } from "./draft.ts";
import { noEffect, on, onOff, type Row, refused, section, UsageError, value } from "./flag.ts";
import {
  choice,
  cpuMask,
  cpuRange,
  decimals,
  layers,
  list,
  onOrOff,
  splitList,
  text,
  whole,
  workers,
} from "./readers.ts";

/** ggml's limit. Source: GGML_MAX_N_THREADS in ggml.h. */
const nThreadsMax = 512;

/** The flags of one group of threads: `suffix` "" for decoding, "-batch" for prompts. */
function threadFlags(group: "threads" | "threadsBatch"): Row[] {
  const isBatch = group === "threadsBatch";
  const [long, short] = isBatch ? ["-batch", "b"] : ["", ""];
  const work = isBatch ? "prompts" : "decoding";
  const same = (own: string) => (isBatch ? `that of ${own}` : undefined);
  const about = (help: string, byDefault: string | undefined) =>
    byDefault === undefined ? { help } : { help, default: byDefault };
  const set =
    <Key extends keyof ThreadOptions>(key: Key) =>
    ({ load }: { load: DraftLoad }, value: NonNullable<ThreadOptions[Key]>) => {
      load[group][key] = value;
    };
  return [
    value(`-t${short}, --threads${long}`, whole("N", -nThreadsMax, nThreadsMax), {
      ...(isBatch ? {} : { env: "LLAMA_ARG_THREADS HUTCH_THREADS" }),
      ...about(
        `CPU threads for ${work}, always; 0 and below: every logical processor`,
        same("--threads") ?? "up to the physical cores, as many as others leave free",
      ),
      set: ({ load }, n) => {
        load[group].n_threads = n > 0 ? n : navigator.hardwareConcurrency;
      },
    }),
    value(`-C${short}, --cpu-mask${long}`, cpuMask, {
      ...about(`processors for ${work}, as a mask; joined with the range`, same("--cpu-mask")),
      set: set("cpu_mask"),
    }),
    value(`-Cr${short}, --cpu-range${long}`, cpuRange, {
      ...about(`processors for ${work}, as a range; joined with the mask`, same("--cpu-range")),
      set: set("cpu_range"),
    }),
    value(`--cpu-strict${long}`, whole("0|1", 0, 1), {
      ...about("bind each thread to one processor", same("--cpu-strict") ?? "0"),
      set: ({ load }, bit) => {
        load[group].cpu_strict = bit === 1;
      },
    }),
    value(`--prio${long}`, whole("N", -1, 3), {
      ...about("priority: -1 low, 0 normal, 1 medium, 2 high, 3 realtime", same("--prio") ?? "0"),
      set: set("priority"),
    }),
    value(`--poll${long}`, whole("N", 0, 100), {
      ...about("how busily threads wait for work, 0 … 100", same("--poll") ?? "50"),
      set: set("poll"),
    }),
  ];
}

/** llama.cpp's names of the expert tensors, and of the dense ones, in its regular expressions. */
export const expertTensors = String.raw`\.ffn_(up|down|gate|gate_up)_(ch|)exps`;
const denseTensors = String.raw`\.ffn_(up|down|gate)\.`;

/** Overrides that keep these tensors of the first `n` layers in the CPU's memory. */
export const onCpu = (n: number, tensors: string) =>
  Array.from({ length: n }, (_, layer) => `${String.raw`blk\.`}${layer}${tensors}=CPU`);

/** `pattern=buffer type,…` */
export function overrides(text: string, source: string): string[] {
  const items = splitList(text);
  const wrong = items.find((item) => !/.=./.test(item));
  if (wrong !== undefined || items.length === 0) {
    throw new UsageError(`${source} must be PATTERN=BUFFER_TYPE,…, not "${text}"`);
  }
  return items;
}

function addOverrides({ model }: DraftLoad, added: string[]): void {
  model.override_tensor = [...(model.override_tensor ?? []), ...added];
}

const loadModes = ["auto", "none", "mmap", "mlock", "mmap+mlock", "dio"] as const;

/** `--mlock` and `--no-mmap` of older versions say half of a load mode each. */
function loadMode(mode: LoadMode | undefined, { lock, map }: Half): LoadMode {
  const locks = lock ?? (mode === "mlock" || mode === "mmap+mlock");
  const maps = map ?? (mode !== "none" && mode !== "mlock");
  if (locks) return maps ? "mmap+mlock" : "mlock";
  return maps ? "mmap" : "none";
}

type LoadMode = NonNullable<ModelOptions["load_mode"]>;

interface Half {
  lock?: boolean;
  map?: boolean;
}

const memoryFlags: Row[] = [
  value("-lm, --load-mode", choice(loadModes), {
    env: "LLAMA_ARG_LOAD_MODE",
    help: "how the file gets into memory; mlock keeps it from being swapped out",
    default: "auto: mapped where the devices allow it, and moved to huge pages when idle",
    set: ({ load }, mode) => {
      load.model.load_mode = mode;
    },
  }),
  on("--mlock", {
    env: "LLAMA_ARG_MLOCK",
    help: "keep the model in memory, older spelling of --load-mode mmap+mlock",
    set: ({ load }) => {
      load.model.load_mode = loadMode(load.model.load_mode, { lock: true });
    },
  }),
  onOff("--mmap", "--no-mmap", {
    env: "LLAMA_ARG_MMAP",
    help: "map the file into memory, older spelling of --load-mode mmap or none",
    default: "on",
    set: ({ load }, map) => {
      load.model.load_mode = loadMode(load.model.load_mode, { map });
    },
  }),
  value("-lzm, --lazy-mode", choice(["on", "auto", "off"]), {
    env: "LLAMA_ARG_LAZY_MODE",
    help: "read rows of very large tensors from disk when they are needed",
    default: "auto",
    set: ({ load }, mode) => {
      load.model.lazy_mode = mode;
    },
  }),
  value("--numa", choice(["distribute", "isolate", "numactl"]), {
    env: "LLAMA_ARG_NUMA",
    help: "for machines with several memory nodes",
    set: ({ load }, kind) => {
      load.numa = kind;
    },
  }),
  onOff("--repack", "-nr, --no-repack", {
    env: "LLAMA_ARG_REPACK",
    help: "rearrange weights for this CPU while loading",
    default: "on",
    set: ({ load }, isOn) => {
      load.model.use_extra_bufts = isOn;
    },
  }),
  on("--no-host", {
    env: "LLAMA_ARG_NO_HOST",
    help: "do not use a GPU's host memory, so that other kinds of memory can be used",
    set: ({ load }) => {
      load.model.no_host = true;
    },
  }),
  on("--check-tensors", {
    help: "look for invalid values while loading",
    set: ({ load }) => {
      load.model.check_tensors = true;
    },
  }),
];

const deviceFlags: Row[] = [
  value("--rpc", workers, {
    env: "LLAMA_ARG_RPC HUTCH_RPC",
    help:
      "machines where `hutch worker` runs: the model is spread over their devices and the GPUs " +
      "of this machine; docs/many-machines.md",
    set: ({ load }, addresses) => {
      load.workers = addresses;
    },
  }),
  value("-dev, --device", list("NAME,..."), {
    env: "LLAMA_ARG_DEVICE",
    help: "devices to compute on, as --list-devices names them; none: the CPU alone",
    default: "all",
    set: ({ load }, names) => {
      load.model.devices = names;
    },
  }),
  value("-ngl, --ngl, --gpu-layers, --n-gpu-layers", layers, {
    env: "LLAMA_ARG_N_GPU_LAYERS",
    help: "layers to keep in GPU memory: a number, auto or all",
    default: "auto",
    set: ({ load }, n) => {
      if (n === undefined) delete load.model.n_gpu_layers;
      else load.model.n_gpu_layers = n;
    },
  }),
  value("-sm, --split-mode", choice(["none", "layer", "row", "tensor"]), {
    env: "LLAMA_ARG_SPLIT_MODE",
    help: "how a model is split over several GPUs",
    default: "layer",
    set: ({ load }, mode) => {
      load.model.split_mode = mode;
    },
  }),
  value("-ts, --tensor-split", decimals("N0,N1,...", 0), {
    env: "LLAMA_ARG_TENSOR_SPLIT",
    help: "parts of the model for each GPU, such as 3,1",
    set: ({ load }, parts) => {
      load.model.tensor_split = parts;
    },
  }),
  value("-mg, --main-gpu", whole("INDEX", 0), {
    env: "LLAMA_ARG_MAIN_GPU",
    help: "the GPU to use with --split-mode none, or for what cannot be split",
    default: "0",
    set: ({ load }, index) => {
      load.model.main_gpu = index;
    },
  }),
  value("-ot, --override-tensor", text("PATTERN=BUFFER,..."), {
    repeats: true,
    env: "LLAMA_ARG_OVERRIDE_TENSOR",
    help: "kind of memory for tensors of these names",
    set: ({ load }, given, source) => addOverrides(load, overrides(given, source)),
  }),
  on("-cmoe, --cpu-moe", {
    env: "LLAMA_ARG_CPU_MOE",
    help: "keep the experts of all layers in the CPU's memory",
    set: ({ load }) => addOverrides(load, [`${expertTensors}=CPU`]),
  }),
  value("-ncmoe, --n-cpu-moe", whole("N", 0, 10_000), {
    env: "LLAMA_ARG_N_CPU_MOE",
    help: "keep the experts of the first N layers in the CPU's memory",
    set: ({ load }, n) => addOverrides(load, onCpu(n, expertTensors)),
  }),
  value("-ncffn, --n-cpu-ffn", whole("N", 0, 10_000), {
    env: "LLAMA_ARG_N_CPU_FFN",
    help: "keep the feed-forward weights of the first N layers in the CPU's memory",
    set: ({ load }, n) => addOverrides(load, onCpu(n, denseTensors)),
  }),
  onOff("--op-offload", "--no-op-offload", {
    help: "let a GPU compute large operations on weights in the CPU's memory",
    default: "on",
    set: ({ load }, isOn) => {
      load.context.op_offload = isOn;
    },
  }),
  value("-fit, --fit", onOrOff, {
    env: "LLAMA_ARG_FIT",
    help: "off: take all layers and the model's whole context, however little memory is free",
    default: "on",
    set: (draft, isOn) => {
      draft.fits = isOn;
    },
  }),
  value("-fitt, --fit-target", decimals("MIB0,MIB1,...", 0), {
    env: "LLAMA_ARG_FIT_TARGET",
    help: "what to leave free of each GPU, MiB; the last counts for all that follow",
    default: "1024",
    set: ({ load }, margins) => {
      load.fitMarginsMiB = margins;
    },
  }),
  refused("-fitc, --fit-ctx", whole("N", 0), {
    env: "LLAMA_ARG_FIT_CTX",
    why: "Hutch chooses the smallest context itself; set -c",
  }),
  noEffect("-bs, --backend-sampling", null, {
    env: "LLAMA_ARG_BACKEND_SAMPLING",
    why: "tokens are sampled on the CPU, which gives the same tokens",
  }),
];

export const computeFlags = section("Compute", "model", [
  ...threadFlags("threads"),
  ...threadFlags("threadsBatch"),
  ...memoryFlags,
  ...deviceFlags,
]);
