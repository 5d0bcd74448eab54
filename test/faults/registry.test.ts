import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { outcomeOf } from "../../scripts/faults/answer.ts";
import { Seeded } from "../../scripts/faults/seeded.ts";
import { BadRegistry, brokenOff, type Interception, someBytes } from "../support/bad-registry.ts";
import { storeViolations } from "../support/check-store.ts";
import { question, say, startServer, temporaryDir } from "../support/server.ts";
import { tinyText } from "../support/stored-models.ts";
import { figure, sizes, testTimeoutMs } from "./sizes.ts";

const random = new Seeded(sizes.seed);
const dir = temporaryDir();
afterAll(() => dir[Symbol.dispose]());

/** What a registry does in place of what it should; undefined: that. */
const faults: Record<string, Interception> = {
  fails: () => new Response("sorry", { status: random.pick([429, 500, 502, 503]) }),
  "has forgotten": () => new Response("{}", { status: 404 }),
  "breaks off": (request) =>
    request.method === "GET" ? brokenOff(someBytes(1000), 1_000_000) : undefined,
  "sends something else": (request) =>
    request.method === "GET" ? new Response(someBytes(2000, 7)) : undefined,
  "sends nothing": () => new Response(null, { status: 200 }),
  "ignores ranges": async (request, url, registry) => {
    const asked = new Request(request);
    asked.headers.delete("range");
    return await registry.serve(asked, url);
  },
  "sends elsewhere": (_, url) => Response.redirect(`${url.href}?again`, 307),
  "wants a token from nowhere": () => {
    const headers = { "www-authenticate": 'Bearer realm="http://127.0.0.1:1/token",service="x"' };
    return new Response("{}", { status: 401, headers });
  },
};

test(
  `a registry with ${Object.keys(faults).length} faults in turn, seed ${sizes.seed}`,
  async () => {
    using registry = new BadRegistry();
    const storeDir = join(dir.path, "store");
    await using server = await startServer({ args: ["-t", "1", "--store", storeDir] });
    const count = { fine: 0, failed: 0 };
    for (let i = 0; i < sizes.nCases; i++) {
      registry.publish(`ns/m${i}/latest`, [tinyText(), `layer ${i}`, someBytes(300_000, i)]);
      const body = { model: `${registry.host}/ns/m${i}`, insecure: true };
      registry.intercept = (request, url, self) => {
        if (!random.chance(0.3)) return undefined;
        return random.pick(Object.values(faults))(request, url, self);
      };
      const { status, text, error } = await outcomeOf(server.post("/api/pull", body));
      count[error === null ? "fine" : "failed"]++;
      // It says what went wrong, or that all went well: nothing between.
      expect([status, error === null]).toEqual([200, text.includes('"success"')]);
      registry.intercept = () => undefined;
      expect(await outcomeOf(server.post("/api/pull", body))).toMatchObject({ error: null });
    }
    expect(await storeViolations(storeDir)).toEqual([]);
    expect(await say(server, question("Hello!", { model: "tiny", max_tokens: 4 }))).toBeString();
    figure(
      "pulls from a bad registry: failed and named / went well",
      `${count.failed} / ${count.fine}`,
    );
  },
  testTimeoutMs,
);
