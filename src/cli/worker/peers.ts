import { BlockList, isIP } from "node:net";
import { UsageError } from "../../core/flags/flag.ts";
import { splitList } from "../../core/flags/readers.ts";

/** Who may connect. */
export interface Peers {
  /** @param address as the system gives it, IPv4 inside IPv6 too */
  has(address: string): boolean;
  /** For people. */
  text: string;
}

export const everybody: Peers = { has: () => true, text: "everybody who can reach it" };

/** @throws UsageError for what is no `ADDRESS[/BITS],…` */
export function readPeers(text: string): Peers {
  const list = new BlockList();
  const parts = splitList(text);
  for (const part of parts) {
    const [address = "", bits, ...rest] = part.split("/");
    const kind = kindOf(address);
    const max = kind === "ipv6" ? 128 : 32;
    const nBits = bits === undefined ? max : Number(bits);
    const isRight = isIP(address) !== 0 && rest.length === 0 && /^\d+$/.test(String(nBits));
    if (!isRight || bits === "" || nBits > max) throw misfit(part);
    list.addSubnet(address, nBits, kind);
  }
  if (parts.length === 0) throw misfit(text);
  return { has: (address) => list.check(...bare(address)), text: parts.join(", ") };
}

const misfit = (part: string) =>
  new UsageError(
    `--allow must be ADDRESS[/BITS],... such as 192.168.1.7,10.0.0.0/24, not "${part}"`,
  );

const kindOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** An IPv4 address that came in by an IPv6 socket is an IPv4 address. */
function bare(address: string): [string, "ipv4" | "ipv6"] {
  const inner = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  return [inner, kindOf(inner)];
}
