import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pinned from "../../native/backends.json";
import {
  bareEnvironment,
  executable,
  question,
  type RunningServer,
  say,
  startServer,
  temporaryDir,
} from "../support/server.ts";
import { softwareDriver } from "../support/vulkan.ts";
import { startWorker } from "../support/worker.ts";

/** The Vulkan backend's package, which scripts/test.ts fetches. */
const tarball = process.env.HUTCH_VULKAN_PACKAGE ?? "";
const driver = softwareDriver();
const isHere = tarball !== "" && driver !== null;
if (!isHere) {
  const missing =
    tarball === "" ? "HUTCH_VULKAN_PACKAGE names no file" : "Mesa's driver is missing";
  process.stdout.write(`skipping the tests of a GPU: ${missing}\n`);
}

const { tag } = pinned;
const { vulkan } = pinned.backends;
/** Whatever GPUs there are, Mesa's driver on the CPU is the only device. */
const onlySoftware = { VK_DRIVER_FILES: driver ?? "", VK_ICD_FILENAMES: driver ?? "" };
/** ggml passes such a driver over where nobody names it. */
const chosen = { ...onlySoftware, GGML_VK_VISIBLE_DEVICES: "0" };
const paris = "The capital of France is Paris.";

describe.skipIf(!isHere)("the Vulkan backend", () => {
  const home = temporaryDir();
  const folder = join(home.path, ".hutch/backends", `vulkan-${tag}`);

  async function hutch(args: string[], env: Record<string, string> = onlySoftware) {
    const options = { env: bareEnvironment(home.path, env), stdin: "ignore" } as const;
    const child = Bun.spawn([executable, ...args], { ...options, stdout: "pipe", stderr: "pipe" });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { code: await child.exited, stdout, stderr };
  }

  beforeAll(async () => {
    const { code, stdout, stderr } = await hutch([
      "backend",
      "install",
      "vulkan",
      "--from",
      tarball,
    ]);
    expect([code, stdout, stderr]).toEqual([
      0,
      `vulkan is installed: ${folder}\nIt finds no GPU: see \`hutch devices\`.\n`,
      "",
    ]);
  });
  afterAll(() => home[Symbol.dispose]());

  test("is installed, and only that is", async () => {
    expect(readdirSync(folder).sort()).toEqual(["LICENSE", "libggml-vulkan.so"]);
    const { stdout } = await hutch(["backend", "list", "--json"]);
    expect(JSON.parse(stdout).backends).toMatchObject([
      { name: "cuda", state: "not installed" },
      { name: "cuda12", state: "not installed" },
      { name: "vulkan", state: "installed", sizeBytes: vulkan.librarySizeBytes },
    ]);
    const again = await hutch(["backend", "install", "vulkan", "--from", tarball]);
    expect(again.stdout).toStartWith(`vulkan is there already: ${folder}\n`);
  });

  test("shows a device that is not used by itself, and why", async () => {
    const { stdout } = await hutch(["devices", "--json"]);
    const { devices, notes } = JSON.parse(stdout);
    expect(devices).toMatchObject([
      { name: "CPU", type: "cpu", unused: null },
      {
        name: "Vulkan0",
        backend: "Vulkan",
        description: expect.stringContaining("llvmpipe"),
        unused: expect.stringContaining("GGML_VK_VISIBLE_DEVICES=0 chooses it"),
      },
    ]);
    expect(notes).toEqual([]);
  });

  test("shows the device, with its memory, once it is chosen", async () => {
    const { devices } = JSON.parse((await hutch(["devices", "--json"], chosen)).stdout);
    const [cpu, gpu] = devices;
    expect([cpu.name, cpu.unused]).toEqual(["CPU", null]);
    expect(gpu).toMatchObject({ name: "Vulkan0", isGpu: true, unused: null });
    expect(gpu.totalBytes).toBeGreaterThan(0);
    const { stdout } = await hutch(["devices"], chosen);
    expect(stdout).toMatch(
      /^NAME +BACKEND +MEMORY +FREE +USED +DESCRIPTION\nCPU .*\nVulkan0 .* yes /,
    );
    expect((await hutch(["--list-devices"], chosen)).stdout).toMatch(/\n {2}Vulkan0: llvmpipe/);
    const doctor = JSON.parse(
      (await hutch(["doctor", "--json", "--", "--port", "0"], chosen)).stdout,
    );
    expect(doctor.findings).toContainEqual({
      topic: "backend",
      state: "ok",
      says: join(folder, "libggml-vulkan.so"),
    });
  });

  /** llama.cpp's log says how many layers went to GPUs; before, how many would without fitting. */
  const offloaded = (server: RunningServer) =>
    [...server.output().matchAll(/offloaded (\d+\/\d+) layers to GPU/g)].at(-1)?.[1];
  const start = (args: string[] = [], env = chosen) =>
    startServer({ home: home.path, env, args: ["-lv", "4", ...args] });

  // Pictures are not asked about: with Mesa 22.3's driver an engine often crashes over one, in a
  // thread of the driver's. Whether the driver or ggml is at fault is not known.
  test("computes all layers, with the CPU's answer", async () => {
    await using server = await start();
    expect(await say(server, question("What is the capital of France?"))).toBe(paris);
    expect(offloaded(server)).toBe("7/7");
    expect(server.output()).toMatch(/parameters on CPU and Vulkan0/);
  });

  test("is shared by a worker", async () => {
    const env = { ...chosen, HUTCH_BACKENDS: dirname(folder) };
    await using worker = await startWorker([], { env });
    expect(worker.output()).toMatch(/Vulkan0: llvmpipe/);
    await using server = await startServer({ args: ["--rpc", worker.address] });
    expect(await say(server, question("What is the capital of France?"))).toBe(paris);
  });

  test.each([
    ["-ngl 0", ["-ngl", "0"], "0/7"],
    ["-ngl 3", ["-ngl", "3"], "3/7"],
    ["-ngl all, however little memory is free", ["-ngl", "all", "-fitt", "9999999"], "7/7"],
    ["memory that is not free", ["-fitt", "9999999"], "0/7"],
    ["--fit off", ["-fit", "off", "-fitt", "9999999"], "7/7"],
    ["--split-mode none", ["-sm", "none", "-mg", "0"], "7/7"],
    ["--device Vulkan0 --tensor-split 1", ["-dev", "Vulkan0", "-ts", "1"], "7/7"],
  ])("has as many layers as %s says", async (_, args, layers) => {
    await using server = await start(args);
    expect(await say(server, question("What is the capital of France?"))).toBe(paris);
    expect(offloaded(server)).toBe(layers);
  });

  test("has none with --device none, and a device that is not there is told of", async () => {
    await using server = await start(["-dev", "none"]);
    expect(await say(server, question("What is the capital of France?"))).toBe(paris);
    expect(server.output()).not.toContain("Vulkan0 model buffer");
    await using other = await start(["-dev", "CUDA0"]);
    const failing = say(other, question("Hello!"));
    await expect(failing).rejects.toThrow(/no device .*CUDA0.* to offload to; there is Vulkan0/);
  });

  test("that does not load is told of, and the CPU answers", async () => {
    const library = join(folder, "libggml-vulkan.so");
    renameSync(library, `${library}.kept`);
    writeFileSync(library, Buffer.alloc(vulkan.librarySizeBytes));
    try {
      await using server = await startServer({ home: home.path });
      expect(await say(server, question("What is the capital of France?"))).toBe(paris);
      expect(server.output()).toMatch(/libggml-vulkan\.so does not load: .*invalid ELF header/);
      const { stdout } = await hutch(["backend", "list", "vulkan"]);
      expect(stdout).toContain("damaged: install it again");
    } finally {
      renameSync(`${library}.kept`, library);
    }
  });

  test("of another llama.cpp is not used, and told of", async () => {
    renameSync(folder, `${folder}.1`);
    try {
      await using server = await start();
      expect(await say(server, question("What is the capital of France?"))).toBe(paris);
      expect(server.output()).toContain(
        `the backend vulkan is not used: it is for llama.cpp ${tag}.1, and this Hutch has ${tag}`,
      );
      expect(server.output()).not.toContain("Vulkan0");
    } finally {
      renameSync(`${folder}.1`, folder);
    }
  });

  test("is removed, once", async () => {
    expect((await hutch(["backend", "remove", "vulkan"])).stdout).toBe("vulkan is removed\n");
    const again = await hutch(["backend", "remove", "vulkan"]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("is not installed")]);
    const { stdout, stderr } = await hutch(["devices"], chosen);
    expect(stdout).not.toContain("Vulkan");
    expect(stderr).toContain("no GPU; `hutch backend list` shows what there is for them");
  });
});

test("a wrong action or name is a usage error", async () => {
  using home = temporaryDir();
  const problem = (args: string[]) => {
    const env = bareEnvironment(home.path);
    const { exitCode, stderr } = Bun.spawnSync([executable, "backend", ...args], { env });
    return [exitCode, stderr.toString().split("\n")[0]];
  };
  expect(problem([])).toEqual([2, "hutch: ACTION is missing: hutch backend ACTION [NAME]"]);
  expect(problem(["fetch"])).toEqual([2, 'hutch: there is no "fetch", but install, list, remove']);
  expect(problem(["install"])).toEqual([2, "hutch: NAME is missing: cuda, cuda12, vulkan"]);
  expect(problem(["remove", "metal"])).toEqual([
    2,
    'hutch: there is no backend "metal", but cuda, cuda12, vulkan',
  ]);
});
