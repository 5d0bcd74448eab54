import type { DatagramSocket } from "../../ffi/datagram-socket.ts";

/** How long the end may take after all requests are done, seconds. */
const endSeconds = 10;

/**
 * Tells systemd, or what else started this process so, how the server is: sd_notify(3). Its socket
 * takes datagrams, which only C can send. That is three calls of the C library which the process
 * runs on anyway, and nobody makes them who was not started with NOTIFY_SOCKET; what may not be in
 * the server's process is code that a model's file or a request can bring down.
 */
export class Systemd implements Disposable {
  readonly #socket: DatagramSocket;
  #beat: Timer | undefined;

  private constructor(socket: DatagramSocket) {
    this.#socket = socket;
  }

  /**
   * Null when nobody wants to be told. Children of this process do not inherit the socket.
   * @throws Error when the socket cannot be used
   */
  static async from(env: Record<string, string | undefined>): Promise<Systemd | null> {
    const { NOTIFY_SOCKET: path, WATCHDOG_USEC, WATCHDOG_PID } = env;
    for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete env[name];
    if (!path) return null;
    const { DatagramSocket } = await import("../../ffi/datagram-socket.ts");
    const systemd = new Systemd(new DatagramSocket(path));
    const isForUs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid;
    if (isForUs) systemd.#watch(Number(WATCHDOG_USEC));
    return systemd;
  }

  /** The server takes requests. */
  ready(status: string): void {
    this.#socket.send(`READY=1\nSTATUS=${status}`);
  }

  /** The server ends. @param seconds that its requests may go on */
  stopping(seconds: number): void {
    const microseconds = Math.round((seconds + endSeconds) * 1e6);
    this.#socket.send(`STOPPING=1\nSTATUS=Ending\nEXTEND_TIMEOUT_USEC=${microseconds}`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#beat);
    this.#socket[Symbol.dispose]();
  }

  /** Shows twice in `microseconds` that the event loop lives: silence has the service restarted. */
  #watch(microseconds: number): void {
    if (!(microseconds > 0)) return;
    this.#beat = setInterval(() => this.#socket.send("WATCHDOG=1"), microseconds / 2000);
  }
}
