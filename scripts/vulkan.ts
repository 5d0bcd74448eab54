import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import pinned from "../native/backends.json";
import { softwareDriver } from "../test/support/vulkan.ts";
import { fetchPackage } from "./npm-package.ts";
import { cacheRoot } from "./paths.ts";
import { installDebianPackages, mayInstallDebianPackages } from "./toolchain.ts";

/**
 * What the tests of a GPU need: the package of the Vulkan backend, and Mesa's driver, which
 * computes on the CPU. Both are fetched where that is possible.
 * @returns the package's path
 * @throws Error when one of them cannot be had
 */
export async function ensureVulkan(): Promise<string> {
  if (softwareDriver() === null && mayInstallDebianPackages()) {
    await installDebianPackages(["libvulkan1", "mesa-vulkan-drivers"]);
  }
  if (softwareDriver() === null) {
    throw new Error("there is no software driver for Vulkan (Debian: mesa-vulkan-drivers)");
  }
  const { vulkan } = pinned.backends;
  if (vulkan.platform !== `${process.platform}-${process.arch}`) {
    throw new Error(`the backend was built for ${vulkan.platform}`);
  }
  const path = join(cacheRoot(), `vulkan-${vulkan.version}.tgz`);
  if (existsSync(path)) return path;
  await mkdir(cacheRoot(), { recursive: true });
  const work = await mkdtemp(join(cacheRoot(), "fetching-"));
  try {
    const megabytes = (vulkan.sizeBytes / 1e6).toFixed(0);
    console.error(`hutch: fetching ${vulkan.package}@${vulkan.version} (${megabytes} MB) …`);
    await rename(await fetchPackage(vulkan, "native/backends.json", work), path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return path;
}
