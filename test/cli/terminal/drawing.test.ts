import { describe, expect, test } from "bun:test";
import { LiveBlock } from "../../../src/cli/terminal/live-block.ts";
import { progressView } from "../../../src/cli/terminal/progress-view.ts";
import { Transfer } from "../../../src/cli/terminal/transfer.ts";

/** Keeps what is written. */
function screen(size: { columns?: number; rows?: number; isTTY?: boolean } = {}) {
  let text = "";
  return {
    columns: 20,
    ...size,
    write: (more: string) => {
      text += more;
    },
    taken: () => {
      const all = text;
      text = "";
      return all;
    },
  };
}

describe("a live block", () => {
  test("draws each row over what was there, and sets the cursor", () => {
    const to = screen();
    const block = new LiveBlock(to);
    block.draw(["ab", "cd"]);
    expect(to.taken()).toBe("\r\x1b[Kab\r\n\x1b[Kcd\x1b[J\r\x1b[2C");
    block.draw(["ab"], { row: 0, column: 1 });
    expect(to.taken()).toBe("\r\x1b[1A\x1b[Kab\x1b[J\r\x1b[1C");
  });

  test("finds its first row again after the terminal became narrower", () => {
    const to = screen();
    const block = new LiveBlock(to);
    block.draw(["a".repeat(15), "b"]);
    to.taken();
    to.columns = 10; // the first row takes two now
    block.draw(["a", "b"]);
    expect(to.taken()).toStartWith("\r\x1b[2A");
  });

  test("shows the rows around the cursor where not all fit", () => {
    const to = screen({ rows: 3 });
    new LiveBlock(to).draw(["1", "2", "3", "4"], { row: 3, column: 0 });
    expect(to.taken()).toBe("\r\x1b[K3\r\n\x1b[K4\x1b[J\r");
  });
});

describe("progress", () => {
  const layer = (completed: number) => ({
    status: "pulling abc",
    digest: "sha256:abc",
    total: 1000,
    completed,
  });

  test("off a terminal is a line for every step, without escape codes", () => {
    const to = screen();
    using view = progressView(to);
    for (const n of [0, 500, 1000]) view.step(layer(n));
    view.step({ status: "success\x1b[31m" });
    expect(to.taken()).toBe("pulling abc (1.0 KB)\nsuccess[31m\n");
  });

  test("on a terminal is a bar, complete at the end", () => {
    const to = screen({ columns: 80, rows: 24, isTTY: true });
    {
      using view = progressView(to);
      view.step({ status: "pulling manifest" });
      view.step(layer(250));
      view.step(layer(1000));
    }
    const rows = Bun.stripANSI(to.taken()).split("\r\n");
    expect(rows[0]?.trim()).toBe("pulling manifest");
    expect(rows[1]).toMatch(/^pulling abc {2}100% ▕█+▏ 1\.0 KB$/);
  });

  test("tells rate and rest once it has seen enough", () => {
    const transfer = new Transfer({ status: "x" });
    transfer.update({ status: "x", total: 1000, completed: 100 }, 0);
    expect(transfer.rate(0)).toBeNull();
    transfer.update({ status: "x", total: 1000, completed: 300 }, 1000);
    expect([transfer.rate(1000), transfer.secondsLeft(1000)]).toEqual([200, 3.5]);
  });

  test("counts what went on from an earlier try not as speed", () => {
    const transfer = new Transfer({ status: "x" });
    transfer.update({ status: "x", total: 1000, completed: 900 }, 0);
    transfer.update({ status: "x", total: 1000, completed: 910 }, 1000);
    expect(transfer.rate(1000)).toBe(10);
  });
});
