import { dlopen } from "bun:ffi";
import { addressOf } from "../../ffi/datagram-socket.ts";

const { symbols: libc } = dlopen("libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "usize", "i32"], returns: "i64" },
  close: { args: ["i32"], returns: "i32" },
});

const [afUnix, sockDgram, msgDontwait] = [1, 2, 0x40];

/** A real UNIX datagram socket that listens, as systemd's does. */
export class DatagramReceiver implements Disposable {
  readonly #fd = libc.socket(afUnix, sockDgram, 0);

  constructor(path: string) {
    const address = addressOf(path);
    if (libc.bind(this.#fd, address, address.length) < 0) throw new Error(`cannot bind ${path}`);
  }

  /** What has come since the last call. */
  take(): string[] {
    const texts: string[] = [];
    const buffer = new Uint8Array(4096);
    for (;;) {
      const n = Number(libc.recv(this.#fd, buffer, buffer.length, msgDontwait));
      if (n < 0) return texts;
      texts.push(new TextDecoder().decode(buffer.subarray(0, n)));
    }
  }

  [Symbol.dispose](): void {
    libc.close(this.#fd);
  }
}
