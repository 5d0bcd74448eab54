import { parseArgs } from "node:util";
import { type Platform, platforms } from "./platforms.ts";

export const usage = `npm run release -- [options]

Makes dist/hutch-linux-x64 and dist/hutch-linux-arm64, for any processor of their kind and any Linux
with glibc 2.31 or later, an SBOM beside each, and SHA256SUMS over all; then runs each in Debian 11.
docs/release.md tells more.

  --target NAME   only for x64 or arm64; may be repeated
  --no-run        do not run what was made: that needs root, and fetches a Debian 11
  --help          show this

Debian's packages come from this machine's mirror, or from the one that HUTCH_DEBIAN_MIRROR names;
what takes long is kept in ~/.cache/hutch-build, or where HUTCH_BUILD_CACHE says.`;

export interface ReleaseOptions {
  platforms: Platform[];
  /** Whether to run what was made. */
  run: boolean;
}

/** Variables that would make a release of here differ from one of elsewhere. */
const meddlers = ["CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "HUTCH_CMAKE_OPTIONS"];

/** @throws Error naming the option, or the variable, that is wrong */
export function parseReleaseOptions(
  args: string[],
  env: Record<string, string | undefined>,
): ReleaseOptions | "help" {
  const { values } = parseArgs({
    args,
    options: {
      target: { type: "string", multiple: true },
      "no-run": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const set = meddlers.find((name) => (env[name] ?? "") !== "");
  if (set !== undefined)
    throw new Error(`${set} is set: a release has flags of its own. Unset it.`);
  const wanted = [...new Set(values.target ?? platforms.map(({ name }) => name))];
  const chosen = wanted.map((target) => {
    const platform = platforms.find(({ name }) => name === target);
    if (platform) return platform;
    const names = platforms.map(({ name }) => name).join(" or ");
    throw new Error(`--target ${target}: it must be ${names}`);
  });
  return { platforms: chosen, run: values["no-run"] !== true };
}
