import { existsSync } from "node:fs";
import { installDebianPackages, mayInstallDebianPackages } from "./toolchain.ts";

/** What makes and measures the tiny model; OpenBLAS is 25 times faster than the default BLAS. */
const packages = ["python3-torch", "python3-numpy", "python3-pil", "libopenblas0-pthread"];
const modules = "torch, numpy, PIL";

/** Debian's own first: a Python in PATH may be another one, which has none of its packages. */
const candidates = () => ["/usr/bin/python3", Bun.which("python3") ?? ""].filter(existsSync);

/**
 * A Python that has PyTorch, NumPy and Pillow, which are installed first where that is possible.
 * @throws Error naming what is missing
 */
export async function ensurePython(): Promise<string> {
  const found = await find();
  if (found !== null) return found;
  if (mayInstallDebianPackages()) await installDebianPackages(packages);
  const installed = await find();
  if (installed !== null) return installed;
  throw new Error(
    `No Python 3 with ${modules} is found. Install:\n` +
      `  Debian, Ubuntu   apt-get install ${packages.join(" ")}\n` +
      "  others           pip install torch numpy pillow",
  );
}

async function find(): Promise<string | null> {
  for (const python of candidates()) {
    const child = Bun.spawn([python, "-c", `import ${modules}`], {
      stdio: ["ignore", "ignore", "ignore"],
    });
    if ((await child.exited) === 0) return python;
  }
  return null;
}
