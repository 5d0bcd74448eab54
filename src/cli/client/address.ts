import { UsageError } from "../../core/flags/flag.ts";
import type { Environment } from "../../core/flags/given.ts";
import { splitList } from "../../core/flags/readers.ts";

/** Where commands find their server. */
export interface Address {
  /** Without a slash at its end: "http://127.0.0.1:11434". */
  url: string;
  /** Path of the socket, where the server listens on one. */
  socket?: string;
  /** The variable that names it; null: nobody has, it is the default. */
  source: string | null;
}

const defaultPort = 11_434;
const portOfScheme: Record<string, number> = { http: 80, https: 443 };

/** Addresses to listen on, not to connect to. */
const everywhere: Record<string, string> = { "": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1" };

/**
 * The server that the environment names, in all of Ollama's forms: `host`, `host:port`, `:port`,
 * `[v6]:port`, `scheme://host:port/path`; also a UNIX socket. Of several addresses the first.
 * @throws UsageError
 */
export function serverAddress(env: Environment): Address {
  for (const source of ["HUTCH_HOST", "OLLAMA_HOST"]) {
    const text = unquoted(env[source] ?? "");
    const [first] = splitList(text);
    if (first !== undefined) return { ...parseAddress(first, source), source };
  }
  return { url: `http://127.0.0.1:${defaultPort}`, source: null };
}

function parseAddress(text: string, source: string): { url: string; socket?: string } {
  if (text.endsWith(".sock")) {
    return { url: "http://localhost", socket: text.replace(/^unix:\/\//, "") };
  }
  const [, scheme = "", rest = ""] = /^(?:([a-z]+):\/\/)?(.*)$/is.exec(text) ?? [];
  const [, place = "", path = ""] = /^([^/]*)(.*)$/s.exec(rest) ?? [];
  const { host, port } = splitPlace(place);
  const protocol = scheme.toLowerCase() || "http";
  const byScheme = scheme === "" ? defaultPort : portOfScheme[protocol];
  const known = host in everywhere ? (everywhere[host] ?? host) : host;
  const name = known.includes(":") ? `[${known}]` : known;
  const url = `${protocol}://${name}:${port ?? byScheme}${path.replace(/\/+$/, "")}`;
  const isPort = port === undefined || (/^\d+$/.test(port) && Number(port) <= 65_535);
  if (isPort && byScheme !== undefined && URL.canParse(url)) return { url };
  throw new UsageError(`${source} is no address: "${text}"`);
}

/** An IPv6 address may stand without its brackets where it has no port. */
function splitPlace(place: string): { host: string; port?: string } {
  const [, bracketed, after] = /^\[([^\]]*)\](?::(.*))?$/.exec(place) ?? [];
  if (bracketed !== undefined) return { host: bracketed, ...(after ? { port: after } : {}) };
  const [host = "", port, ...more] = place.split(":");
  if (more.length > 0) return { host: place };
  return { host, ...(port ? { port } : {}) };
}

const unquoted = (text: string) =>
  text
    .trim()
    .replace(/^(["'])(.*)\1$/, "$2")
    .trim();
