export interface Asked {
  method: string;
  path: string;
  headers: Headers;
  /** The JSON that was sent, or its text where it was none. */
  body: unknown;
}

/** Answers a request of a path; what it throws becomes a refusal in Ollama's form. */
export type Answer = (asked: Asked) => unknown | Promise<unknown>;

export interface FakeOllama extends AsyncDisposable {
  url: string;
  /** Everything that was asked, in order, but for HEAD /. */
  asked: Asked[];
  bodiesOf(path: string): unknown[];
}

/** A refusal with this status. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Lines of JSON; `pause` is waited for before each but the first, milliseconds. */
export function ndjson(lines: Iterable<object> | AsyncIterable<object>): Response {
  const encoder = new TextEncoder();
  async function* bytes() {
    for await (const line of lines) yield encoder.encode(`${JSON.stringify(line)}\n`);
  }
  return new Response(bytes(), { headers: { "content-type": "application/x-ndjson" } });
}

/**
 * A server that speaks as much of Ollama's API as `answers` has, by "METHOD /path": a value is sent
 * as JSON, a Response as it is.
 */
export function fakeOllama(answers: Record<string, Answer>): FakeOllama {
  const asked: Asked[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/") return new Response("Ollama is running");
      const text = await request.text();
      const body = request.headers.get("content-type") === "application/json" && text !== "";
      const one: Asked = {
        method: request.method,
        path: pathname,
        headers: request.headers,
        body: body ? JSON.parse(text) : text,
      };
      asked.push(one);
      const key = `${request.method} ${pathname}`;
      const answer = answers[key] ?? answers[key.replace(/\/[^/]*$/, "/*")];
      if (!answer) return Response.json({ error: "404 page not found" }, { status: 404 });
      try {
        const value = await answer(one);
        return value instanceof Response ? value : Response.json(value ?? {});
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return Response.json({ error: error.message }, { status: error.status });
      }
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    asked,
    bodiesOf: (path) => asked.filter((one) => one.path === path).map(({ body }) => body),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** The answer of POST /api/chat whose pieces these are. */
export function chatLines(pieces: readonly string[], thinking: readonly string[] = []) {
  return ndjson([
    ...thinking.map((text) => ({ message: { role: "assistant", content: "", thinking: text } })),
    ...pieces.map((text) => ({ message: { role: "assistant", content: text }, done: false })),
    {
      message: { role: "assistant", content: "" },
      done: true,
      done_reason: "stop",
      total_duration: 4_535_599_667,
      load_duration: 2_500_000,
      prompt_eval_count: 26,
      prompt_eval_duration: 130_079_000,
      eval_count: 8,
      eval_duration: 100_000_000,
    },
  ]);
}
