import type { HttpSettings } from "../../core/server.ts";
import { corsGate } from "./cors.ts";
import { hostGate } from "./hosts.ts";
import type { Keyring } from "./keyring.ts";
import { keyGate } from "./keys.ts";
import { pageGate } from "./pages.ts";
import { prefixGate } from "./prefix.ts";
import { safetyGate } from "./safety.ts";

export type Handler = (request: Request) => Response | Promise<Response>;

/** Answers a request, or lets it through: `next` goes on with it, or with another in its place. */
export type Gate = (request: Request, next: Handler) => Response | Promise<Response>;

export type GateSettings = Pick<
  HttpSettings,
  "profile" | "hostnames" | "allowedHosts" | "apiPrefix" | "cors" | "staticDir" | "hasPage"
>;

/** `inside` behind everything that a request has to pass first, from the outermost inwards. */
export function gate(settings: GateSettings, keyring: Keyring, inside: Handler): Handler {
  const gates: Gate[] = [
    safetyGate,
    hostGate(settings),
    corsGate(settings),
    prefixGate(settings),
    pageGate(settings),
    keyGate(keyring, settings),
  ];
  return gates.reduceRight<Handler>((next, gate) => (request) => gate(request, next), inside);
}
