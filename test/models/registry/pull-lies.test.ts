import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { requireName } from "../../../src/models/name.ts";
import {
  BadRegistry,
  chunked,
  type Interception,
  sha256,
  someBytes,
} from "../../support/bad-registry.ts";
import { storeViolations } from "../../support/check-store.ts";
import { failureOf, Setup } from "./setup.ts";

const big = someBytes(10_000);
const digest = sha256(big);
const noSuchDigest = `sha256:${"0".repeat(64)}`;

let registry: BadRegistry;
let setup: Setup;
beforeEach(() => {
  registry = new BadRegistry();
  setup = new Setup();
});
afterEach(() => {
  registry[Symbol.dispose]();
  setup[Symbol.dispose]();
});

const name = () => `${registry.host}/ns/m`;

/** Answers requests for the blob. */
const forBlob =
  (answer: (start: number, end: number) => Response): Interception =>
  (request, url) => {
    if (!url.pathname.includes(digest)) return undefined;
    const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "") ?? [];
    return answer(Number(start), Number(last) + 1);
  };

const partial = (bytes: Uint8Array, start: number, end: number, total: number | "*" = 10_000) =>
  new Response(bytes, {
    status: 206,
    headers: { "content-range": `bytes ${start}-${end - 1}/${total}` },
  });

/** The pull fails, and whatever was there is there as before. */
async function expectNothingKept(): Promise<string> {
  const { message } = await failureOf(setup.pull(name()));
  expect(setup.store.find(requireName(name()))).toBeNull();
  const violations = await storeViolations(setup.store.dir);
  expect(violations.filter((line) => !/-partial(-\d+)?: /.test(line))).toEqual([]);
  return message;
}

describe("a registry that lies about a blob", () => {
  beforeEach(() => registry.publish("ns/m/latest", [big]));

  test.each<[string, Interception, RegExp]>([
    [
      "sends other bytes",
      forBlob((start, end) => partial(someBytes(end - start, 9), start, end)),
      /^digest mismatch, file must be downloaded again: want sha256:\w+, got sha256:\w+$/,
    ],
    [
      "sends more than was asked for",
      forBlob((start) => partial(big.slice(start), start, start + 1000)),
      /contradicts its manifest: it has \d+ bytes, and should have 1000$/,
    ],
    [
      "sends more, without saying how much",
      forBlob((start, end) =>
        chunked([big.slice(start, end), big.slice(0, 1)], {
          status: 206,
          headers: { "content-range": `bytes ${start}-${end - 1}/10000` },
        }),
      ),
      /the registry sends more than was asked for$/,
    ],
    [
      "sends another part",
      forBlob((start, end) => partial(big.slice(start + 1, end + 1), start + 1, end + 1)),
      /bytes \d+-\d+ were asked for, and it sends "bytes \d+-\d+\/10000"$/,
    ],
    [
      "says that it is longer",
      forBlob((start, end) => partial(big.slice(start, end), start, end, 10_001)),
      /contradicts its manifest: it has 10001 bytes, and should have 10000$/,
    ],
    [
      "does not say which part it sends",
      forBlob((start, end) => new Response(big.slice(start, end), { status: 206 })),
      /bytes \d+-\d+ were asked for, and it sends ""$/,
    ],
    [
      "does not have it",
      forBlob(() => new Response("{}", { status: 404 })),
      /^pulling \w{12}: file does not exist$/,
    ],
    [
      "forbids it",
      forBlob(() => new Response("no\n\n no", { status: 403 })),
      /^pulling \w{12}: 403: no no$/,
    ],
    [
      "redirects for ever",
      forBlob(() => new Response(null, { status: 307, headers: { location: "?again" } })),
      /^pulling \w{12}: more than 10 redirects$/,
    ],
    [
      "redirects to a file",
      forBlob(() => new Response(null, { status: 307, headers: { location: "file:///etc" } })),
      /redirects to what is no web address$/,
    ],
  ])("and %s is found out", async (_what, intercept, message) => {
    registry.intercept = intercept;
    expect(await expectNothingKept()).toMatch(message);
  });

  test("and always sends less gives up", async () => {
    registry.intercept = forBlob((start, end) => partial(new Uint8Array(), start, end));
    expect(await expectNothingKept()).toMatch(/max retries exceeded: the connection ended after 0/);
  });

  test("without Range, and sends more or less than the manifest says", async () => {
    registry.intercept = forBlob(() => new Response(someBytes(10_001)));
    expect(await expectNothingKept()).toMatch(/it has 10001 bytes, and should have 10000$/);
    registry.intercept = forBlob(() => chunked([big, big]));
    expect(await expectNothingKept()).toMatch(/the registry sends more than was asked for$/);
  });

  test("does no harm to what is there", async () => {
    registry.publish("ns/good/latest", [big, "shared"]);
    await setup.pull(`${registry.host}/ns/good`);
    const before = setup.files;
    registry.publish("ns/m/latest", [big, "shared", "another"], {});
    registry.intercept = (_request, url) =>
      url.pathname.includes(sha256("another")) ? new Response("Another") : undefined;
    expect(await expectNothingKept()).toMatch(/^digest mismatch/);
    expect(setup.files.filter((file) => !file.includes("partial"))).toEqual(before);
  });
});

describe("a registry that lies about a model", () => {
  const layer = { mediaType: "application/vnd.ollama.image.model", digest, size: 10_000 };
  const config = { mediaType: "application/vnd.docker.container.image.v1+json", size: 2 };
  const manifest = (change: object) =>
    JSON.stringify({
      schemaVersion: 2,
      config: { ...config, digest: sha256("{}") },
      layers: [layer],
      ...change,
    });

  test.each([
    [
      "no JSON",
      "<html>",
      /^pull model manifest: \S+\/ns\/m:latest: the manifest is no valid JSON$/,
    ],
    ["something else", "[1]", /: the manifest has no valid config$/],
    ["no layers", manifest({ layers: 3 }), /the manifest has no layers$/],
    ["a path", manifest({ layers: [{ ...layer, digest: "../../x" }] }), /layer 0 is not valid$/],
    ["no size", manifest({ layers: [{ ...layer, size: -1 }] }), /layer 0 is not valid$/],
    [
      "two sizes of one blob",
      manifest({ layers: [layer, { ...layer, size: 9 }] }),
      /has both 10000 and 9 bytes$/,
    ],
    [
      "a size that no disk has",
      manifest({ layers: [{ ...layer, size: 9e15 }] }),
      /the disk is full: 9000000000000000 bytes more are needed, and \d+ are free$/,
    ],
    [
      "a size that is too small",
      manifest({ layers: [{ ...layer, size: 999 }] }),
      /contradicts its manifest: it has 10000 bytes, and should have 999$/,
    ],
    [
      "a blob that nobody has",
      manifest({ layers: [{ ...layer, digest: noSuchDigest }] }),
      /^pulling 000000000000: file does not exist$/,
    ],
    ["far too much", " ".repeat(4_000_001), /the registry sends more than 4000000 bytes$/],
  ])("and has %s in its manifest is found out", async (_what, text, message) => {
    registry.publish("ns/m/latest", [big]);
    registry.put("{}");
    registry.manifests.set("ns/m/latest", text);
    expect(await expectNothingKept()).toMatch(message);
  });

  test("and never ends its manifest is not waited for", async () => {
    registry.intercept = () =>
      new Response(
        new ReadableStream({
          async pull(controller) {
            await Bun.sleep(0);
            controller.enqueue(new Uint8Array(100_000));
          },
        }),
      );
    expect(await expectNothingKept()).toMatch(/more than 4000000 bytes$/);
  });
});

describe("a pull that cannot be", () => {
  test.each([
    [404, "{}", "pull model manifest: file does not exist"],
    [400, '{"error":"no such quantization"}', 'pull model manifest: 400: {"error":"no such q'],
    [412, "\na newer version", "pull model manifest: 412: a newer version"],
    [500, "", "pull model manifest: 500"],
  ])("is told the registry's reason: %d", async (status, body, message) => {
    registry.intercept = () => new Response(body, { status });
    expect(await expectNothingKept()).toStartWith(message);
  });

  test("is told that nobody is there", async () => {
    registry[Symbol.dispose]();
    expect(await expectNothingKept()).toStartWith(
      `pull model manifest: ${registry.host} cannot be reached: `,
    );
  });

  test("needs `insecure` for http, and a network", async () => {
    const options = { insecure: false };
    const error = await failureOf(setup.pull(`http://${name()}`, options));
    expect(error).toMatchObject({ code: "invalid_request", message: "insecure protocol http" });
    setup.client = setup.clientWith({}, { isOffline: true });
    expect((await failureOf(setup.pull(name()))).message).toBe(
      `--offline forbids asking the registry for ${registry.host}/ns/m:latest`,
    );
    expect(registry.seen).toEqual([]);
  });
});
