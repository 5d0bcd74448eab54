import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { reportText } from "../../src/cli/commands/doctor.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import {
  clockFinding,
  cpuFinding,
  filesFinding,
  memoryFindings,
  probeFindings,
} from "../../src/cli/doctor/machine.ts";
import { inodesIn, portFinding, takenFinding } from "../../src/cli/doctor/port.ts";
import { settingsAndFindings } from "../../src/cli/doctor/settings.ts";
import { storeFindings } from "../../src/cli/doctor/store.ts";
import { unitFinding } from "../../src/cli/doctor/systemd.ts";
import { cpuLibraryIn, type NativeProbe } from "../../src/cli/native-probe.ts";
import type { ListedDevice } from "../../src/engine/list-devices.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-doctor-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function file(path: string, text: string): string {
  const full = join(dir, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

const brief = (findings: readonly Finding[]) =>
  findings.map(({ topic, state }) => `${topic} ${state}`);

describe("the processor", () => {
  const cpuinfo = (flags: string) => `processor\t: 0\nmodel name\t: A CPU\nflags\t\t: ${flags}\n`;

  test("is named with what makes it quick", () => {
    const { state, says } = cpuFinding(cpuinfo("fpu sse4_2 avx avx2 fma"), "x64");
    expect([state, says]).toEqual(["ok", "A CPU: sse4_2, avx, avx2, fma"]);
  });

  test("without AVX2 is told of, on x86 alone", () => {
    expect(cpuFinding(cpuinfo("fpu sse4_2"), "x64").state).toBe("warning");
    expect(cpuFinding("Features\t: fp asimd\n", "arm64").state).toBe("ok");
    expect(cpuFinding("", "x64").state).toBe("ok");
  });
});

const cpu: ListedDevice = {
  name: "CPU",
  description: "A CPU",
  backend: "CPU",
  type: "cpu",
  isGpu: false,
  freeBytes: 2 ** 20,
  totalBytes: 2 ** 21,
  id: null,
  unused: null,
};
const probed: NativeProbe = {
  libraryDir: "/c",
  cpuLibrary: null,
  devices: [cpu],
  backends: [],
  failures: [],
  refusals: [],
};

describe("a GPU backend", () => {
  const gpu: ListedDevice = {
    ...cpu,
    name: "Vulkan0",
    backend: "Vulkan",
    type: "gpu",
    isGpu: true,
  };
  const of = (more: Partial<NativeProbe>) =>
    probeFindings({ ...probed, ...more }).filter(({ topic }) => topic === "backend");
  const backends = ["/b/libggml-vulkan.so"];

  test("that finds a GPU is well", () => {
    expect(of({ backends, devices: [cpu, gpu] })).toMatchObject([
      { state: "ok", says: backends[0] },
    ]);
    expect(of({ backends })).toMatchObject([
      { state: "warning", says: "/b/libggml-vulkan.so finds no GPU" },
    ]);
    expect(of({})).toEqual([]);
  });

  test("that does not load says which package is missing", () => {
    const reason = "libvulkan.so.1: cannot open shared object file: No such file or directory";
    expect(of({ backends, failures: [{ path: backends[0] ?? "", reason }] })).toMatchObject([
      {
        state: "warning",
        says: "/b/libggml-vulkan.so does not load: libvulkan.so.1 is missing",
        mend: expect.stringContaining("apt install libvulkan1"),
      },
    ]);
  });

  test("that this Hutch does not take is told of", () => {
    const refusals = ["the backend vulkan is not used: it is for llama.cpp v0.1.0"];
    expect(of({ refusals })).toMatchObject([{ state: "warning", says: refusals[0] }]);
  });
});

test("the library that computes is found in the memory of a process", () => {
  const maps = "7f00-7f01 r-xp 0 0:1 5 /c/libggml-cpu-haswell.so\n7f02-7f03 r--p 0 0:1 6 /c/x.so\n";
  const cpuLibrary = cpuLibraryIn(maps);
  const findings = probeFindings({ ...probed, cpuLibrary });
  expect(findings.map(({ says }) => says)).toEqual([
    "/c, on the CPU with libggml-cpu-haswell.so",
    "CPU: A CPU (2 MiB, 1 MiB free)",
  ]);
  expect(cpuLibraryIn("")).toBeNull();
});

describe("memory", () => {
  test("that a container has too little of is told of, with its limit and swap", () => {
    file("box/proc/meminfo", "MemTotal: 1000000 kB\nSwapTotal: 2000 kB\n");
    file("box/proc/self/cgroup", "0::/\n");
    file("box/sys/fs/cgroup/memory.max", "900000000\n");
    file("box/sys/fs/cgroup/memory.current", "300000000\n");
    expect(memoryFindings(join(dir, "box"))).toMatchObject([
      {
        state: "warning",
        says: "900 MB (the limit of its container or service), 600 MB free; swap 2.0 MB",
        mend: expect.stringContaining("MemoryMax="),
      },
    ]);
  });
});

test("few open files are told of, and only if they cannot become more", () => {
  const limits = (hard: string) => `Limit  Soft Hard\nMax open files    1024    ${hard}    files\n`;
  const found = (name: string, hard: string) => {
    file(`${name}/proc/self/limits`, limits(hard));
    return brief(filesFinding(join(dir, name)));
  };
  expect(found("few", "1024")).toEqual(["open files warning"]);
  expect(found("many", "65536")).toEqual(["open files ok"]);
  expect(found("all", "unlimited")).toEqual(["open files ok"]);
});

test("a clock that stands before the program was made is broken", () => {
  const program = file("program", "");
  utimesSync(program, 1e9, 1e9);
  expect(clockFinding(1e12 + 1, program).state).toBe("ok");
  expect(clockFinding(1e12 - 1, program).state).toBe("broken");
});

describe("a port", () => {
  const listen = (headers: Record<string, string>) =>
    Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("", { headers }) });

  test("that is free, and one that another program has", async () => {
    const server = listen({});
    const port = Number(server.port);
    const taken = await portFinding("127.0.0.1", port);
    expect([taken.state, taken.mend]).toEqual(["broken", expect.stringContaining(`${port}`)]);
    await server.stop(true);
    expect(await portFinding("127.0.0.1", port)).toMatchObject({ state: "ok" });
  });

  test("of no address of this machine", async () => {
    expect(await portFinding("192.0.2.1", 1)).toMatchObject({
      state: "broken",
      mend: expect.stringContaining("--host"),
    });
  });

  test("that Hutch has, under each of its names, and one that Ollama has", () => {
    for (const name of ["hutch", "hutch-linux-x64"]) {
      expect(takenFinding("x:1", 1, { pid: 7, name }).state).toBe("ok");
    }
    const { state, mend } = takenFinding("x:1", 1, { pid: 7, name: "ollama" });
    expect([state, mend]).toEqual(["broken", expect.stringContaining("systemctl disable")]);
    expect(takenFinding("x:1", 1, null).says).toBe("x:1 is taken by another program");
  });

  test("is found in Linux's table, by who listens alone", () => {
    const rows = ["sl local rem st", "0: 0100007F:2CAA 0:0 0A 0 0 0 0 0 111 1"];
    rows.push("1: 0100007F:2CAA 0:0 01 0 0 0 0 0 222 1", "2: 0100007F:0001 0:0 0A 0 0 0 0 0 3 1");
    expect(inodesIn(rows.join("\n"), 11_434)).toEqual(["111"]);
  });
});

describe("settings", () => {
  const named = (text: string) => ["--config", file("hutch.toml", text)];

  test("that are wrong are broken, and the rest is looked at without them", () => {
    const { findings, settings } = settingsAndFindings(named("prot = 1"), { HOME: dir });
    expect(findings).toMatchObject([
      { state: "broken", says: expect.stringContaining('hutch.toml:1: unknown key "prot"') },
    ]);
    expect(settings.http.port).toBe(11_434);
  });

  test("with a key that every user can read are told of", () => {
    const argv = named('api-key = "hush"');
    const found = () => brief(settingsAndFindings(argv, { HOME: dir }).findings);
    chmodSync(join(dir, "hutch.toml"), 0o644);
    expect(found()).toEqual(["settings ok", "settings warning"]);
    chmodSync(join(dir, "hutch.toml"), 0o640);
    expect(found()).toEqual(["settings ok"]);
  });
});

describe("the store", () => {
  const manifest = (size: number) =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      config: { mediaType: "application/vnd.docker.container.image.v1+json", digest, size },
      layers: [],
    });
  const digest = `sha256:${"a".repeat(64)}`;
  const store = join(dir, "store");
  const name = (model: string) => `store/manifests/registry.ollama.ai/library/${model}/latest`;
  const broken = () => storeFindings(store).filter(({ state }) => state === "broken");

  test("that is not there yet is made when it is needed; a file is no store", () => {
    expect(brief(storeFindings(join(dir, "none")))).toContain("store ok");
    expect(storeFindings(file("afile", ""))).toMatchObject([
      { says: expect.stringMatching(/is no folder$/) },
    ]);
  });

  test("has parts that are whole, torn or missing, and manifests that cannot be read", () => {
    file(name("a"), manifest(3));
    expect(broken()).toMatchObject([
      { topic: "model", says: expect.stringMatching(/a:latest.*is missing$/) },
    ]);
    file(`store/blobs/${digest.replace(":", "-")}`, "ab");
    expect(broken()).toMatchObject([{ says: expect.stringMatching(/has 2 bytes instead of 3$/) }]);
    file(`store/blobs/${digest.replace(":", "-")}`, "abc");
    expect(broken()).toEqual([]);
    file(name("b"), "{");
    expect(broken()).toMatchObject([
      { says: expect.stringMatching(/b:latest.*JSON$/), mend: expect.stringMatching(/manifests/) },
    ]);
  });
});

test("systemd's unit is fine, has failed, is wrong, or is not there", () => {
  const unit = (load: string, active: string, sub: string) =>
    brief(
      unitFinding(
        `LoadState=${load}\nActiveState=${active}\nSubState=${sub}\nResult=exit-code\nNRestarts=3\n`,
      ),
    );
  expect(unit("loaded", "active", "running")).toEqual(["systemd ok"]);
  expect(unit("loaded", "failed", "failed")).toEqual(["systemd broken"]);
  expect(unit("loaded", "activating", "auto-restart")).toEqual(["systemd broken"]);
  expect(unit("bad-setting", "inactive", "dead")).toEqual(["systemd broken"]);
  expect(unit("not-found", "inactive", "dead")).toEqual([]);
  expect(unitFinding("")).toEqual([]);
});

test("the report names what is broken with its cure, and counts", () => {
  const lines = reportText([
    { topic: "CPU", state: "ok", says: "A CPU" },
    { topic: "port", state: "broken", says: "it is taken", mend: "take another" },
  ]).split("\n");
  expect(lines.slice(1).map((line) => line.replaceAll(/\s+/g, " "))).toEqual([
    "ok CPU A CPU",
    "BROKEN port it is taken",
    " → take another",
    "1 broken, 0 to look at",
  ]);
});
