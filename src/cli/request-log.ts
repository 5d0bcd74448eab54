import type { Fetcher } from "../http/listen.ts";
import type { Log } from "./log.ts";

/** Tells what was asked and how it was answered, for `--verbose`; a stream when it begins. */
export function requestLogged(app: Fetcher, log: Log): Fetcher {
  return {
    fetch: async (request) => {
      const startedAt = performance.now();
      const response = await app.fetch(request);
      const ms = (performance.now() - startedAt).toFixed(1);
      const { pathname } = new URL(request.url);
      log.debug(`${request.method} ${pathname}: ${response.status} after ${ms} ms`);
      return response;
    },
  };
}
