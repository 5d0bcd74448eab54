import { AppError } from "../core/errors.ts";

/** A model's full name in a store or a registry: `host/namespace/model:tag`. */
export interface ModelName {
  /** May have a port: "localhost:5000". */
  host: string;
  namespace: string;
  model: string;
  tag: string;
  /** How the registry is to be spoken to; absent: nobody has said. */
  scheme?: "http" | "https";
}

const defaults = { host: "registry.ollama.ai", namespace: "library", tag: "latest" };

/** Source: Ollama's types/model/name.go. */
const hostPattern = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}$/;
const namespacePattern = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,79}$/;
const partPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/;

/**
 * Reads `[scheme://][host/][namespace/]model[:tag]`, with Ollama's defaults for what is left out.
 * A part never holds a slash, nor is it "." or "..": a name cannot leave the store's folder.
 * @returns null when it is no name
 */
export function parseName(text: string): ModelName | null {
  const [, scheme, rest = ""] = /^(?:(https?):\/\/)?(.*)$/s.exec(text) ?? [];
  const [, path = "", tag = defaults.tag] = /^(.*?)(?::([^/:]*))?$/s.exec(rest) ?? [];
  const parts = path.split("/");
  const [model = "", namespace = defaults.namespace, host = defaults.host] = parts.reverse();
  const isName =
    parts.length <= 3 &&
    hostPattern.test(host) &&
    namespacePattern.test(namespace) &&
    partPattern.test(model) &&
    partPattern.test(tag);
  if (!isName) return null;
  const name = { host, namespace, model, tag };
  return scheme === undefined ? name : { ...name, scheme: scheme as "http" | "https" };
}

/** @throws AppError invalid_request, as Ollama words it */
export function requireName(text: string, param = "model"): ModelName {
  const name = parseName(text);
  if (name) return name;
  throw new AppError("invalid_request", "invalid model name", { param });
}

/** As users see it: without the parts that go without saying, but always with its tag. */
export function shortName({ host, namespace, model, tag }: ModelName): string {
  const isDefaultHost = host.toLowerCase() === defaults.host;
  const isLibrary = isDefaultHost && namespace.toLowerCase() === defaults.namespace;
  const path = isLibrary ? [model] : isDefaultHost ? [namespace, model] : [host, namespace, model];
  return `${path.join("/")}:${tag}`;
}

export function fullName({ host, namespace, model, tag }: ModelName): string {
  return `${host}/${namespace}/${model}:${tag}`;
}

/** Two spellings of one name: case does not count. */
export function isSameName(a: ModelName, b: ModelName): boolean {
  return fullName(a).toLowerCase() === fullName(b).toLowerCase();
}

/** The same for all spellings of a name; what is no name stands for itself. */
export function nameKey(text: string): string {
  const name = parseName(text);
  return name ? fullName(name).toLowerCase() : text;
}
