import pinned from "../../../native/backends.json" with { type: "json" };

/** A ggml backend that somebody has built for the llama.cpp that this Hutch carries. */
export interface KnownBackend {
  name: BackendName;
  /** Of Node: "linux-x64". */
  platform: string;
  /** Of npm, with its version. */
  package: string;
  version: string;
  /** Of the package's file, base64. */
  sha512: string;
  sizeBytes: number;
  /** The library and its licence in the package. */
  library: string;
  licence: string;
  /** Of the library. */
  sha256: string;
  librarySizeBytes: number;
  about: string;
}

export type BackendName = keyof typeof pinned.backends;

const abouts: Readonly<Record<BackendName, string>> = {
  cuda: "NVIDIA, with CUDA 13",
  cuda12: "NVIDIA, with CUDA 12: older GPUs and drivers",
  vulkan: "NVIDIA, AMD and Intel",
};

/** The llama.cpp that they belong to. */
export const backendsTag: string = pinned.tag;

/**
 * In the order in which engines load them: of a GPU that two backends find, llama.cpp takes the
 * first, and CUDA is quicker on its own.
 */
export const knownBackends: readonly KnownBackend[] = (
  Object.keys(pinned.backends) as BackendName[]
).map((name) => ({ name, about: abouts[name], ...pinned.backends[name] }));
