/** Only this machine can reach who listens there: at loopback addresses, or UNIX sockets. */
export const isLocalOnly = (hostnames: readonly string[]): boolean =>
  hostnames.every((host) => host.endsWith(".sock") || isLoopback(host));

export const isLoopback = (host: string): boolean =>
  /^(localhost|127\.[\d.]+|::1|\[::1\])$/i.test(host);
