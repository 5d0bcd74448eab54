import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  folderOf,
  installedTags,
  isWhole,
  libraryOf,
  removeBackend,
  usableBackends,
} from "../../../src/cli/backends/folder.ts";
import { checkPlatform, installBackend, registryFor } from "../../../src/cli/backends/install.ts";
import { backendsTag, type KnownBackend, knownBackends } from "../../../src/cli/backends/known.ts";
import { someBytes } from "../../models/mock-hub.ts";

const library = someBytes(200_000);
const archive = new Bun.Archive(
  {
    "package/LICENSE": "MIT",
    "package/bins/x/libggml-vulkan.so": library,
    "package/bins/x/libggml-base.so": "not ours",
  },
  { compress: "gzip" },
);
const bytes = await archive.bytes();

const known: KnownBackend = {
  name: "vulkan",
  platform: `${process.platform}-${process.arch}`,
  package: "@someone/linux-x64-vulkan",
  version: "1.2.3",
  sha512: Bun.SHA512.hash(bytes, "base64"),
  sizeBytes: bytes.length,
  library: "package/bins/x/libggml-vulkan.so",
  licence: "package/LICENSE",
  sha256: Bun.SHA256.hash(library, "hex"),
  librarySizeBytes: library.length,
  about: "tests",
};

const { signal } = new AbortController();
const path = "/@someone/linux-x64-vulkan/-/linux-x64-vulkan-1.2.3.tgz";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hutch-backends-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const backends = () => join(dir, "backends");
const file = () => join(dir, "package.tgz");
const install = (source: { file: string } | { registry: string }) =>
  installBackend(known, { dir: backends(), source, onProgress: () => {}, signal });

/** A registry that has the package, and notes what it is asked for. */
function registry(answer: (request: Request) => Response) {
  const asked: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      const range = request.headers.get("range");
      asked.push([new URL(request.url).pathname, ...(range === null ? [] : [range])].join(" "));
      return answer(request);
    },
  });
  const end = () => void server.stop(true);
  return { source: { registry: server.url.href }, asked, [Symbol.dispose]: end };
}

describe("a backend", () => {
  test("comes from a file: its library and licence alone, for this user alone", async () => {
    writeFileSync(file(), bytes);
    expect(await install({ file: file() })).toBe(true);
    const folder = folderOf(backends(), known);
    expect(readdirSync(folder).sort()).toEqual(["LICENSE", "libggml-vulkan.so"]);
    expect(Bun.deepEquals(readFileSync(libraryOf(backends(), known)), Buffer.from(library))).toBe(
      true,
    );
    expect(readdirSync(backends())).toEqual([`vulkan-${backendsTag}`]);
    expect(existsSync(file())).toBe(true);
    expect(await install({ file: file() })).toBe(false);
  });

  test("comes from a registry, which is asked as npm asks it", async () => {
    using server = registry(() => new Response(bytes));
    expect(await install(server.source)).toBe(true);
    expect(server.asked).toEqual([path]);
    expect(readdirSync(backends())).toEqual([`vulkan-${backendsTag}`]);
  });

  test("goes on with what an earlier attempt fetched", async () => {
    mkdirSync(backends(), { mode: 0o700 });
    const partial = join(backends(), "linux-x64-vulkan-1.2.3.tgz.downloadInProgress");
    writeFileSync(partial, bytes.slice(0, 1000));
    using server = registry(() => {
      const headers = { "content-range": `bytes 1000-${bytes.length - 1}/${bytes.length}` };
      return new Response(bytes.slice(1000), { status: 206, headers });
    });
    expect(await install(server.source)).toBe(true);
    expect(server.asked).toEqual([`${path} bytes=1000-`]);
    expect(await isWhole(backends(), known)).toBe(true);
  });

  test("that is damaged is mended, and one of another llama.cpp makes room", async () => {
    writeFileSync(file(), bytes);
    await install({ file: file() });
    writeFileSync(libraryOf(backends(), known), "x");
    mkdirSync(join(backends(), "vulkan-v0.0.1"));
    mkdirSync(join(backends(), "cuda-v0.0.1"));
    expect(await install({ file: file() })).toBe(true);
    expect(await isWhole(backends(), known)).toBe(true);
    expect(readdirSync(backends()).sort()).toEqual(["cuda-v0.0.1", `vulkan-${backendsTag}`]);
  });

  test("is removed, of every version", async () => {
    expect(removeBackend(backends(), known)).toBe(false);
    writeFileSync(file(), bytes);
    await install({ file: file() });
    mkdirSync(join(backends(), "vulkan-v0.0.1"));
    expect(installedTags(backends(), known)).toEqual(["v0.0.1", backendsTag]);
    expect(removeBackend(backends(), known)).toBe(true);
    expect(readdirSync(backends())).toEqual([]);
  });
});

describe("nothing is installed", () => {
  const leavesNothing = () => expect(existsSync(folderOf(backends(), known))).toBe(false);

  test("of a file that is not the package, which says what it should be", async () => {
    writeFileSync(file(), bytes.slice(0, -1));
    await expect(install({ file: file() })).rejects.toThrow(
      /is not @someone\/linux-x64-vulkan@1\.2\.3 .*npm pack.*sha512 expected .*Nothing in it/s,
    );
    await expect(install({ file: join(dir, "none") })).rejects.toThrow("--from: no such file");
    leavesNothing();
  });

  test.each([
    ["other bytes", () => new Response(bytes.map((byte) => byte ^ 1)), /its SHA-512 is .* should/],
    ["fewer bytes", () => new Response("x"), /it should have \d+ bytes, but the server has 1/],
    ["no such file", () => new Response("", { status: 404 }), /the registry answers 404/],
    ["a refusal", () => new Response("", { status: 401 }), /the registry answers 401\n/],
  ])("of a registry with %s", async (_, answer, message) => {
    using server = registry(answer);
    const installing = install(server.source);
    await expect(installing).rejects.toThrow(message);
    await expect(installing).rejects.toThrow(/HUTCH_NPM_REGISTRY.*npm pack.*--from FILE/s);
    leavesNothing();
  });

  test("for another machine", () => {
    const message = "the backend vulkan was built for linux-x64, not for linux-arm64";
    expect(() => checkPlatform({ ...known, platform: "linux-x64" }, "linux-arm64")).toThrow(
      message,
    );
  });
});

describe("the registry", () => {
  test("is the one that is named: by the option, then by the variable", () => {
    const env = { HUTCH_NPM_REGISTRY: "http://b.example" };
    expect(registryFor("http://a.example/npm", env)).toBe("http://a.example/npm/");
    expect(registryFor(undefined, env)).toBe("http://b.example/");
    expect(() => registryFor("b.example", {})).toThrow('must be a web address, not "b.example"');
  });

  test("is the one that npm would ask, otherwise", () => {
    const code = `
      const { registryFor } = await import("${import.meta.dir}/../../../src/cli/backends/install.ts");
      console.log(registryFor(undefined, {}));`;
    const asked = (variables: Record<string, string>) => {
      const env = { PATH: process.env.PATH ?? "", ...variables };
      const command = [process.execPath, "-e", code];
      return Bun.spawnSync(command, { cwd: dir, env }).stdout.toString().trim();
    };
    expect(asked({ npm_config_registry: "http://c.example" })).toBe("http://c.example/");
    writeFileSync(join(dir, ".npmrc"), "@node-llama-cpp:registry=http://d.example/\n");
    expect(asked({})).toBe("http://d.example/");
    writeFileSync(join(dir, ".npmrc"), "");
    expect(asked({})).toStartWith("https://");
  });
});

describe("engines are given", () => {
  const vulkan = knownBackends.find(({ name }) => name === "vulkan") ?? known;
  const put = (tag: string, text: string) => {
    const folder = join(dir, `vulkan-${tag}`);
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, "libggml-vulkan.so"), text);
  };
  const usable = () => usableBackends({ HUTCH_BACKENDS: dir });

  test("what is installed, and of CUDA and Vulkan CUDA first", () => {
    expect(usable()).toEqual({ libraries: [], refusals: [] });
    put(backendsTag, "x".repeat(vulkan.librarySizeBytes));
    const library = libraryOf(dir, vulkan);
    expect(usable()).toEqual({ libraries: [library], refusals: [] });
    expect(knownBackends.map(({ name }) => name)).toEqual(["cuda", "cuda12", "vulkan"]);
  });

  test.each([
    [
      "is of another llama.cpp",
      "v0.0.1",
      /for llama\.cpp v0\.0\.1, and this Hutch has v\d.*install/,
    ],
    ["is damaged", backendsTag, /its library is damaged; `hutch backend install vulkan` mends it/],
  ])("nothing that %s", (_, tag, refusal) => {
    put(tag, "x");
    expect(usable()).toEqual({ libraries: [], refusals: [expect.stringMatching(refusal)] });
  });

  test("nothing that every user could change", () => {
    put(backendsTag, "x".repeat(vulkan.librarySizeBytes));
    chmodSync(join(dir, `vulkan-${backendsTag}`), 0o777);
    expect(usable()).toEqual({
      libraries: [],
      refusals: [expect.stringContaining("can be changed by every user")],
    });
  });
});

test("backends are of the llama.cpp that is built here", async () => {
  const root = join(import.meta.dir, "../../..");
  const llamaCpp = await Bun.file(join(root, "native/llama-cpp.json")).json();
  expect(backendsTag).toBe(llamaCpp.tag);
  for (const { version } of knownBackends) expect(version).toBe(llamaCpp.version);
});
