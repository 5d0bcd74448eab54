import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** What a model of a hand-made store consists of; what is absent, it does not have. */
export interface HandMadeModel {
  /** Its GGUF. Default: the tiny model's text part. */
  model?: Uint8Array;
  projector?: Uint8Array;
  adapters?: Uint8Array[];
  draft?: Uint8Array;
  template?: string;
  system?: string;
  params?: Record<string, unknown>;
  messages?: { role: string; content: string }[];
  licenses?: string[];
  /** Over the fields of the config. */
  config?: Record<string, unknown>;
  /** Over the fields of the manifest. */
  manifest?: Record<string, unknown>;
}

const assets = resolve(import.meta.dir, "../../assets");
export const tinyText = () => readFileSync(join(assets, "tiny-text.gguf"));
export const tinyMmproj = () => readFileSync(join(assets, "tiny-mmproj.gguf"));

const image = "application/vnd.ollama.image";

/**
 * Lays out a model in Ollama's store by the rules of reference §3.1, on purpose without any code of
 * src/models.
 * @param path `host/namespace/model/tag`
 * @returns the model's digest: 64 hexadecimal digits
 */
export function layOut(dir: string, path: string, made: HandMadeModel = {}): string {
  const layer = (mediaType: string, content: Uint8Array | string) => ({
    mediaType,
    ...putBlob(dir, content),
  });
  const ofType = (type: string, content: Uint8Array | string | undefined) =>
    content === undefined ? [] : [layer(`${image}.${type}`, content)];
  const asJson = (value: unknown) => (value === undefined ? undefined : JSON.stringify(value));
  const layers = [
    ...ofType("model", made.model ?? tinyText()),
    ...ofType("projector", made.projector),
    ...(made.adapters ?? []).flatMap((adapter) => ofType("adapter", adapter)),
    ...ofType("draft", made.draft),
    ...ofType("template", made.template),
    ...ofType("system", made.system),
    ...ofType("params", asJson(made.params)),
    ...ofType("messages", asJson(made.messages)),
    ...(made.licenses ?? []).flatMap((text) => ofType("license", text)),
  ];
  const config = {
    model_format: "gguf",
    model_family: "llama",
    model_families: made.projector ? ["llama", "clip"] : ["llama"],
    model_type: "3.05M",
    file_type: "Q8_0",
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    ...made.config,
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    config: layer("application/vnd.docker.container.image.v1+json", JSON.stringify(config)),
    layers,
    ...made.manifest,
  };
  return putManifest(dir, path, JSON.stringify(manifest));
}

/** Puts any bytes where the manifest of `path` belongs. @returns their digest */
export function putManifest(dir: string, path: string, content: string): string {
  const file = join(dir, "manifests", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return sha256(content);
}

export function putBlob(dir: string, content: Uint8Array | string) {
  mkdirSync(join(dir, "blobs"), { recursive: true });
  const hex = sha256(content);
  writeFileSync(join(dir, "blobs", `sha256-${hex}`), content);
  return { digest: `sha256:${hex}`, size: Buffer.byteLength(content) };
}

/** The place of a model of the public library. */
export const library = (model: string, tag = "latest") =>
  `registry.ollama.ai/library/${model}/${tag}`;

export const sha256 = (content: Uint8Array | string) =>
  createHash("sha256").update(content).digest("hex");
