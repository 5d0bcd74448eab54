import { apiKey } from "../../src/core/api-keys.ts";
import type { ServerSettings } from "../../src/core/server.ts";
import { shorthandCases } from "./shorthand-cases.ts";

/** Some of the fields of T, at any depth. */
export type Part<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [Key in keyof T]?: Part<T[Key]> | undefined }
    : T;

/** [arguments, what they set]. The first argument's flag is the one under test. */
export type FlagCase = [string[], Part<ServerSettings>];

const model = (argv: string[], options: object): FlagCase => [argv, { load: { model: options } }];
const context = (argv: string[], options: object): FlagCase => [
  argv,
  { load: { context: options } },
];
const load = (argv: string[], options: object): FlagCase => [argv, { load: options }];
const sampling = (argv: string[], options: object): FlagCase => [
  argv,
  { load: { sampling: options } },
];
const chat = (argv: string[], options: object): FlagCase => [argv, { load: { chat: options } }];
const spec = (argv: string[], options: object): FlagCase => [
  argv,
  { load: { speculation: options } },
];
const limit = (argv: string[], limits: object): FlagCase => [argv, { http: { limits } }];
const ofEngine = (argv: string[], limits: object): FlagCase => [argv, { load: { limits } }];
const http = (argv: string[], options: object): FlagCase => [argv, { http: options }];
const source = (argv: string[], options: object): FlagCase => [argv, { model: options }];
const catalog = (argv: string[], options: object): FlagCase => [argv, { catalog: options }];

/** Files and a folder that exist. */
interface Files {
  text: string;
  json: string;
  keys: string;
  empty: string;
  dir: string;
}

/** A case for every flag that has an effect. */
export function flagCases(files: Files): FlagCase[] {
  const experts = String.raw`\.ffn_(up|down|gate|gate_up)_(ch|)exps`;
  return [
    [["--config", files.empty], { configPath: files.empty }],
    source(["-m", "a.gguf"], { path: "a.gguf" }),
    source(["-mu", "https://x/a.gguf"], { url: "https://x/a.gguf" }),
    source(["-hfr", "a/b:Q4_0"], { hfRepo: "a/b:Q4_0" }),
    source(["-hff", "b.gguf", "-hf", "a/b"], { hfFile: "b.gguf" }),
    source(["--mmproj", "p.gguf", "-m", "a"], { mmprojPath: "p.gguf" }),
    source(["-mmu", "https://x/p", "-m", "a"], { mmprojUrl: "https://x/p" }),
    source(["--no-mmproj", "-m", "a"], { mmprojAuto: false }),
    source(["-a", "b, a", "-m", "a", "-a", "c"], { aliases: ["b", "a", "c"] }),
    source(["--tags", "x,y,x", "-m", "a"], { tags: ["x", "y"] }),
    model(["--override-kv", "a=int:1,b=str:x", "--override-kv", "c=bool:true"], {
      override_kv: ["a=int:1", "b=str:x", "c=bool:true"],
    }),
    load(["--no-mmproj-offload"], { media: { use_gpu: false } }),
    load(["-mmdev", "none"], { media: { use_gpu: false } }),
    load(["--image-min-tokens", "5"], { media: { image_min_tokens: 5 } }),
    load(["--image-max-tokens", "6"], { media: { image_max_tokens: 6 } }),
    load(["--mtmd-batch-max-tokens", "7"], { media: { batch_max_tokens: 7 } }),
    load(["--lora", "a,b", "--lora", "c"], {
      lora: ["a", "b", "c"].map((path) => ({ path, scale: 1 })),
    }),
    load(["--lora-scaled", "a:0.5,b:2"], {
      lora: [
        { path: "a", scale: 0.5 },
        { path: "b", scale: 2 },
      ],
    }),
    load(["--lora-scaled", "a", "-0.5"], { lora: [{ path: "a", scale: -0.5 }] }),
    load(["--lora-init-without-apply"], { loraInitWithoutApply: true }),
    load(["--control-vector", "v"], { controlVectors: [{ path: "v", scale: 1 }] }),
    load(["--control-vector-scaled", "v", "2"], { controlVectors: [{ path: "v", scale: 2 }] }),
    load(["--control-vector-layer-range", "1", "4"], { controlVectorLayers: [1, 4] }),
    load(["--embeddings"], { purpose: "embed", nBatch: 512 }),
    load(["--reranking"], { purpose: "rerank", pooling: "rank" }),
    load(["--pooling", "mean"], { pooling: "mean" }),
    load(["-c", "512"], { nCtx: 512 }),
    load(["-np", "2"], { nParallel: 2, kvUnified: false }),
    load(["--kv-unified", "-np", "2"], { kvUnified: true }),
    load(["--kv-unified-per-slot", "100", "-np", "3"], { nCtxSeq: 100, nCtx: 300 }),
    load(["-b", "64"], { nBatch: 64 }),
    load(["-ub", "32"], { nUbatch: 32 }),
    load(["--max-stall-ms", "150"], { maxStallMs: 150 }),
    load(["-n", "9"], { nPredict: 9 }),
    load(["-n", "-2"], { nPredict: -1 }),
    load(["--keep", "-1"], { nKeep: -1 }),
    load(["--context-shift"], { contextShift: true }),
    load(["--no-warmup"], { warmup: false }),
    context(["-fa"], { flash_attn: "on" }),
    context(["-fa", "off"], { flash_attn: "off" }),
    context(["-fa", "-1"], { flash_attn: "auto" }),
    context(["-nkvo"], { offload_kqv: false }),
    context(["-ctk", "q8_0"], { type_k: "q8_0" }),
    context(["-ctv", "bf16"], { type_v: "bf16" }),
    context(["--swa-full"], { swa_full: true }),
    load(["--no-cache-prompt"], { cachePrompt: false }),
    load(["-sps", "0.5"], { slotPromptSimilarity: 0.5 }),
    load(["--cache-reuse", "256"], { cacheReuse: 256 }),
    load(["-cram", "100"], { cacheRamMiB: 100 }),
    load(["--no-cache-idle-slots"], { cacheIdleSlots: false }),
    load(["-ctxcp", "4"], { nCheckpointsMax: 4 }),
    load(["-cms", "512"], { checkpointMinStep: 512 }),
    context(["--rope-scaling", "yarn"], { rope_scaling: "yarn" }),
    context(["--rope-scale", "4"], { rope_freq_scale: 0.25 }),
    context(["--rope-freq-base", "10000"], { rope_freq_base: 10_000 }),
    context(["--rope-freq-scale", "0.5"], { rope_freq_scale: 0.5 }),
    context(["--yarn-orig-ctx", "8"], { yarn_orig_ctx: 8 }),
    context(["--yarn-ext-factor", "1"], { yarn_ext_factor: 1 }),
    context(["--yarn-attn-factor", "2"], { yarn_attn_factor: 2 }),
    context(["--yarn-beta-slow", "3"], { yarn_beta_slow: 3 }),
    context(["--yarn-beta-fast", "4"], { yarn_beta_fast: 4 }),
    ...threadCases("", "threads"),
    ...threadCases("-batch", "threadsBatch"),
    model(["-lm", "dio"], { load_mode: "dio" }),
    model(["--mlock"], { load_mode: "mmap+mlock" }),
    model(["--mlock", "--no-mmap"], { load_mode: "mlock" }),
    model(["--no-mmap"], { load_mode: "none" }),
    model(["--no-mmap", "--mlock"], { load_mode: "mlock" }),
    model(["-lzm", "on"], { lazy_mode: "on" }),
    load(["--numa", "isolate"], { numa: "isolate" }),
    model(["-nr"], { use_extra_bufts: false }),
    model(["--no-host"], { no_host: true }),
    model(["--check-tensors"], { check_tensors: true }),
    load(["--rpc", "box:50052, 10.0.0.2:1"], { workers: ["box:50052", "10.0.0.2:1"] }),
    model(["-dev", "CUDA0,CUDA1"], { devices: ["CUDA0", "CUDA1"] }),
    model(["-ngl", "7"], { n_gpu_layers: 7 }),
    model(["--ngl", "7"], { n_gpu_layers: 7 }),
    model(["-ngl", "all"], { n_gpu_layers: -1 }),
    model(["-sm", "row"], { split_mode: "row" }),
    model(["-ts", "3,1"], { tensor_split: [3, 1] }),
    model(["-mg", "1"], { main_gpu: 1 }),
    model(["-ot", "a=CPU,b=CUDA0"], { override_tensor: ["a=CPU", "b=CUDA0"] }),
    model(["-cmoe"], { override_tensor: [`${experts}=CPU`] }),
    model(["-ncmoe", "2"], {
      override_tensor: [String.raw`blk\.0${experts}=CPU`, String.raw`blk\.1${experts}=CPU`],
    }),
    model(["-ncffn", "1"], {
      override_tensor: [String.raw`blk\.0\.ffn_(up|down|gate)\.=CPU`],
    }),
    context(["--no-op-offload"], { op_offload: false }),
    load(["-fit", "off"], { nCtx: 0, model: { n_gpu_layers: -1 } }),
    load(["-fitt", "512,0"], { fitMarginsMiB: [512, 0] }),
    ...httpCases(files),
    catalog(["--store", "s"], { storeDir: "s" }),
    catalog(["--no-prune"], { prunes: false }),
    catalog(["--models-dir", files.dir], { modelsDir: files.dir }),
    catalog(["--models-preset", "p.ini"], { presetPath: "p.ini" }),
    catalog(["--models-max", "0"], { nEnginesMax: 0 }),
    limit(["--max-body-size", "1MiB"], { bodyBytes: 2 ** 20 }),
    limit(["--max-json-depth", "20"], { jsonDepth: 20 }),
    limit(["--max-connections", "5"], { nConnections: 5 }),
    limit(["--idle-timeout", "9"], { idleSeconds: 9 }),
    limit(["--max-queue-wait", "1m"], { queueSeconds: 60 }),
    limit(["--max-messages", "7"], { nMessages: 7 }),
    limit(["--max-images", "3"], { nMedia: 3 }),
    limit(["--max-inputs", "4"], { nInputs: 4 }),
    limit(["--max-grammar-size", "99"], { grammarChars: 99 }),
    ofEngine(["--max-grammar-depth", "8"], { grammarDepth: 8 }),
    ofEngine(["--max-unread", "50"], { nUnread: 50 }),
    ofEngine(["--max-image-megapixels", "2"], { imagePixels: 2e6 }),
    ofEngine(["--max-prompt-megapixels", "3"], { promptPixels: 3e6 }),
    ofEngine(["--max-prompt-tokens", "100"], { nPromptTokens: 100 }),
    ofEngine(["--max-request-tokens", "200"], { nRequestTokens: 200 }),
    ofEngine(["--max-template-steps", "10"], { templateSteps: 10 }),
    ofEngine(["--max-template-time", "500ms"], { templateSeconds: 0.5 }),
    http(["--no-models-autoload"], { autoload: false }),
    catalog(["--sleep-idle-seconds", "9"], { sleepIdleSeconds: 9 }),
    catalog(["--keep-alive", "1h30m"], { sleepIdleSeconds: 5400 }),
    catalog(["--keep-alive", "-1m"], { sleepIdleSeconds: -1 }),
    catalog(["--memory-budget", "1.5GiB"], { memoryBudgetBytes: 1.5 * 1024 ** 3 }),
    catalog(["--gpu-overhead", "500 MB"], { gpuOverheadBytes: 500e6 }),
    catalog(["--max-queue", "7"], { nWaitingMax: 7 }),
    catalog(["--load-timeout", "0.5"], { loadTimeoutSeconds: 0.5 }),
    catalog(["-hft", "secret"], { hfToken: "secret" }),
    catalog(["--max-transfer-streams", "2"], { nTransferStreamsMax: 2 }),
    catalog(["--no-private-registries"], { privateRegistries: false }),
    catalog(["--offline"], { offline: true }),
    ...samplingCases(files),
    ...chatCases(files),
    ...speculationCases,
    ...logCases,
    ...shorthandCases,
  ];
}

function threadCases(end: string, group: string): FlagCase[] {
  return [
    load([`--threads${end}`, "3"], { [group]: { n_threads: 3 } }),
    load([`--threads${end}`, "-1"], { [group]: { n_threads: navigator.hardwareConcurrency } }),
    load([`--cpu-mask${end}`, "0xF"], { [group]: { cpu_mask: "0xF" } }),
    load([`--cpu-range${end}`, "0-3"], { [group]: { cpu_range: "0-3" } }),
    load([`--cpu-strict${end}`, "1"], { [group]: { cpu_strict: true } }),
    load([`--prio${end}`, "2"], { [group]: { priority: 2 } }),
    load([`--poll${end}`, "100"], { [group]: { poll: 100 } }),
  ];
}

function httpCases({ text, keys, dir }: Files): FlagCase[] {
  return [
    http(["--host", "127.0.0.1,::1, /run/h.sock"], {
      hostnames: ["127.0.0.1", "::1", "/run/h.sock"],
    }),
    http(["--port", "0"], { port: 0 }),
    http(["--nitro-port"], { nitroPort: 3928 }),
    http(["--nitro-port", "4000"], { nitroPort: 4000 }),
    http(["--reuse-port"], { reusePort: true }),
    http(["--ssl-key-file", text, "--ssl-cert-file", text], {
      tls: { keyPath: text, certPath: text },
    }),
    http(["--ssl-cert-file", text, "--ssl-key-file", text], {
      tls: { keyPath: text, certPath: text },
    }),
    http(["--api-prefix", "/a/b/"], { apiPrefix: "/a/b" }),
    http(["-to", "60"], { timeoutSeconds: 60 }),
    http(["--sse-ping-interval", "-1"], { ssePingSeconds: -1 }),
    http(["--api-key", 'a,"b,c"', "--api-key", "d"], {
      apiKeys: [apiKey("a", "key-1"), apiKey("b,c", "key-2"), apiKey("d", "key-3")],
    }),
    http(["--api-key-file", keys], { apiKeyFiles: [keys] }),
    http(["--allowed-hosts", "Box.example,*.lan"], { allowedHosts: ["box.example", "*.lan"] }),
    http(["--cors-origins", "localhost"], { cors: { origins: "localhost" } }),
    http(["--cors-origins", "https://a,https://b"], {
      cors: { origins: ["https://a", "https://b"] },
    }),
    http(["--cors-methods", "GET"], { cors: { methods: "GET" } }),
    http(["--cors-headers", "X-A"], { cors: { headers: "X-A" } }),
    http(["--no-cors-credentials"], { cors: { credentials: false } }),
    http(["--path", dir], { staticDir: dir }),
    http(["--no-webui"], { hasPage: false }),
    http(["--no-slots"], { endpoints: { slots: false } }),
    http(["--props"], { endpoints: { props: true } }),
    http(["--metrics"], { endpoints: { metrics: true } }),
    http(["--slot-save-path", dir], { slotSaveDir: dir }),
    http(["--media-path", dir], { mediaDir: dir }),
    http(["--fetch-images"], { fetchesMedia: true }),
    http(["--fetch-hosts", "nas.lan,10.0.0.5:80"], { fetchHosts: ["nas.lan", "10.0.0.5:80"] }),
    http(["--client-models", dir], { clientModelDirs: [dir] }),
    http(["--responses-file", "r.sqlite"], { responses: { path: "r.sqlite", bytesMax: 256e6 } }),
    http(["--responses-size", "5", "--responses-file", "r"], {
      responses: { path: "r", bytesMax: 5e6 },
    }),
    http(["--embd-normalize", "-1"], { embedNormalize: -1 }),
  ];
}

function samplingCases({ text, json }: { text: string; json: string }): FlagCase[] {
  return [
    sampling(["--samplers", "top-k;nucleus;Temperature"], {
      samplers: ["top_k", "top_p", "temperature"],
    }),
    sampling(["--sampling-seq", "kpt"], { samplers: ["top_k", "top_p", "temperature"] }),
    sampling(["-s", "42"], { seed: 42 }),
    sampling(["--temp", "0.5"], { temperature: 0.5 }),
    sampling(["--top-k", "5"], { topK: 5 }),
    sampling(["--top-p", "0.5"], { topP: 0.5 }),
    sampling(["--min-p", "0.1"], { minP: 0.1 }),
    sampling(["--top-n-sigma", "2"], { topNSigma: 2 }),
    sampling(["--xtc-probability", "0.5"], { xtcProbability: 0.5 }),
    sampling(["--xtc-threshold", "0.2"], { xtcThreshold: 0.2 }),
    sampling(["--typical", "0.9"], { typicalP: 0.9 }),
    sampling(["--repeat-last-n", "-1"], { repeatLastN: -1 }),
    sampling(["--repeat-penalty", "1.1"], { repeatPenalty: 1.1 }),
    sampling(["--presence-penalty", "-1"], { presencePenalty: -1 }),
    sampling(["--frequency-penalty", "1"], { frequencyPenalty: 1 }),
    sampling(["--dry-multiplier", "0.8"], { dryMultiplier: 0.8 }),
    sampling(["--dry-base", "2"], { dryBase: 2 }),
    sampling(["--dry-allowed-length", "3"], { dryAllowedLength: 3 }),
    sampling(["--dry-penalty-last-n", "8"], { dryPenaltyLastN: 8 }),
    sampling(["--dry-sequence-breaker", String.raw`\n`, "--dry-sequence-breaker", "x"], {
      drySequenceBreakers: ["\n", "x"],
    }),
    sampling(["--dry-sequence-breaker", "none"], { drySequenceBreakers: [] }),
    sampling(["--adaptive-target", "0.5"], { adaptiveTarget: 0.5 }),
    sampling(["--adaptive-decay", "0.5"], { adaptiveDecay: 0.5 }),
    sampling(["--dynatemp-range", "0.5"], { dynatempRange: 0.5 }),
    sampling(["--dynatemp-exp", "2"], { dynatempExponent: 2 }),
    sampling(["--mirostat", "2"], { mirostat: 2 }),
    sampling(["--mirostat-lr", "0.2"], { mirostatEta: 0.2 }),
    sampling(["--mirostat-ent", "4"], { mirostatTau: 4 }),
    sampling(["-l", "15043+1", "-l", "5-inf"], {
      logitBias: [
        { token: 15_043, bias: 1 },
        { token: 5, bias: -Infinity },
      ],
    }),
    sampling(["--ignore-eos"], { ignoreEos: true }),
    load(["--grammar", "root ::= y"], { constraint: { grammar: "root ::= y" } }),
    load(["--grammar-file", text], { constraint: { grammar: "root ::= x\n" } }),
    load(["-j", "{}"], { constraint: { jsonSchema: {} } }),
    load(["-jf", json], { constraint: { jsonSchema: { type: "object" } } }),
    load(["-r", String.raw`\nUser:`, "-r", "x"], { stop: ["\nUser:", "x"] }),
    load(["-r", String.raw`\nUser:`, "--no-escape"], { stop: [String.raw`\nUser:`] }),
    load(["--special"], { showSpecial: true }),
  ];
}

function chatCases({ text }: { text: string }): FlagCase[] {
  return [
    chat(["--no-jinja"], { jinja: false }),
    chat(["--chat-template", "chatml"], { template: "chatml" }),
    chat(["--chat-template-file", text], { template: "root ::= x\n" }),
    chat(["--chat-template-kwargs", '{"a":1}'], { templateVariables: { a: 1 } }),
    chat(["--reasoning-format", "none"], { reasoningFormat: "none" }),
    chat(["-rea", "off"], { reasoning: "off" }),
    chat(["--reasoning-effort", "low"], { templateVariables: { reasoning_effort: "low" } }),
    chat(["--reasoning-budget", "0"], { reasoningBudget: 0 }),
    chat(["--reasoning-budget-message", "stop"], { reasoningBudgetMessage: "stop" }),
    chat(["--no-reasoning-preserve"], { templateVariables: { preserve_reasoning: false } }),
    chat(["--skip-chat-parsing"], { parse: false }),
    chat(["--no-prefill-assistant"], { prefillAssistant: false }),
    load(["--spm-infill"], { spmInfill: true }),
    load(["--no-escape", "-r", String.raw`\n`], { stop: [String.raw`\n`] }),
  ];
}

const speculationCases: FlagCase[] = [
  spec(["-md", "d.gguf"], { draft_model: "d.gguf" }),
  source(["-hfd", "a/b", "-md", "d.gguf", "-m", "a"], {
    draft: { hfRepo: "a/b", hfFile: "d.gguf" },
  }),
  spec(["--spec-type", "ngram-simple,draft-mtp", "--spec-type", "ngram-cache"], {
    types: ["ngram-simple", "draft-mtp", "ngram-cache"],
  }),
  spec(["--spec-default"], {
    types: ["ngram-mod"],
    ngram_mod_n_match: 24,
    ngram_mod_n_min: 48,
    ngram_mod_n_max: 64,
  }),
  spec(["--spec-type", "none"], { types: ["none"] }),
  spec(["--spec-type", "prompt-lookup"], { types: ["prompt-lookup"] }),
  spec(["--draft-max", "8"], { draft_n_max: 8 }),
  spec(["--draft-min", "2"], { draft_n_min: 2 }),
  spec(["--draft-p-min", "0.9"], { draft_p_min: 0.9 }),
  spec(["--draft-p-split", "0.2"], { draft_p_split: 0.2 }),
  spec(["--spec-synth-len", "2.5"], { synth_len: 2.5 }),
  spec(["--spec-synth-rates", "0.5,0.25"], { synth_rates: [0.5, 0.25] }),
  spec(["-devd", "none"], { draft_devices: ["none"] }),
  spec(["-ngld", "3"], { draft_n_gpu_layers: 3 }),
  spec(["-ctkd", "q4_0"], { draft_type_k: "q4_0" }),
  spec(["-ctvd", "q4_1"], { draft_type_v: "q4_1" }),
  spec(["-otd", "a=CPU"], { draft_override_tensor: ["a=CPU"] }),
  spec(["-cmoed"], {
    draft_override_tensor: [String.raw`\.ffn_(up|down|gate|gate_up)_(ch|)exps=CPU`],
  }),
  spec(["-ncmoed", "1"], {
    draft_override_tensor: [String.raw`blk\.0\.ffn_(up|down|gate|gate_up)_(ch|)exps=CPU`],
  }),
  spec(["-td", "2"], { draft_n_threads: 2 }),
  spec(["-tbd", "4"], { draft_n_threads_batch: 4 }),
  spec(["--spec-ngram-map-k-size-n", "5"], { ngram_size_n: 5 }),
  spec(["--spec-ngram-simple-size-m", "6"], { ngram_size_m: 6 }),
  spec(["--spec-ngram-min-hits", "2"], { ngram_min_hits: 2 }),
  spec(["--spec-ngram-mod-n-match", "7"], { ngram_mod_n_match: 7 }),
  spec(["--spec-ngram-mod-n-min", "8"], { ngram_mod_n_min: 8 }),
  spec(["--spec-ngram-mod-n-max", "9"], { ngram_mod_n_max: 9 }),
  spec(["-lcs", "s.bin"], { lookup_cache_static: "s.bin" }),
  spec(["-lcd", "d.bin"], { lookup_cache_dynamic: "d.bin" }),
];

const logCases: FlagCase[] = [
  [["-v"], { log: { level: 1 }, load: { logLevel: 1 }, http: { verbose: true } }],
  [["-lv", "1"], { log: { level: 4 }, load: { logLevel: 4 }, http: { verbose: false } }],
  [["--log-disable"], { log: { level: 5 } }],
  [["--log-file", "x.log"], { log: { filePath: "x.log" } }],
  [["--log-jsonl"], { log: { json: true } }],
  [["--log-requests"], { log: { hasRequests: true } }],
  [["--no-log-requests"], { log: { hasRequests: false } }],
  [["--drain-timeout", "1m"], { supervision: { drainSeconds: 60 } }],
  [["--step-timeout", "-1"], { supervision: { stepTimeoutSeconds: 0 } }],
  [["--crash-dir", "/x"], { supervision: { crashDir: "/x" } }],
  [["--crash-dir", "none"], { supervision: { crashDir: null } }],
  [["--log-colors"], { log: { colors: "on" } }],
  [["--log-colors", "off"], { log: { colors: "off" } }],
  [["--log-prefix"], { log: { prefix: true } }],
  [["--log-timestamps"], { log: { timestamps: true } }],
];
