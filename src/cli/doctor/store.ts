import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { blobsOf } from "../../models/manifest.ts";
import { fullName } from "../../models/name.ts";
import { Store, type StoredModel } from "../../models/store.ts";
import { bytes } from "../terminal/human.ts";
import { broken, type Finding, ok, warning } from "./finding.ts";

/** Less free than this, and hardly a model can be pulled, bytes. */
const freeBytesMin = 5e9;

/** Whether the folder of models can be used, and whether what it has is whole. */
export function storeFindings(dir: string): Finding[] {
  const there = nearestFolder(dir);
  const isWritable = canWrite(there);
  if (!existsSync(dir)) {
    if (isWritable) return [ok("store", `${dir} will be made when it is needed`), room(there)];
    return [broken("store", `${dir} cannot be made: no right to write to ${there}`, moved)];
  }
  if (!statSync(dir).isDirectory()) return [broken("store", `${dir} is no folder`, moved)];
  const store = new Store(dir);
  const problems = modelFindings(store);
  const n = store.names().length;
  const writing = isWritable
    ? ok("store", `${dir}: ${n} ${n === 1 ? "model" : "models"}`)
    : broken("store", `${dir} cannot be written: models can be neither pulled nor removed`, moved);
  return [writing, room(dir), ...problems];
}

const moved = "give this user the folder (chown), or name another: --store, HUTCH_MODELS";

function room(dir: string): Finding {
  const { bavail, bsize } = statfsSync(dir);
  const free = bavail * bsize;
  const says = `${bytes(free)} free on the disk of ${dir}`;
  if (free >= freeBytesMin) return ok("disk", says);
  return warning("disk", says, "`hutch rm` models that nobody needs, or move the store: --store");
}

function modelFindings(store: Store): Finding[] {
  const unreadable: Finding[] = [];
  const models = store.list(({ message }) => {
    const mend = "pull the model again, or remove the file, below manifests/ in the store";
    unreadable.push(broken("model", message, mend));
  });
  return [...unreadable, ...models.flatMap((model) => blobFindings(store, model))];
}

function blobFindings(store: Store, { name, manifest }: StoredModel): Finding[] {
  return blobsOf(manifest).flatMap(({ digest, size }) => {
    const found = store.blobs.size(digest);
    if (found === size) return [];
    const what = found === null ? "is missing" : `has ${found} bytes instead of ${size}`;
    const says = `${fullName(name)}: its part ${store.blobs.path(digest)} ${what}`;
    return [broken("model", says, `hutch rm ${fullName(name)}, then pull or create it again`)];
  });
}

/** The folder, or the first above it that is there. */
function nearestFolder(dir: string): string {
  return existsSync(dir) || dirname(dir) === dir ? dir : nearestFolder(dirname(dir));
}

function canWrite(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
