import { expect, test } from "bun:test";
import { join } from "node:path";
import { DatagramSocket } from "../../ffi/datagram-socket.ts";
import { temporaryDir } from "../support/server.ts";
import { DatagramReceiver } from "./datagram-receiver.ts";

test("datagrams arrive one by one, as they were sent", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "notify");
  using receiver = new DatagramReceiver(path);
  using socket = new DatagramSocket(path);
  expect([socket.send("READY=1\nSTATUS=ä"), socket.send("WATCHDOG=1")]).toEqual([true, true]);
  expect(receiver.take()).toEqual(["READY=1\nSTATUS=ä", "WATCHDOG=1"]);
});

test("a name in no file system begins with @", () => {
  const name = `@hutch-test-${process.pid}`;
  using receiver = new DatagramReceiver(name);
  using socket = new DatagramSocket(name);
  socket.send("a");
  expect(receiver.take()).toEqual(["a"]);
});

test("nobody there, or nobody who reads: it does not wait", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "notify");
  using socket = new DatagramSocket(path);
  expect(socket.send("a")).toBe(false);
  using _ = new DatagramReceiver(path);
  let nSent = 0;
  while (socket.send("a")) nSent++;
  expect(nSent).toBeGreaterThan(0);
});

test("a path that does not fit is an error", () => {
  expect(() => new DatagramSocket(`/${"x".repeat(108)}`)).toThrow("too long");
});
