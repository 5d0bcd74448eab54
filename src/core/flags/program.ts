import { noEffect, on, onOff, refused, section, value } from "./flag.ts";
import { decimal, folder, onOffAuto, text, whole } from "./readers.ts";

/** cli/main.ts looks for these before anything else: all but the last end the program. */
export const programFlags = section("Program", "server", [
  on("-h, --help, --usage", { help: "show this help and exit", set: () => {} }),
  on("--version", { help: "show the version and exit", set: () => {} }),
  on("-cl, --cache-list", { help: "list the models in the cache and exit", set: () => {} }),
  on("--list-devices", { help: "list the devices to compute on and exit", set: () => {} }),
  on("--completion-bash", { help: "print a completion script for bash and exit", set: () => {} }),
  value("--config", text("FILE"), {
    env: "HUTCH_CONFIG",
    help:
      "file of settings, TOML: `hutch config --example` shows all of them. A flag wins over its " +
      "variables, and those win over the file; none: no file",
    default: "with `serve` ~/.config/hutch/hutch.toml, or /etc/hutch/hutch.toml; else none",
    set: () => {},
  }),
]);

/** ggml's log levels. */
const level = { debug: 1, info: 2, warning: 3, error: 4, none: 5 };
/** llama-server's verbosities 0 … 5: nothing but output, error, warning, info, trace, debug. */
const levelOfVerbosity = [level.none, level.error, level.warning, level.info, level.debug];

export const loggingFlags = section("Logging", "server", [
  on("-v, --verbose, --log-verbose", {
    env: "OLLAMA_DEBUG",
    help: "log everything, llama.cpp's own messages included",
    set: (draft) => {
      setLevel(draft, level.debug);
      draft.http.verbose = true;
    },
  }),
  value("-lv, --verbosity, --log-verbosity", whole("N", 0), {
    env: "LLAMA_ARG_LOG_VERBOSITY LLAMA_LOG_VERBOSITY",
    help:
      "what to log, of llama.cpp too: 0 nothing, 1 errors, 2 warnings, 3 information, " +
      "4 and above everything",
    default: "3, without llama.cpp's messages",
    set: (draft, n) => {
      setLevel(draft, levelOfVerbosity[n] ?? level.debug);
      draft.http.verbose = n > 9; // as llama-server has it
    },
  }),
  on("--log-disable", {
    help: "log nothing, not even the address",
    set: (draft) => setLevel(draft, level.none),
  }),
  value("--log-file", text("FILE"), {
    env: "LLAMA_ARG_LOG_FILE LLAMA_LOG_FILE",
    help: "append the log to this file as well",
    set: ({ log }, path) => {
      log.filePath = path;
    },
  }),
  onOff("--log-jsonl", "--no-log-jsonl", {
    env: "LLAMA_ARG_LOG_JSONL",
    help: "log one JSON object per line, or text",
    default: "off; with `serve` on, unless the log goes to a terminal",
    set: ({ log }, isOn) => {
      log.json = isOn;
    },
  }),
  onOff("--log-requests", "--no-log-requests", {
    env: "HUTCH_LOG_REQUESTS",
    help: "log a line for every request: what was asked of which model, and how it ended; no texts",
    default: "on",
    set: ({ log }, isOn) => {
      log.hasRequests = isOn;
    },
  }),
  value("--log-colors", onOffAuto, {
    env: "LLAMA_ARG_LOG_COLORS LLAMA_LOG_COLORS",
    help: "colour warnings and errors; auto: on a terminal",
    default: "auto",
    set: ({ log }, colors) => {
      log.colors = colors;
    },
  }),
  onOff("--log-prefix", "--no-log-prefix", {
    env: "LLAMA_ARG_LOG_PREFIX LLAMA_LOG_PREFIX",
    help: "begin each line with its level",
    default: "off",
    set: ({ log }, isOn) => {
      log.prefix = isOn;
    },
  }),
  onOff("--log-timestamps", "--no-log-timestamps", {
    env: "LLAMA_ARG_LOG_TIMESTAMPS LLAMA_LOG_TIMESTAMPS",
    help: "begin each line with the time",
    default: "off",
    set: ({ log }, isOn) => {
      log.timestamps = isOn;
    },
  }),
  refused("--log-prompts-dir", text("FOLDER"), {
    why: "Hutch never writes prompts to disk",
  }),
  noEffect("--perf", null, {
    env: "LLAMA_ARG_PERF",
    negatives: "--no-perf",
    why: "Hutch measures by itself, and every answer has its timings",
  }),
  noEffect("--verbose-prompt", null, {
    why: 'a request with "verbose" gets its prompt in the answer',
  }),
  noEffect("-dkvc, --dump-kv-cache", null, {
    why: "llama.cpp has removed what it printed; see the route /slots",
  }),
]);

function setLevel(
  { log, load }: { log: { level: number }; load: { logLevel?: number | undefined } },
  level: number,
) {
  log.level = level;
  load.logLevel = level;
}

export const agentFlags = section("Not in Hutch", "server", [
  refused("--tools", text("NAMES"), {
    env: "LLAMA_ARG_TOOLS",
    why: "Hutch runs no commands on this machine for a model; let your client run its tools",
  }),
  refused("--tools-runtime", text("NAME"), {
    env: "LLAMA_ARG_TOOLS_RUNTIME",
    why: "Hutch runs no tools",
  }),
  refused("--mcp-servers-config", text("FILE"), {
    env: "LLAMA_ARG_MCP_SERVERS_CONFIG",
    why: "Hutch is no MCP client; let your client call its MCP servers",
  }),
  refused("--mcp-servers-json", text("JSON"), {
    env: "LLAMA_ARG_MCP_SERVERS_JSON",
    why: "Hutch is no MCP client; let your client call its MCP servers",
  }),
  refused("--ui-mcp-proxy, --webui-mcp-proxy", null, {
    env: "LLAMA_ARG_UI_MCP_PROXY",
    negatives: "--no-ui-mcp-proxy, --no-webui-mcp-proxy",
    why: "Hutch does not fetch other sites for web pages",
  }),
  refused("-ag, --agent", null, {
    env: "LLAMA_ARG_AGENT",
    negatives: "-no-ag, --no-agent",
    why: "Hutch runs no tools and proxies no other sites",
  }),
  refused("-dr, --docker-repo", text("NAME"), {
    env: "LLAMA_ARG_DOCKER_REPO",
    why: "Hutch does not load models from Docker Hub; use -hf or -mu",
  }),
  refused("--video-fps", decimal("N", 0), {
    env: "LLAMA_ARG_VIDEO_FPS",
    why: "this build reads no video",
  }),
  refused("--video-timestamp-interval", whole("MS", 0), {
    env: "LLAMA_ARG_VIDEO_TIMESTAMP_INTERVAL",
    why: "this build reads no video",
  }),
  refused("--video-ffmpeg-dir", folder, {
    env: "LLAMA_ARG_VIDEO_FFMPEG_DIR",
    why: "this build reads no video",
  }),
]);
