import { describe, expect, test } from "bun:test";
import { everybody, readPeers } from "../../../src/cli/worker/peers.ts";

describe("--allow", () => {
  test.each([
    ["192.168.1.7", "192.168.1.7", true],
    ["192.168.1.7", "192.168.1.8", false],
    ["192.168.1.7", "::ffff:192.168.1.7", true],
    ["192.168.1.7", "::ffff:192.168.1.8", false],
    ["192.168.1.7", "127.0.0.1", false],
    ["192.168.1.7", "", false],
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.129/25", "10.0.0.200", true],
    ["10.0.0.129/25", "10.0.0.100", false],
    ["0.0.0.0/0", "8.8.8.8", true],
    ["fd00::/8", "fd12::1", true],
    ["fd00::/8", "fe80::1", false],
    ["127.0.0.1, 10.0.0.1/32", "10.0.0.1", true],
  ])("%s, asked for %s: %p", (allowed, address, isIn) => {
    expect(readPeers(allowed).has(address)).toBe(isIn);
  });

  test.each(["", ",", "box", "10.0.0.1/33", "10.0.0.1/", "10.0.0.1/a", "10.0.0.1/8/8", "::/129"])(
    "%p is refused",
    (text) => expect(() => readPeers(text)).toThrow("--allow must be ADDRESS[/BITS],..."),
  );

  test("is everybody where it is not given", () => expect(everybody.has("8.8.8.8")).toBe(true));
});
