import type { BackendFailure } from "../../core/protocol.ts";

/** Libraries that backends need and that the system must have, and Debian's packages of them. */
const packages: Readonly<Record<string, string>> = {
  "libvulkan.so.1": "install the Vulkan loader (Debian, Ubuntu: apt install libvulkan1)",
  "libcuda.so.1": "install NVIDIA's driver (Debian: apt install libcuda1, from non-free)",
  "libcudart.so.12": "install CUDA 12's runtime (Debian 13: apt install libcudart12)",
  "libcublas.so.12": "install cuBLAS 12 (Debian 13: apt install libcublas12)",
  "libcudart.so.13": "install CUDA 13's runtime (NVIDIA's repository: cuda-cudart-13-0)",
  "libcublas.so.13": "install cuBLAS 13 (NVIDIA's repository: libcublas-13-0)",
};

/** Why ggml cannot load a backend, and what to do about it, of the loader's words. */
export function explained(reason: string): { says: string; mend: string | null } {
  const missing = /([\w.+-]+\.so[\d.]*): cannot open shared object file/.exec(reason)?.[1];
  if (missing !== undefined)
    return { says: `${missing} is missing`, mend: packages[missing] ?? null };
  const version = /version `(GLIBC\w*_[\d.]+)' not found/.exec(reason)?.[1];
  if (version !== undefined) {
    const mend = "it runs on Debian 12, Ubuntu 22.04 and what is newer";
    return { says: `this system is too old for it: it needs ${version}`, mend };
  }
  return { says: reason.split("\n").at(-1) ?? reason, mend: null };
}

/** The same in one sentence. */
export function failureText({ path, reason }: BackendFailure): string {
  const { says, mend } = explained(reason);
  return `${path} does not load: ${says}${mend === null ? "" : `; ${mend}`}`;
}
