/** Lines of a failed build that are worth showing; the rest is in its log. */
const nTailLines = 40;

/** Steps between two lines of progress where the output is not a terminal, percent. */
const stepPercent = 10;

/**
 * Runs a build step, writing its output to `log` and its progress to the terminal: one line that
 * changes, or, into a file, a line about every 10 %.
 * @throws Error with the end of the output when it fails
 */
export async function runLogged(
  command: string[],
  log: string,
  label: string,
  env: Record<string, string>,
): Promise<void> {
  const child = Bun.spawn([...command], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const sink = Bun.file(log).writer();
  const tail: string[] = [];
  const progress = new Progress(label);
  const consume = async (stream: ReadableStream<Uint8Array>) => {
    for await (const line of linesOf(stream)) {
      sink.write(`${line}\n`);
      progress.see(line);
      tail.push(line);
      if (tail.length > nTailLines) tail.shift();
    }
  };
  await Promise.all([consume(child.stdout), consume(child.stderr)]);
  await sink.end();
  const code = await child.exited;
  progress.end(code === 0);
  if (code === 0) return;
  throw new Error(`${tail.join("\n")}\n${label} failed (exit code ${code}). Whole output: ${log}`);
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** How far a build is, from Ninja's `[n/m]` or Make's `[ n%]`. */
class Progress {
  readonly #label: string;
  readonly #started = performance.now();
  #shownPercent = 0;

  constructor(label: string) {
    this.#label = label;
    console.error(`hutch: ${label} …`);
  }

  see(line: string): void {
    const [, done, total] = /^\[\s*(\d+)(?:\/(\d+)\]|%\])/.exec(line) ?? [];
    if (done === undefined) return;
    const percent = total === undefined ? Number(done) : (100 * Number(done)) / Number(total);
    const text = `${this.#label}: ${Math.floor(percent)} % (${this.#seconds()} s)`;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\x1b[Khutch: ${text}`);
    } else if (percent >= this.#shownPercent + stepPercent && percent < 100) {
      this.#shownPercent = percent - (percent % stepPercent);
      console.error(`hutch: ${text}`);
    }
  }

  end(ok: boolean): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    if (ok) console.error(`hutch: ${this.#label}: done in ${this.#seconds()} s`);
  }

  #seconds(): number {
    return Math.round((performance.now() - this.#started) / 1000);
  }
}
