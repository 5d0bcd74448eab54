import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../support/run.ts";
import {
  bareEnvironment,
  executable,
  jsonOf,
  question,
  type RunningServer,
  say,
  startServer,
  temporaryDir,
} from "../support/server.ts";

const isRoot = process.getuid?.() === 0;
const chats = async (server: RunningServer) =>
  expect(await say(server, question("What is the capital of France?"))).toContain("Paris");

async function urlIn(stdout: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const reader = stdout.getReader(); // not ended: the server goes on writing
  const decoder = new TextDecoder();
  for (let text = ""; ; ) {
    const { value, done } = await reader.read();
    text += decoder.decode(value, { stream: true });
    const [url] = /http:[^\s"]+(?=[\s"])/.exec(text) ?? [];
    if (url || done) return url;
  }
}

/** Reads the URL that a server prints, and asks it something. */
async function answersAt(stdout: ReadableStream<Uint8Array>) {
  const url = await urlIn(stdout);
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify(question("What is the capital of France?")),
  });
  expect((await jsonOf(response)).choices[0]?.message.content).toContain("Paris");
}
const unpackedDir = (home: string) => {
  const cache = join(home, ".cache", "hutch");
  const [build] = readdirSync(cache);
  return join(cache, build ?? "");
};

describe("command line", () => {
  test("--help and --version", async () => {
    const help = await run(["--help"]);
    expect([help.code, help.stderr]).toEqual([0, ""]);
    for (const word of [
      "serve",
      "--model",
      "--mmproj",
      "--port",
      "HUTCH_HOST",
      "HUTCH_CACHE",
      "/swagger",
    ]) {
      expect(help.stdout).toContain(word);
    }
    const serveHelp = await run(["serve", "--help"]);
    expect(serveHelp.stdout).toContain("--port");
    expect(serveHelp.stdout).not.toContain("hutch pull");
    expect((await run(["help", "serve"])).stdout).toBe(serveHelp.stdout);
    expect((await run([])).stdout).toContain("hutch pull");
    const version = await run(["--version"]);
    expect([version.code, version.stdout]).toEqual([
      0,
      expect.stringMatching(/^hutch \d+\.\d+\.\d+ .*llama\.cpp v0\.5\.0/),
    ]);
  });

  test.each([
    [["sreve"], 2, /unknown command "sreve"/],
    [["serve", "--prot", "1"], 2, /"--prot".*--port/],
    [["serve", "--port", "x"], 2, /--port must be a whole number/],
    [["serve", "-m", "/no/such.gguf"], 2, /no such file: \/no\/such\.gguf/],
    [["serve", "-m", "LICENSE", "--lora", "/no/a"], 2, /--lora: no such file: \/no\/a/],
    [["serve", "-m", "LICENSE", "-md", "/no/a"], 2, /--model-draft: no such file: \/no\/a/],
  ])("%p ends with %i and says why", async (args, code, message) => {
    const result = await run(args, { files: { LICENSE: "not a model" } });
    expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(message)]);
    expect(result.stderr).not.toContain("    at ");
  });

  test("a taken port is an error that says which setting to change", async () => {
    await using server = await startServer();
    const port = new URL(server.url).port;
    const result = await run(["serve", "--port", port]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(port);
    expect(result.stderr).toMatch(/--port.*HUTCH_HOST/);
  });

  test("-m serves a file of the user's under its name, with its projector, beside tiny", async () => {
    await using first = await startServer();
    await chats(first);
    const dir = unpackedDir(first.home);
    const args = ["-m", join(dir, "tiny-text.gguf"), "--mmproj", join(dir, "tiny-mmproj.gguf")];
    await using server = await startServer({ args });
    const models = await jsonOf(await fetch(`${server.url}/v1/models`));
    expect(models.data.map((model: { id: string }) => model.id)).toEqual(["tiny-text", "tiny"]);
    await chats(server);
    const both = ["tiny-text", "tiny"].map((model) =>
      say(server, question("What is the capital of Italy?", { model })),
    );
    expect(await Promise.all(both)).toEqual([
      expect.stringContaining("Rome"),
      expect.stringContaining("Rome"),
    ]);
  });
});

describe("unpacking", () => {
  test("the file alone, copied to an empty folder, chats", async () => {
    using dir = temporaryDir();
    const copy = join(dir.path, "hutch");
    cpSync(executable, copy);
    const home = join(dir.path, "home");
    mkdirSync(home);
    const child = Bun.spawn([copy, "serve", "--port", "0"], {
      cwd: dir.path,
      env: { HOME: home }, // not even a PATH
      stdout: "pipe",
      stderr: "inherit",
    });
    await answersAt(child.stdout);
    child.kill();
    await child.exited;
  });

  test.skipIf(!isRoot)("runs where there is nothing but the C library", async () => {
    using dir = temporaryDir();
    const { stdout } = Bun.spawnSync(["ldd", executable]);
    const libraries = stdout.toString().match(/\/lib\S+/g) ?? [];
    expect(libraries.map((path) => path.split("/").at(-1))).toEqual(
      expect.arrayContaining(["libc.so.6"]),
    );
    for (const path of [executable, ...libraries]) {
      const target = join(dir.path, path === executable ? "hutch" : path);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(path, target, { dereference: true });
    }
    // What Bun itself cannot do without.
    for (const name of ["tmp", "proc", "dev"]) mkdirSync(join(dir.path, name));
    const inDir = (command: string) => Bun.spawnSync(["sh", "-c", command], { cwd: dir.path });
    inDir(
      "mount -t proc proc proc && mknod -m 666 dev/null c 1 3 && mknod -m 666 dev/urandom c 1 9",
    );
    const chroot = Bun.which("chroot") ?? "chroot";
    const child = Bun.spawn([chroot, dir.path, "/hutch", "serve", "--port", "0"], {
      env: { HOME: "/home" },
      stdout: "pipe",
      stderr: "inherit",
    });
    try {
      await answersAt(child.stdout);
    } finally {
      child.kill();
      await child.exited;
      inDir("umount proc");
    }
  });

  test("two first starts at once both serve, and leave one clean folder", async () => {
    using home = temporaryDir();
    const starts = [1, 2, 3].map(() => startServer({ home: home.path }));
    const servers = await Promise.all(starts);
    await Promise.all(servers.map(chats));
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    expect(readdirSync(unpackedDir(home.path)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("a damaged cache is repaired", async () => {
    using home = temporaryDir();
    await (await startServer({ home: home.path }))[Symbol.asyncDispose]();
    const dir = unpackedDir(home.path);
    truncateSync(join(dir, "libllama.so.0"), 1000);
    writeFileSync(
      join(dir, "tiny-text.gguf"),
      "x".repeat(statSync(join(dir, "tiny-text.gguf")).size),
    );
    await using server = await startServer({ home: home.path });
    await chats(server);
  });

  test("a home that cannot be written leaves the temporary folder", async () => {
    using home = temporaryDir();
    using tmp = temporaryDir();
    if (isRoot)
      writeFileSync(join(home.path, ".cache"), "root ignores modes; a file in the way does not");
    else chmodSync(home.path, 0o500);
    await using server = await startServer({ home: home.path, env: { TMPDIR: tmp.path } });
    await chats(server);
    expect(readdirSync(tmp.path).length).toBeGreaterThan(0);
    chmodSync(home.path, 0o700);
  });

  test.skipIf(!isRoot)("a full disk is an error that says so", async () => {
    using dir = temporaryDir();
    const full = join(dir.path, "full");
    mkdirSync(full);
    const mount = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", full]);
    expect(mount.exitCode).toBe(0);
    try {
      const result = await run(["serve", "--port", "0"], { env: { HUTCH_CACHE: full } });
      expect(result.code).toBe(1);
      expect(result.stderr).toMatch(/ENOSPC|no space/i);
      expect(result.stderr).toContain("HUTCH_CACHE");
    } finally {
      Bun.spawnSync(["umount", full]);
    }
  });

  test.skipIf(!isRoot)("a read-only file system leaves the temporary folder", async () => {
    using dir = temporaryDir();
    const home = join(dir.path, "home");
    mkdirSync(home);
    const mount = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", home]);
    expect(mount.exitCode).toBe(0);
    try {
      await using server = await startServer({ home, env: { TMPDIR: dir.path } });
      await chats(server);
    } finally {
      Bun.spawnSync(["umount", home]);
    }
  });
});

test.skipIf(!isRoot)(
  "needs no network: chats in a network namespace that has only loopback",
  () => {
    using dir = temporaryDir();
    const script = `
    ip link set lo up
    "$0" serve --port 18099 > "$HOME/out" 2>&1 & pid=$!
    for i in $(seq 100); do
      answer=$(curl -s http://127.0.0.1:18099/v1/chat/completions -d "$1") && break
      sleep 0.1
    done
    kill $pid; wait $pid; cat "$HOME/out"; echo "$answer"`;
    const body = JSON.stringify(question("What is the capital of France?"));
    const { stdout, stderr } = Bun.spawnSync(
      ["unshare", "--net", "sh", "-c", script, executable, body],
      { env: bareEnvironment(dir.path) },
    );
    expect(stdout.toString() + stderr.toString()).toContain("Paris");
  },
);
