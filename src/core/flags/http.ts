import { apiKey, KeyFileError, readKeyFile } from "../api-keys.ts";
import type { Draft } from "./draft.ts";
import { noEffect, on, onOff, type Row, section, UsageError, value } from "./flag.ts";
import { folder, list, type Reader, text, whole } from "./readers.ts";

/** Nitro's own. */
const nitroPortDefault = 3928;
const nitroPort: Reader<number> = {
  ...whole("[PORT]", 0, 65_535),
  bare: (next) => (next !== undefined && /^\d+$/.test(next) ? null : String(nitroPortDefault)),
};

const addressFlags: Row[] = [
  value("--host", list("ADDRESS,..."), {
    env: "HUTCH_HOST LLAMA_ARG_HOST OLLAMA_HOST",
    help:
      "addresses to listen on; one that ends in .sock is a UNIX socket. HUTCH_HOST and " +
      "OLLAMA_HOST may hold address:port",
    default: "127.0.0.1",
    set: (draft, hosts, source) => {
      if (source === "HUTCH_HOST" || source === "OLLAMA_HOST") setEndpoint(draft, hosts, source);
      else draft.http.hostnames = hosts.map(withoutBrackets);
    },
  }),
  value("--port", whole("PORT", 0, 65_535), {
    env: "HUTCH_PORT LLAMA_ARG_PORT",
    help: "port to listen on, 0 for a free one",
    default: "8080, or 11434 with `serve`",
    set: ({ http }, port) => {
      http.port = port;
    },
  }),
  value("--nitro-port", nitroPort, {
    env: "HUTCH_NITRO_PORT",
    help: `a second port, for clients of Nitro; without a number ${nitroPortDefault}`,
    set: ({ http }, port) => {
      http.nitroPort = port;
    },
  }),
  on("--reuse-port", {
    env: "LLAMA_ARG_REUSE_PORT",
    help: "share the port with other processes",
    set: ({ http }) => {
      http.reusePort = true;
    },
  }),
  value("--ssl-key-file", text("FILE"), {
    env: "LLAMA_ARG_SSL_KEY_FILE",
    help: "private key for HTTPS, PEM",
    set: (draft, path) => {
      draft.sslKeyPath = path;
    },
  }),
  value("--ssl-cert-file", text("FILE"), {
    env: "LLAMA_ARG_SSL_CERT_FILE",
    help: "certificate for HTTPS, PEM",
    set: (draft, path) => {
      draft.sslCertPath = path;
    },
  }),
  value("--api-prefix", text("PATH"), {
    env: "LLAMA_ARG_API_PREFIX",
    help: "begins every path, such as /llm",
    set: ({ http }, prefix, source) => {
      const bare = prefix.replace(/^\/+|\/+$/g, "");
      if (!/^[\w.~/-]*$/.test(bare)) {
        throw new UsageError(`${source} must be a path of letters and digits, not "${prefix}"`);
      }
      http.apiPrefix = bare === "" ? "" : `/${bare}`;
    },
  }),
  value("-to, --timeout", whole("SECONDS", 1), {
    env: "LLAMA_ARG_TIMEOUT",
    help: "time in which a request must be sent and a part of an answer be accepted",
    default: "3600",
    set: ({ http }, seconds) => {
      http.timeoutSeconds = seconds;
    },
  }),
  value("--sse-ping-interval", whole("SECONDS", -1), {
    env: "LLAMA_ARG_SSE_PING_INTERVAL",
    help: "silence after which a stream gets a comment, -1: never",
    default: "30",
    set: ({ http }, seconds) => {
      http.ssePingSeconds = seconds;
    },
  }),
  noEffect("--threads-http", whole("N", -1), {
    env: "LLAMA_ARG_THREADS_HTTP",
    why: "requests wait for nothing in threads here; any number can be open at once",
  }),
];

interface Endpoint {
  hostname?: string;
  port?: number;
}

/** Where a URL without a port leads. */
const portOfScheme: Readonly<Record<string, number>> = { http: 80, https: 443 };

const withoutBrackets = (host: string) => host.replace(/^\[(.*)\]$/, "$1");

/**
 * Ollama's variable holds address, address:port, :port or a URL. The port is that of the file of
 * settings no more; variables and flags of the port alone come after this one, and win.
 */
function setEndpoint(draft: Draft, hosts: string[], source: string): void {
  const parsed = hosts.map((host) => parseHost(host, source, draft.notes));
  const named = parsed.flatMap(({ hostname }) => (hostname === undefined ? [] : [hostname]));
  if (named.length > 0) draft.http.hostnames = named;
  const port = parsed.find(({ port }) => port !== undefined)?.port;
  if (port !== undefined) draft.http.port = port;
}

function parseHost(host: string, source: string, notes: string[]): Endpoint {
  if (host.endsWith(".sock")) return { hostname: host };
  const [, scheme, bare = ""] = /^(?:([a-z]+):\/\/)?([^/]*)/i.exec(host) ?? [];
  const match = /^(\[[^\]]*\]|[^:]*)(?::([^:]*))?$/.exec(bare);
  const isIpv6 = !match && bare.includes("::") && /^[0-9a-fA-F:.]+$/.test(bare);
  if (!match && !isIpv6) throw new UsageError(`${source} is no address: "${host}"`);
  const hostname = isIpv6 ? bare : withoutBrackets(match?.[1] ?? "");
  const text = match?.[2];
  const isPort = text === undefined || (/^\d+$/.test(text) && Number(text) <= 65_535);
  if (!isPort && source !== "OLLAMA_HOST") {
    throw new UsageError(`${source} names port ${text}; ports are numbers that end at 65535`);
  }
  if (!isPort) notes.push(`${source}: "${text}" is no port; the usual one is taken`);
  const given = text !== undefined && isPort ? Number(text) : undefined;
  const port =
    given ?? (text === undefined && scheme ? portOfScheme[scheme.toLowerCase()] : undefined);
  return { ...(hostname === "" ? {} : { hostname }), ...(port === undefined ? {} : { port }) };
}

/** Whose pages Ollama trusts: this machine's, those of apps on it and of browser extensions. */
export const ollamaOrigins: string[] = [
  "localhost",
  "http://0.0.0.0",
  "https://0.0.0.0",
  "http://0.0.0.0:*",
  "https://0.0.0.0:*",
  "app://*",
  "file://*",
  "tauri://*",
  "vscode-webview://*",
  "vscode-file://*",
  "chrome-extension://*",
  "moz-extension://*",
  "ms-browser-extension://*",
  "safari-extension://*",
  "safari-web-extension://*",
];

/** @throws UsageError; also for an empty file: there would be nobody who could use the server */
function checkKeyFile(path: string, source: string): void {
  try {
    if (readKeyFile(path).length > 0) return;
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    throw new UsageError(`${source}: ${error.message}`);
  }
  throw new UsageError(`${source} is a file without any key`);
}

const accessFlags: Row[] = [
  value("--api-key", list("KEY,..."), {
    secret: true,
    env: "HUTCH_API_KEY LLAMA_API_KEY",
    help:
      "keys of which every request must bring one, as Authorization or X-Api-Key; or " +
      "sha256: and the hash of one",
    default: "nobody needs a key",
    set: ({ http }, keys) => {
      for (const key of keys) http.apiKeys.push(apiKey(key, `key-${http.apiKeys.length + 1}`));
    },
  }),
  value("--api-key-file", text("FILE"), {
    repeats: true,
    env: "HUTCH_API_KEY_FILE LLAMA_ARG_API_KEY_FILE",
    help:
      "file with such keys or their hashes, one a line, each with name=, requests= and tokens= " +
      "per minute and models= behind it, if need be; # begins a comment. It is read anew when " +
      "it changes",
    set: ({ http }, path, source) => {
      checkKeyFile(path, source);
      http.apiKeyFiles.push(path);
    },
  }),
  value("--allowed-hosts", list("NAME,..."), {
    env: "HUTCH_ALLOWED_HOSTS",
    help:
      "names under which the server may be asked, beside its own; *.example.com for all in a " +
      "domain, * for any",
    default: "with `serve` on this machine only, none; else any",
    set: ({ http }, names) => {
      http.allowedHosts = names.map((name) => name.toLowerCase());
    },
  }),
  value("--cors-origins", list("ORIGIN,..."), {
    env: "HUTCH_ORIGINS LLAMA_ARG_CORS_ORIGINS OLLAMA_ORIGINS",
    help: "whose web pages may read answers: *, localhost, or a list",
    default: "*, or, with `serve`, those of this machine: localhost, apps and extensions",
    set: ({ http }, origins, source) => {
      const all = source === "OLLAMA_ORIGINS" ? [...ollamaOrigins, ...origins] : origins;
      if (all.includes("*")) http.cors.origins = "*";
      else http.cors.origins = all.every((one) => one === "localhost") ? "localhost" : all;
    },
  }),
  value("--cors-methods", text("METHODS"), {
    env: "LLAMA_ARG_CORS_METHODS",
    help: "methods that they may use",
    default: "GET, POST, DELETE, OPTIONS",
    set: ({ http }, methods) => {
      http.cors.methods = methods;
    },
  }),
  value("--cors-headers", text("HEADERS"), {
    env: "LLAMA_ARG_CORS_HEADERS",
    help: "headers that they may send",
    default: "*",
    set: ({ http }, headers) => {
      http.cors.headers = headers;
    },
  }),
  onOff("--cors-credentials", "--no-cors-credentials", {
    env: "LLAMA_ARG_CORS_CREDENTIALS",
    help: "they may send cookies and keys",
    default: "on",
    set: ({ http }, isOn) => {
      http.cors.credentials = isOn;
    },
  }),
];

const pageFlags: Row[] = [
  value("--path", folder, {
    env: "LLAMA_ARG_STATIC_PATH",
    help: "folder of static files to serve; index.html at /",
    set: ({ http }, dir) => {
      http.staticDir = dir;
    },
  }),
  onOff("--ui, --webui", "--no-ui, --no-webui", {
    env: "LLAMA_ARG_UI LLAMA_ARG_WEBUI",
    help: "serve a page at /, or the files of --path",
    default: "on",
    set: ({ http }, isOn) => {
      http.hasPage = isOn;
    },
  }),
  noEffect("--ui-config, --webui-config", text("JSON"), {
    env: "LLAMA_ARG_UI_CONFIG",
    why: "the page's settings are the user's, kept in the browser",
  }),
  noEffect("--ui-config-file, --webui-config-file", text("FILE"), {
    env: "LLAMA_ARG_UI_CONFIG_FILE",
    why: "the page's settings are the user's, kept in the browser",
  }),
];

const endpointFlags: Row[] = [
  onOff("--slots", "--no-slots", {
    env: "LLAMA_ARG_ENDPOINT_SLOTS",
    help: "route /slots: what runs",
    default: "on",
    set: ({ http }, isOn) => {
      http.endpoints.slots = isOn;
    },
  }),
  on("--props", {
    env: "LLAMA_ARG_ENDPOINT_PROPS",
    help: "route POST /props",
    set: ({ http }) => {
      http.endpoints.props = true;
    },
  }),
  onOff("--metrics", "--no-metrics", {
    env: "LLAMA_ARG_ENDPOINT_METRICS",
    help: "route /metrics, for Prometheus",
    default: "off, or on with `serve`",
    set: ({ http }, isOn) => {
      http.endpoints.metrics = isOn;
    },
  }),
  value("--slot-save-path", folder, {
    help: "folder where POST /slots/N may save and restore a slot's cache",
    set: ({ http }, dir) => {
      http.slotSaveDir = dir;
    },
  }),
  value("--media-path", folder, {
    help: "folder that file:// addresses of pictures may point into",
    set: ({ http }, dir) => {
      http.mediaDir = dir;
    },
  }),
  onOff("--fetch-images", "--no-fetch-images", {
    env: "HUTCH_FETCH_IMAGES",
    help: "pictures may be http(s) addresses, which the server fetches where they are public",
    default: "off",
    set: ({ http }, isOn) => {
      http.fetchesMedia = isOn;
    },
  }),
  value("--fetch-hosts", list("HOST,..."), {
    env: "HUTCH_FETCH_HOSTS",
    help: "hosts from which it fetches them at private addresses, too: nas.lan, 10.0.0.5:8080",
    default: "none",
    set: ({ http }, hosts) => {
      http.fetchHosts = hosts;
    },
  }),
  value("--client-models", folder, {
    repeats: true,
    env: "HUTCH_CLIENT_MODELS",
    help:
      "folder whose GGUF files clients may have loaded by their paths, as Nitro's do; can be " +
      "repeated",
    default: "the folder of --models-dir, and ~/.hutch/models",
    set: ({ http }, dir) => {
      http.clientModelDirs.push(dir);
    },
  }),
  value("--responses-file", text("FILE"), {
    env: "HUTCH_RESPONSES_FILE",
    help: 'where answers of /v1/responses are kept; "none": they are not',
    default: "~/.hutch/responses.sqlite with `serve`, else none",
    set: (draft, path) => {
      draft.responsesPath = path;
    },
  }),
  value("--responses-size", whole("MB", 1), {
    env: "HUTCH_RESPONSES_SIZE",
    help: "megabytes that they may take; the oldest are dropped",
    default: "256",
    set: (draft, megabytes) => {
      draft.responsesMegabytes = megabytes;
    },
  }),
  value("--embd-normalize", whole("N", -1), {
    help: "embeddings: -1 as they are, 0 largest value 32760, 1 taxicab, 2 Euclidean, p p-norm",
    default: "2",
    set: ({ http }, p) => {
      http.embedNormalize = p;
    },
  }),
];

export const httpFlags = section("HTTP", "server", [
  ...addressFlags,
  ...accessFlags,
  ...pageFlags,
  ...endpointFlags,
]);
