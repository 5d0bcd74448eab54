import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";

/** Who is behind an address. */
export type Zone =
  /** Anybody on the internet. */
  | "public"
  /** This machine, its networks, and what no router of the internet leads to. */
  | "private"
  /** Nobody whom a client may have asked: a cloud's metadata service, a whole group of machines. */
  | "forbidden";

/** `name/bits`, of either kind. */
function listOf(...subnets: string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = "", bits] = subnet.split("/");
    list.addSubnet(address, Number(bits), kindOf(address));
  }
  return list;
}

const kindOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** Source: IANA's registries of special-purpose addresses; the clouds' documentation. */
const forbidden = listOf(
  "0.0.0.0/8", // "this host": 0.0.0.0 leads to this machine
  "169.254.0.0/16", // link-local, with most clouds' metadata at 169.254.169.254
  "192.0.0.0/24", // protocol assignments, with Oracle's metadata
  "100.100.100.200/32", // Alibaba's metadata
  "168.63.129.16/32", // Azure's
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and broadcast
  "fe80::/10", // link-local
  "ff00::/8", // multicast
  "fd00:ec2::254/128", // Amazon's metadata
  "fd20:ce::254/128", // Google's
  "2001::/23", // protocol assignments, with Teredo's tunnels to IPv4
  "2002::/16", // 6to4: tunnels to IPv4
);

const notPublic = listOf(
  "10.0.0.0/8",
  "100.64.0.0/10", // behind a provider's NAT; Tailscale
  "127.0.0.0/8",
  "172.16.0.0/12",
  "192.0.2.0/24", // documentation
  "192.88.99.0/24", // 6to4 relays of old
  "192.168.0.0/16",
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "::1/128",
  "fc00::/7",
  "2001:db8::/32", // documentation
  "3fff::/20", // documentation
);

/** All of IPv6 that is given out to anybody. */
const globalUnicast = listOf("2000::/3");

/** @param address IPv4 or IPv6, without brackets; what is no address is forbidden */
export function zoneOf(address: string): Zone {
  const bare = address.replace(/%.*$/, "");
  if (isIP(bare) === 0) return "forbidden";
  const groups = isIP(bare) === 6 ? groupsOf(bare) : null;
  if (groups) {
    const inner = innerIpv4(groups);
    if (inner !== null) return zoneOf(inner);
    if (isIsatap(groups)) return "forbidden";
  }
  const kind = kindOf(bare);
  if (forbidden.check(bare, kind)) return "forbidden";
  if (notPublic.check(bare, kind) || ownNetworks().check(bare, kind)) return "private";
  return groups && !globalUnicast.check(bare, kind) ? "forbidden" : "public";
}

/** The eight numbers of an IPv6 address. */
function groupsOf(address: string): number[] {
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1); // its tail in hexadecimal, too
  const [head = [], tail = []] = text
    .split("::")
    .map((half) => (half === "" ? [] : half.split(":").map((group) => Number.parseInt(group, 16))));
  return [...head, ...Array(8 - head.length - tail.length).fill(0), ...tail];
}

/** Before an IPv4 address: mapped ones (::ffff:0:0/96), and NAT64's (64:ff9b::/96). */
const ipv4Prefixes = ["0,0,0,0,0,65535", "100,65435,0,0,0,0"];

/** The IPv4 address that an IPv6 address is another spelling of; null: of none. */
function innerIpv4(groups: readonly number[]): string | null {
  if (!ipv4Prefixes.includes(groups.slice(0, 6).join(","))) return null;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join(".");
}

/** ISATAP: below any prefix, a tunnel to the IPv4 address of the last two groups. */
const isIsatap = (groups: readonly number[]) =>
  groups[5] === 0x5efe && (groups[4] === 0 || groups[4] === 0x200);

/** The networks that this machine is in now: neighbours may trust it, whatever their address. */
function ownNetworks(): BlockList {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return listOf(...all.flatMap(({ cidr }) => cidr ?? []));
}
