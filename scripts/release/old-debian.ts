import { existsSync } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cacheRoot, root } from "../paths.ts";
import { exitCodeOf, outputOf } from "../program.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { ensurePrograms } from "./compilers.ts";
import { suite } from "./debian-packages.json";
import type { Platform } from "./platforms.ts";
import { debianMirror } from "./sysroot.ts";

/** What is asked of a release: `npm test` asks it of dist/hutch, too. */
const tests = "test/e2e/smoke.test.ts";

/** For one test: an emulated processor is slow. */
const patienceMs = 600_000;

const hostProcessor = process.arch === "arm64" ? "aarch64" : "x86_64";

/**
 * Runs an executable where there is nothing but the oldest Debian that we promise to run on,
 * with an emulated processor if it is for another kind: it chats, sees, embeds.
 * @throws Error when it does not, or when this machine cannot try
 */
export async function runInOldDebian(executable: string, platform: Platform): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Error("Only root can run it in a Debian of its own: `sudo`, or --no-run.");
  }
  const isForeign = platform.processor !== hostProcessor;
  const emulator = `qemu-${platform.processor}-static`;
  await ensurePrograms({
    debootstrap: "debootstrap",
    ...(isForeign && { [emulator]: "qemu-user-static" }),
  });
  const tree = await ensureTree(platform);
  await using _emulation = isForeign ? await emulate(platform) : null;
  await using folder = await temporaryFolder("release");
  const inside = join(folder.path, "hutch");
  await writeFile(inside, insideScript(tree, executable));
  await chmod(inside, 0o755);
  console.error(`hutch: running ${basename(executable)} in Debian's ${suite} …`);
  const command = [process.execPath, "test", `./${tests}`, `--timeout=${patienceMs}`];
  const code = await exitCodeOf(command, { cwd: root, env: { HUTCH_BIN: inside } });
  if (code !== 0) throw new Error(`${basename(executable)} failed ${tests}`);
}

/** Debian's required packages, unpacked: there is a C library, a shell, and little else. */
async function ensureTree({ debian }: Platform): Promise<string> {
  const folder = join(cacheRoot(), `debian-${suite}-${debian}`);
  if (existsSync(folder)) return folder;
  console.error(`hutch: unpacking Debian's ${suite} for ${debian} …`);
  await mkdir(cacheRoot(), { recursive: true });
  const work = await mkdtemp(join(cacheRoot(), "fetching-"));
  try {
    const tree = join(work, "tree");
    const how = ["--foreign", "--variant=minbase", `--arch=${debian}`];
    await outputOf(["debootstrap", ...how, suite, tree, await debianMirror()]);
    for (const name of ["proc", "dev", "tmp", "mnt"]) {
      // In containers debootstrap makes links of some, which would lead to themselves.
      const path = join(tree, name);
      if ((await lstat(path).catch(() => null))?.isSymbolicLink()) await rm(path);
      await mkdir(path, { recursive: true });
    }
    await rename(tree, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

/**
 * A program that is the executable within the tree: it sees the same /tmp, processes and network.
 * Its mounts are its own, and go with it.
 */
function insideScript(tree: string, executable: string): string {
  return `#!/bin/sh
exec unshare --mount sh -euc '
  tree=$1 folder=$2 name=$3
  shift 3
  mount -t proc proc "$tree/proc"
  mount --rbind /dev "$tree/dev"
  mount --bind /tmp "$tree/tmp"
  mount --bind "$folder" "$tree/mnt"
  exec chroot "$tree" "/mnt/$name" "$@"
' sh ${[tree, dirname(executable), basename(executable)].map(quoted).join(" ")} "$@"
`;
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

const binfmt = "/proc/sys/fs/binfmt_misc";

/** Has the kernel start the other processor's programs with QEMU until this is disposed of. */
async function emulate({ processor }: Platform): Promise<AsyncDisposable | null> {
  const name = `qemu-${processor}`;
  if (existsSync(join(binfmt, name))) return null; // it does so already
  if (!existsSync(join(binfmt, "register"))) {
    await outputOf(["mount", "-t", "binfmt_misc", "binfmt_misc", binfmt]);
  }
  // Its flags, "OPF", have the kernel open QEMU now, so that it is found within the tree, too.
  await writeFile(join(binfmt, "register"), await readFile(`/usr/lib/binfmt.d/${name}.conf`));
  return { [Symbol.asyncDispose]: () => writeFile(join(binfmt, name), "-1") };
}
