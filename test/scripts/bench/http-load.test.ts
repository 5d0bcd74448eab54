import { describe, expect, test } from "bun:test";
import { Answer, loadHttp } from "../../../scripts/bench/http-load.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("the end of an answer", () => {
  const head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nContent-Length: 5\r\n\r\n";

  test("is found wherever it was cut", () => {
    for (let cut = 1; cut < bytes(`${head}häll`).length; cut++) {
      const answer = new Answer();
      const all = bytes(`${head}häll`); // ä is two bytes
      expect(answer.push(all.subarray(0, cut))).toBeUndefined();
      expect(answer.push(all.subarray(cut))).toBe(200);
    }
  });

  test("is found again for the next answer, and without a body", () => {
    const answer = new Answer();
    expect(answer.push(bytes(`${head}hello`))).toBe(200);
    expect(answer.push(bytes("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"))).toBe(404);
  });

  test("cannot be found without a length", () => {
    expect(() => new Answer().push(bytes("HTTP/1.1 200 OK\r\n\r\n"))).toThrow("Content-Length");
  });
});

describe("the load", () => {
  test("keeps all connections open and counts every answer", async () => {
    const clients = new Set<number>();
    let nAnswers = 0;
    using server = Bun.serve({
      port: 0,
      fetch(request, listener) {
        clients.add(listener.requestIP(request)?.port ?? 0);
        nAnswers++;
        return new Response("ok");
      },
    });
    const load = await loadHttp(new URL("/x", server.url), 100, 0.3);
    expect(clients.size).toBe(100);
    expect(load).toMatchObject({ nFailed: 0, nClosed: 0 });
    // Answers after the time are not in the rate: at most one for each connection.
    const nInTime = Math.round(load.rate * 0.3);
    expect(nAnswers - nInTime).toBeWithin(0, 101);
    expect(load.p99Ms).toBeGreaterThanOrEqual(load.medianMs);
  });

  test("connects again when the server closes, and counts bad answers", async () => {
    using server = Bun.serve({
      port: 0,
      fetch: () => new Response("no", { status: 500, headers: { connection: "close" } }),
    });
    const load = await loadHttp(new URL("/x", server.url), 2, 0.3);
    expect(load.nClosed).toBeGreaterThan(0);
    expect(load.nFailed).toBeGreaterThan(2);
  });

  test("counts what is never answered as having taken until the end", async () => {
    using server = Bun.serve({ port: 0, fetch: () => new Promise<Response>(() => {}) });
    const load = await loadHttp(new URL("/x", server.url), 3, 0.1, 100);
    expect(load.rate).toBe(0);
    expect(load.medianMs).toBeGreaterThan(100);
  });
});
