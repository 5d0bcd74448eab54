import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import lock from "../../package-lock.json";
import { fetchPackage, type PinnedPackage } from "../npm-package.ts";
import { cacheRoot } from "../paths.ts";
import { outputOf } from "../program.ts";
import type { Platform } from "./platforms.ts";

/** The package that npm would install on that kind of machine, at the version we use. */
function pinnedBun({ bunPackage }: Platform): PinnedPackage {
  const packages: Record<string, { version?: string; integrity?: string }> = lock.packages;
  const { version, integrity } = packages[`node_modules/${bunPackage}`] ?? {};
  const sha512 = /^sha512-(\S+)$/.exec(integrity ?? "")?.[1];
  if (version === undefined || sha512 === undefined) {
    throw new Error(`package-lock.json does not pin ${bunPackage}`);
  }
  return { package: bunPackage, version, sha512 };
}

/** The executable that a release is a copy of, with what is ours appended. */
export async function ensureBun(platform: Platform): Promise<string> {
  const pinned = pinnedBun(platform);
  const path = join(cacheRoot(), `bun-${pinned.version}-linux-${platform.name}`);
  if (existsSync(path)) return path;

  console.error(`hutch: fetching Bun (npm package ${pinned.package}@${pinned.version}) …`);
  await mkdir(cacheRoot(), { recursive: true });
  const work = await mkdtemp(join(cacheRoot(), "fetching-"));
  try {
    const tarball = await fetchPackage(pinned, "package-lock.json", work);
    await outputOf(["tar", "-xzf", tarball, "-C", work, "package/bin/bun"]);
    await rename(join(work, "package/bin/bun"), path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return path;
}
