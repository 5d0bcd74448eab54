import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { absolute, type Block, shellLanguages } from "./markdown.ts";
import { colours, pngOf } from "./pictures.ts";
import { bareEnvironment, executable, isAlive, temporaryDir, until } from "./server.ts";

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Somebody who follows a document from its first command to its last, in an empty home, where the
 * files lie that docs/contributing.md promises. Servers that the commands start run until another
 * takes their place, or the reader is disposed of; instead of the usual ports they get free ones.
 */
export class DocumentReader implements AsyncDisposable {
  readonly #home = temporaryDir();
  readonly #servers = temporaryDir();
  readonly #ports: Readonly<Record<string, number>>;
  readonly #env: Record<string, string>;

  /** @param cacheDir where the executable unpacks itself: readers may share it */
  constructor(cacheDir: string) {
    const [served = 0, dropIn = 0, nitro = 0, worker = 0] = freePorts(4);
    this.#ports = { 11434: served, 8080: dropIn, 3928: nitro, 50052: worker };
    const home = this.#home.path;
    fillHome(home);
    const path = `${absolute("test/support/documents-path")}:${process.env.PATH ?? ""}`;
    this.#env = bareEnvironment(home, {
      PATH: path,
      HUTCH_CACHE: cacheDir,
      HUTCH_HOST: `127.0.0.1:${served}`,
      HUTCH_PORT: String(served), // where `--host` takes the place of the other
      DOCS_HUTCH: executable,
      DOCS_SERVERS: this.#servers.path,
      DOCS_DROP_IN_PORT: String(dropIn),
    });
  }

  /** Runs a block to its end. */
  async run({ language, code }: Block): Promise<Outcome> {
    const command = shellLanguages.includes(language)
      ? ["bash", "-euo", "pipefail", "-c", this.ownPorts(code)]
      : this.#program(language, this.ownPorts(code));
    const child = Bun.spawn(command, {
      cwd: this.#home.path,
      env: this.#env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [exitCode, stdout, stderr] = await Promise.all([
      child.exited,
      child.stdout.text(),
      child.stderr.text(),
    ]);
    return { code: exitCode, stdout, stderr };
  }

  /** A document's text with this reader's ports, on which nobody else can reach a server. */
  ownPorts(text: string): string {
    return text
      .replace(/\b(11434|8080|3928|50052)\b/g, (port) => String(this.#ports[port]))
      .replaceAll("0.0.0.0", "127.0.0.1");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const names = readdirSync(this.#servers.path).filter((name) => name.endsWith(".pid"));
    const pids = names.map((name) => Number(readFileSync(join(this.#servers.path, name), "utf8")));
    for (const pid of pids.filter(isAlive)) process.kill(pid);
    await until("the document's servers have ended", () => !pids.some(isAlive));
    this.#home[Symbol.dispose]();
    this.#servers[Symbol.dispose]();
  }

  #program(language: string, code: string): string[] {
    const file = join(this.#home.path, `example.${language}`);
    writeFileSync(file, code);
    if (language === "js") return [process.execPath, file];
    return pythonHas(code) ? ["python3", file] : ["python3", "-c", onlyParse, file];
  }
}

/** Syntax is what can be checked of a program whose packages are not here. */
const onlyParse = "import ast, sys; ast.parse(open(sys.argv[1]).read())";

/** Whether Python finds every package that a program imports. */
export function pythonHas(code: string): boolean {
  const names = [...code.matchAll(/^(?:from|import) (\w+)/gm)].map(([, name = ""]) => name);
  const imports = names.map((name) => `import ${name}`).join("\n");
  return Bun.spawnSync(["python3", "-c", imports]).exitCode === 0;
}

function fillHome(home: string): void {
  const text = absolute("assets/tiny-text.gguf");
  const vision = absolute("assets/tiny-mmproj.gguf");
  mkdirSync(join(home, "models"));
  mkdirSync(join(home, "dist"));
  cpSync(text, join(home, "model.gguf"));
  cpSync(text, join(home, "models/small.gguf"));
  cpSync(vision, join(home, "mmproj.gguf"));
  const picture = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
  writeFileSync(join(home, "photo.png"), Buffer.from(picture, "base64"));
  writeFileSync(join(home, "notes.txt"), "What is the capital of France?\n");
  writeFileSync(join(home, ".curlrc"), "no-progress-meter\n");
  symlinkSync(absolute("test/support/documents-path/hutch"), join(home, "dist/hutch"));
  symlinkSync(absolute("node_modules"), join(home, "node_modules"));
}

function freePorts(n: number): number[] {
  const listen = () => Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const listeners = Array.from({ length: n }, listen);
  const ports = listeners.map(({ port }) => port);
  for (const listener of listeners) listener.stop(true);
  return ports;
}
