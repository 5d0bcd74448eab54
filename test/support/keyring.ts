import Registry from "prom-client/lib/registry.js";
import type { HttpSettings } from "../../src/core/server.ts";
import { Keyring } from "../../src/http/gate/keyring.ts";
import { KeyCounters } from "../../src/http/key-counters.ts";

/** The keys of a server with these settings, whose files have no mistake. */
export function keyringOf(http: HttpSettings): Keyring {
  const warn = (text: string) => {
    throw new Error(text);
  };
  return new Keyring(http, { counters: new KeyCounters(new Registry()), warn });
}
