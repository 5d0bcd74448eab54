import { basename } from "node:path";
import { outputOf } from "../program.ts";

/** What an ELF file asks of others, and offers them. */
export interface ElfFile {
  /** As the loader knows it. */
  name: string;
  /** Libraries it cannot do without. */
  needed: string[];
  /** Versions of symbols that it needs: "GLIBC_2.17" of "libc.so.6". */
  wanted: { library: string; version: string }[];
  /** Versions of symbols that it defines. */
  offered: string[];
}

/**
 * The C library and its loader: always the machine's own, as they belong to its kernel. The other
 * libraries travel with us.
 */
const systems = /^(lib(c|m|dl|rt|pthread)\.so\.\d+|ld-linux-[\w-]+\.so\.\d+)$/;

export async function readElf(path: string): Promise<ElfFile> {
  const env = { LC_ALL: "C" };
  return parseReadelf(
    basename(path),
    await outputOf(["readelf", "--wide", "-d", "-V", path], { env }),
  );
}

/** @param text what `readelf --wide -d -V` prints of the file */
export function parseReadelf(name: string, text: string): ElfFile {
  const soname = /\(SONAME\).*\[(.+)\]/.exec(text)?.[1];
  const needed = [...text.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, library = ""]) => library);
  const file: ElfFile = { name: soname ?? name, needed, wanted: [], offered: [] };
  let library: string | null = null;
  for (const line of text.split("\n")) {
    if (/^Version (needs|definition)/.test(line)) library = null;
    library = /Version: \d+ +File: (\S+)/.exec(line)?.[1] ?? library;
    const version = /Name: (\S+)/.exec(line)?.[1];
    if (version === undefined) continue;
    if (/Flags: BASE/.test(line)) continue; // the file's own name
    if (library === null) file.offered.push(version);
    else file.wanted.push({ library, version });
  }
  return file;
}

/** The highest version of glibc's symbols that the files need: "2.31"; "0" when they need none. */
export function glibcOf(files: ElfFile[]): string {
  const versions = files.flatMap(({ wanted }) =>
    wanted.flatMap(({ version }) => /^GLIBC_([\d.]+)$/.exec(version)?.[1] ?? []),
  );
  return versions.sort(compareVersions).at(-1) ?? "0";
}

/**
 * What would keep the files from running where there is nothing but glibc `glibc`: a newer one
 * needed, a library that does not travel with them, a symbol's version that none of them has.
 */
export function elfFaults(files: ElfFile[], glibc: string): string[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  return files.flatMap(({ name, needed, wanted }) => {
    const strangers = needed
      .filter((library) => !systems.test(library) && !byName.has(library))
      .map((library) => `${name} needs ${library}, which is not among them`);
    const versions = wanted.flatMap(({ library, version }) => {
      const offered = byName.get(library)?.offered;
      if (offered !== undefined) {
        return offered.includes(version) ? [] : [`${name} needs ${version} of ${library}`];
      }
      const wantedGlibc = /^GLIBC_([\d.]+)$/.exec(version)?.[1];
      if (wantedGlibc === undefined) return [`${name} needs ${version} of ${library}`];
      const isNewer = compareVersions(wantedGlibc, glibc) > 0;
      return isNewer ? [`${name} needs glibc ${wantedGlibc}, not ${glibc}`] : [];
    });
    return [...strangers, ...versions];
  });
}

/** Orders "2.4" before "2.31". */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number)) as [
    number[],
    number[],
  ];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
