import type { Seeded } from "./seeded.ts";
import { anyTraffic, type TrafficOptions } from "./traffic.ts";

/** How clients leave. */
const ways = [
  "at once",
  "soon",
  "while reading",
  "in the headers",
  "in the body",
  "silent",
] as const;

/** Longest that a client stays, milliseconds. */
const stayMsMax = 300;

/**
 * A client that asks something and goes away before it has its answer, in one of many ways; now
 * and then it stays to the end.
 * @returns the answer's status, of one that stayed; null: it left
 */
export async function vanishingClient(
  url: string,
  random: Seeded,
  options: TrafficOptions,
): Promise<number | null> {
  const { path, body } = anyTraffic(random, options);
  const text = JSON.stringify(body);
  const stayMs = random.below(stayMsMax);
  if (random.chance(0.1)) {
    const response = await post(url + path, text);
    await response.arrayBuffer();
    return response.status;
  }
  const way = random.pick(ways);
  if (way === "in the headers" || way === "in the body" || way === "silent") {
    const type = "Content-Type: application/json";
    const request = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${type}\r\n`;
    const head = `${request}Content-Length: ${text.length}\r\n\r\n`;
    const sent = { "in the headers": request, "in the body": head + text.slice(0, -9), silent: "" };
    await sendPart(url, sent[way], stayMs);
    return null;
  }
  const client = new AbortController();
  const leaves = Bun.sleep(way === "at once" ? 0 : stayMs).then(() => client.abort());
  try {
    const response = await post(url + path, text, client.signal);
    if (way === "while reading") await response.body?.getReader().read();
  } catch {
    // It has left.
  }
  await leaves;
  return null;
}

function post(url: string, body: string, signal?: AbortSignal): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body, keepalive: false };
  return fetch(url, { ...request, ...(signal && { signal }) });
}

/** Sends a beginning of a request, waits, and breaks the connection. */
async function sendPart(url: string, text: string, stayMs: number): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = await Bun.connect({ hostname, port: Number(port), socket: { data() {} } });
  if (text !== "") socket.write(text);
  await Bun.sleep(stayMs);
  socket.terminate();
}
