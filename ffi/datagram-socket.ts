import { dlopen, type FFIFunction } from "bun:ffi";

/** The C library that this very process runs on. */
const library = "libc.so.6";

const symbols = {
  // int socket(int domain, int type, int protocol)
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  // ssize_t sendto(int fd, const void * buf, size_t n, int flags,
  //                const struct sockaddr * to, socklen_t nTo)
  sendto: { args: ["i32", "ptr", "usize", "i32", "ptr", "u32"], returns: "i64" },
  // int close(int fd)
  close: { args: ["i32"], returns: "i32" },
} as const satisfies Record<string, FFIFunction>;

/** Linux's values of the constants with these names. */
const afUnix = 1;
const sockDgram = 2;
const sockCloexec = 0o2000000;
const msgDontwait = 0x40;
const msgNosignal = 0x4000;

/** Longest path of a socket, bytes: `sun_path` with its NUL. */
const pathBytesMax = 108;

/** Sends datagrams to a UNIX socket: neither Bun nor Node has a way to. Linux only. */
export class DatagramSocket implements Disposable {
  readonly #libc = dlopen(library, symbols).symbols;
  readonly #address: Uint8Array;
  #fd: number;

  /**
   * @param path "@" in front stands for a name that is in no file system
   * @throws Error when the system has no such sockets, or the path is too long
   */
  constructor(path: string) {
    this.#address = addressOf(path);
    this.#fd = this.#libc.socket(afUnix, sockDgram | sockCloexec, 0);
    if (this.#fd < 0) throw new Error("there are no UNIX sockets here");
  }

  /** Never waits. @returns false when nobody listens, or not fast enough */
  send(text: string): boolean {
    const bytes = new TextEncoder().encode(text);
    const flags = msgDontwait | msgNosignal;
    const { sendto } = this.#libc;
    const to = this.#address;
    return Number(sendto(this.#fd, bytes, bytes.length, flags, to, to.length)) === bytes.length;
  }

  [Symbol.dispose](): void {
    if (this.#fd >= 0) this.#libc.close(this.#fd);
    this.#fd = -1;
  }
}

/** `struct sockaddr_un`: the family as two bytes, then the path. */
export function addressOf(path: string): Uint8Array {
  const bytes = new TextEncoder().encode(path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`);
  if (bytes.length > pathBytesMax) throw new Error(`the path of socket ${path} is too long`);
  return Uint8Array.of(...new Uint8Array(new Uint16Array([afUnix]).buffer), ...bytes);
}
