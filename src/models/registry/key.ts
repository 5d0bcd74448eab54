import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
} from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { link, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../../core/errors.ts";

const algorithm = "ssh-ed25519";
const magic = "openssh-key-v1\0";
const pemLabel = "OPENSSH PRIVATE KEY";

/** The pair of keys by which registries know this machine. */
export class RegistryKey {
  readonly #private: KeyObject;
  /** As in a `.pub` file, without its algorithm: base64. */
  readonly publicKey: string;

  private constructor(seed: Uint8Array, publicBytes: Uint8Array) {
    const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
    this.#private = createPrivateKey({
      key: { kty: "OKP", crv: "Ed25519", d: base64url(seed), x: base64url(publicBytes) },
      format: "jwk",
    });
    this.publicKey = publicBlob(publicBytes).toString("base64");
  }

  /**
   * The key in the first of the files that there is; one is made in the first if there is none.
   * @throws AppError internal when a file is no such key, or none can be written
   */
  static async at(paths: readonly [string, ...string[]]): Promise<RegistryKey> {
    const path = paths.find((path) => existsSync(path)) ?? (await makeKey(paths[0]));
    const [seed, publicBytes] = parseKey(readFileSync(path, "utf8"), path);
    return new RegistryKey(seed, publicBytes);
  }

  /** What proves that `text` comes from here: an Authorization header of Ollama's kind. */
  authorization(text: string): string {
    const signature = sign(null, Buffer.from(text), this.#private).toString("base64");
    return `${this.publicKey}:${signature}`;
  }
}

/** Writes a new pair to `path` and `path.pub`, unless somebody else was quicker. */
async function makeKey(path: string): Promise<string> {
  const { d = "", x = "" } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const publicBytes = Buffer.from(x, "base64url");
  const temporary = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const pem = keyText(Buffer.from(d, "base64url"), publicBytes);
    await writeFile(temporary, pem, { mode: 0o600, flush: true });
    await link(temporary, path);
    const line = `${algorithm} ${publicBlob(publicBytes).toString("base64")}\n`;
    await writeFile(`${path}.pub`, line, { mode: 0o644 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    if (!existsSync(path)) throw new AppError("internal", `no key can be made: ${why}`, { cause });
  } finally {
    await rm(temporary, { force: true }).catch(() => {}); // nor could it be made
  }
  return path;
}

/** A key as ssh-keygen writes it, without a passphrase. Source: OpenSSH's PROTOCOL.key. */
function keyText(seed: Uint8Array, publicBytes: Uint8Array): string {
  const blob = publicBlob(publicBytes);
  const check = randomBytes(4);
  const unpadded = Buffer.concat([
    check,
    check,
    field(algorithm),
    field(publicBytes),
    field(Buffer.concat([seed, publicBytes])),
    field(""),
  ]);
  const nPadding = -unpadded.length & 7;
  const padding = Uint8Array.from({ length: nPadding }, (_, i) => i + 1);
  const content = Buffer.concat([
    Buffer.from(magic),
    field("none"),
    field("none"),
    field(""),
    Uint8Array.of(0, 0, 0, 1),
    field(blob),
    field(Buffer.concat([unpadded, padding])),
  ]);
  const lines = content.toString("base64").match(/.{1,70}/g) ?? [];
  return [`-----BEGIN ${pemLabel}-----`, ...lines, `-----END ${pemLabel}-----`, ""].join("\n");
}

/** @returns seed and public key, 32 bytes each */
function parseKey(text: string, path: string): [Uint8Array, Uint8Array] {
  const bad = (why: string) => new AppError("internal", `the key ${path} cannot be used: ${why}`);
  const pattern = new RegExp(`-----BEGIN ${pemLabel}-----([^-]+)-----END ${pemLabel}-----`);
  const content = Buffer.from(pattern.exec(text)?.[1] ?? "", "base64");
  if (content.toString("latin1", 0, magic.length) !== magic) throw bad("it is no OpenSSH key");
  const outer = new Fields(content.subarray(magic.length));
  const cipher = outer.next().toString();
  if (cipher !== "none") throw bad("it has a passphrase");
  outer.next(); // key derivation
  outer.next(); // its options
  outer.skip(4); // number of keys
  outer.next(); // public key
  const inner = new Fields(outer.next());
  inner.skip(8); // check numbers
  if (inner.next().toString() !== algorithm) throw bad(`it is no ${algorithm} key`);
  const publicBytes = inner.next();
  const pair = inner.next();
  if (publicBytes.length !== 32 || pair.length !== 64) throw bad("it is cut short");
  return [pair.subarray(0, 32), publicBytes];
}

const publicBlob = (publicBytes: Uint8Array) =>
  Buffer.concat([field(algorithm), field(publicBytes)]);

/** A text of SSH's: its length in four bytes before it. */
function field(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as Uint8Array);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Reads such texts; beyond the end they are empty. */
class Fields {
  #rest: Buffer;

  constructor(bytes: Buffer) {
    this.#rest = bytes;
  }

  next(): Buffer {
    const length = this.#rest.length < 4 ? 0 : this.#rest.readUInt32BE();
    const value = this.#rest.subarray(4, 4 + length);
    this.skip(4 + length);
    return value;
  }

  skip(n: number): void {
    this.#rest = this.#rest.subarray(n);
  }
}
