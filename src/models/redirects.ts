import {
  type CheckedInit,
  checkedFetch,
  checkLiteral,
  type Reach,
} from "../core/network/checked-fetch.ts";

/** Real servers redirect once or twice, to their storage. */
const nRedirectsMax = 10;

/** A request, apart from where it goes. */
export interface Sending {
  method?: string;
  headers?: Headers | Record<string, string>;
  /** The Authorization header: sent to the first URL's own origin only. */
  authorization?: string | null;
  body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** From https only to https; default: false. */
  refusesDowngrade?: boolean;
  /** Whether redirects are answers like any other; default: false. */
  staysPut?: boolean;
  /** The answer may take as long as it likes, and not five minutes at most; default: false. */
  isPatient?: boolean;
  /** Whatever certificate the server has will do; default: false. */
  trustsAnybody?: boolean;
  /** Which addresses may be asked for a URL, the first or one of a redirect; absent: all. */
  reach?: (target: URL) => Reach;
  /** Past any proxy; default: false. */
  isDirect?: boolean;
  /** The answer's body is not decompressed; default: false. */
  isRaw?: boolean;
  signal: AbortSignal;
}

/** An answer, and which URL it is from. */
export interface Answer {
  response: Response;
  url: URL;
}

/** A server redirected to where we do not go. */
export class RedirectError extends Error {}

/**
 * Follows redirects by hand: what authorizes is for the first server, not for the storage that it
 * points to. Servers on this machine are never asked by a proxy.
 * @throws RedirectError, ReachError
 */
export async function fetchRedirected(url: URL, sending: Sending): Promise<Answer> {
  const { authorization = null, refusesDowngrade, staysPut, ...more } = sending;
  const { isPatient, trustsAnybody, reach, isDirect, isRaw, ...init } = more;
  let target = url;
  for (let i = 0; i <= nRedirectsMax; i++) {
    const headers = new Headers(init.headers);
    if (!headers.has("user-agent")) headers.set("user-agent", "hutch");
    if (authorization !== null && target.origin === url.origin) {
      headers.set("authorization", authorization);
    }
    const response = await send(target, reach?.(target), isDirect ?? false, {
      ...init,
      headers,
      redirect: "manual",
      ...(isLoopback(target) && { proxy: false }),
      ...(isPatient && { timeout: false }),
      ...(isRaw && { decompress: false }),
      ...(trustsAnybody && { tls: { rejectUnauthorized: false } }),
    });
    const location = response.headers.get("location");
    const isRedirect = response.status >= 300 && response.status < 400 && location !== null;
    if (!isRedirect || staysPut) return { response, url: target };
    await response.body?.cancel();
    target = nextTarget(location, target, refusesDowngrade ?? false);
  }
  throw new RedirectError(`more than ${nRedirectsMax} redirects`);
}

/** A proxy looks names up by itself: then only what is written as an address can be checked. */
async function send(
  target: URL,
  reach: Reach | undefined,
  isDirect: boolean,
  init: CheckedInit,
): Promise<Response> {
  if (reach === undefined) return await fetch(target, init);
  if (isDirect || !hasProxy(target)) return await checkedFetch(target, init, reach);
  checkLiteral(target, reach);
  return await fetch(target, init);
}

/** A proxy of the environment may be asked for this. */
function hasProxy(target: URL): boolean {
  const name = `${target.protocol.slice(0, -1)}_proxy`;
  const isSet = Boolean(process.env[name] || process.env[name.toUpperCase()]);
  return isSet && !isLoopback(target);
}

function nextTarget(location: string, from: URL, refusesDowngrade: boolean): URL {
  const target = URL.parse(location, from.href);
  if (target === null || !/^https?:$/.test(target.protocol)) {
    throw new RedirectError(`${from.host} redirects to what is no web address`);
  }
  if (refusesDowngrade && from.protocol === "https:" && target.protocol === "http:") {
    throw new RedirectError(`${from.host} redirects from https to http`);
  }
  return target;
}

const isLoopback = ({ hostname }: URL) =>
  hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
