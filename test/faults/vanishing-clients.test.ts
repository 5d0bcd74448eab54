import { afterAll, expect, test } from "bun:test";
import { holdings, whenIdle } from "../../scripts/faults/holdings.ts";
import { Seeded } from "../../scripts/faults/seeded.ts";
import { vanishingClient } from "../../scripts/faults/vanishing.ts";
import { colours, pngOf } from "../support/pictures.ts";
import { question, say, startServer, temporaryDir, until } from "../support/server.ts";
import { figure, sizes, testTimeoutMs } from "./sizes.ts";

const dir = temporaryDir();
afterAll(() => dir[Symbol.dispose]());

const picture = pngOf({ shape: "circle", colour: colours.red, background: colours.white });

test(
  `${sizes.nClients} clients that connect and vanish leave nothing behind`,
  async () => {
    const env = { TMPDIR: dir.path };
    await using server = await startServer({ env, args: ["-t", "1", "--metrics"] });
    const held = { url: server.url, pid: server.pid, temporaryDir: dir.path };
    await say(server, question("Hello!", { max_tokens: 4 }));
    const engines = server.engines();
    const before = await holdings(held);
    const end = performance.now() + sizes.vanishingMs;
    const statuses = new Map<number, number>();
    let nVanished = 0;
    const client = async (seed: number) => {
      const random = new Seeded(seed);
      while (performance.now() < end) {
        const options = { model: "tiny", picture, nPredict: 60 };
        const status = await vanishingClient(server.url, random, options);
        if (status === null) nVanished++;
        else statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: sizes.nClients }, (_, i) => client(sizes.seed + i)));

    const after = await whenIdle(held);
    expect(await say(server, question("Hello!", { max_tokens: 4 }))).toBeString();
    expect(server.engines()).toEqual(engines);
    // 409: Nitro's, without a model; 503: all places taken.
    expect([...statuses.keys()].filter((status) => ![200, 409, 503].includes(status))).toEqual([]);
    // Connections that a client keeps open for its next request.
    await until("all connections have ended", async () => {
      return (await holdings(held)).nDescriptors <= before.nDescriptors + 2;
    });
    expect(after).toMatchObject({
      nProcesses: before.nProcesses,
      nTemporaryFiles: before.nTemporaryFiles,
    });
    figure(`${sizes.nClients} clients for ${sizes.vanishingMs / 60_000} min: vanished`, nVanished);
    figure("vanishing clients: server MB before → after", change(before.serverMb, after.serverMb));
    figure(
      "vanishing clients: engine MB before → after",
      change(before.enginesMb, after.enginesMb),
    );
  },
  testTimeoutMs + sizes.vanishingMs,
);

const change = (before: number, after: number) => `${before.toFixed(0)} → ${after.toFixed(0)}`;
