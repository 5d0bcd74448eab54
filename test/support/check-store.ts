import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * Checks a model store against the layout rules of Ollama (reference §3.1), on purpose without any
 * code of src/models.
 * @returns what breaks the rules, a line each; none: the store is valid
 */
export async function storeViolations(dir: string): Promise<string[]> {
  const violations = (await listed(dir))
    .filter((entry) => entry !== "blobs" && entry !== "manifests")
    .map((entry) => `${entry}: neither blobs nor manifests`);
  const used = new Map<string, Set<string>>();
  for (const path of await filesBelow(join(dir, "manifests"))) {
    const parts = path.split("/");
    if (parts.length !== 4) violations.push(`manifests/${path}: not host/namespace/model/tag`);
    else if (!parts.every((part) => namePart.test(part)))
      violations.push(`manifests/${path}: no valid name`);
    const blobs = await manifestBlobs(join(dir, "manifests", path));
    if (typeof blobs === "string") {
      violations.push(`manifests/${path}: ${blobs}`);
      continue;
    }
    for (const { digest, size } of blobs) {
      const users = used.get(digest) ?? new Set();
      used.set(digest, users.add(path));
      const file = await stat(blobPath(dir, digest)).catch(() => null);
      if (!file) violations.push(`manifests/${path}: ${digest} is missing`);
      else if (file.size !== size)
        violations.push(`manifests/${path}: ${digest} has ${file.size} bytes, not ${size}`);
    }
  }
  for (const name of await listed(join(dir, "blobs"))) {
    const [, hex] = /^sha256-([0-9a-f]{64})$/.exec(name) ?? [];
    if (hex === undefined) {
      violations.push(`blobs/${name}: no blob's name`);
      continue;
    }
    const actual = await sha256Of(join(dir, "blobs", name));
    if (actual !== hex) violations.push(`blobs/${name}: its content is ${actual}`);
    if (!used.has(`sha256:${hex}`)) violations.push(`blobs/${name}: no manifest needs it`);
  }
  return violations;
}

const namePart = /^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/;
const manifestMediaType = "application/vnd.docker.distribution.manifest.v2+json";

interface Reference {
  mediaType: string;
  digest: string;
  size: number;
}

/** The blobs that the manifest needs, or what is wrong with it. */
async function manifestBlobs(path: string): Promise<Reference[] | string> {
  let manifest: {
    schemaVersion?: unknown;
    mediaType?: unknown;
    config?: Reference;
    layers?: Reference[];
  };
  try {
    manifest = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    return `no JSON: ${error}`;
  }
  const { schemaVersion, mediaType, config, layers } = manifest;
  if (schemaVersion !== 2) return `schemaVersion ${schemaVersion}`;
  if (mediaType !== manifestMediaType) return `mediaType ${mediaType}`;
  if (!config || !Array.isArray(layers)) return "no config or layers";
  const blobs = [config, ...layers];
  const isWrong = ({ mediaType, digest, size }: Reference) =>
    typeof mediaType !== "string" ||
    !/^sha256:[0-9a-f]{64}$/.test(digest) ||
    !Number.isSafeInteger(size);
  const wrong = blobs.find(isWrong);
  return wrong ? `a layer is wrong: ${JSON.stringify(wrong)}` : blobs;
}

const blobPath = (dir: string, digest: string) => join(dir, "blobs", digest.replace(":", "-"));

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

const listed = async (dir: string): Promise<string[]> =>
  (await readdir(dir).catch(() => [])).sort();

/** Paths of all files below `dir`, empty folders included: both must not be anything else. */
async function filesBelow(dir: string, prefix = ""): Promise<string[]> {
  const entries = await readdir(join(dir, prefix), { withFileTypes: true }).catch(() => null);
  if (entries === null) return [];
  if (entries.length === 0 && prefix !== "") return [`${prefix}/`];
  const nested = entries.map((entry) => {
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(dir, path) : [path];
  });
  return (await Promise.all(nested)).flat().sort();
}
