import { expect, test } from "bun:test";
import { join } from "node:path";

const cli = join(import.meta.dir, "../../src/cli");

/** What a process says that fails in such a way, and then goes on if it can. */
async function outcome(fail: string, survives: boolean) {
  const program = `
    const { surviveBugs } = await import(${JSON.stringify(join(cli, "survival.ts"))});
    const log = { error: (text) => console.log(text) };
    if (${survives}) surviveBugs(log);
    ${fail};
    setTimeout(() => console.log("it goes on"), 50);
  `;
  const child = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe", stderr: "ignore" });
  return { said: await child.stdout.text(), code: await child.exited };
}

test.each([
  ["a promise that nobody waits for", 'Promise.reject(new Error("oh"))'],
  ["a callback that throws", 'setTimeout(() => { throw new Error("oh"); })'],
])("%s does not end the process, and is told", async (_, fail) => {
  const { said, code } = await outcome(fail, true);
  expect(said).toContain("a bug of Hutch");
  expect(said).toContain("Error: oh");
  expect(said).toEndWith("it goes on\n");
  expect(code).toBe(0);
  expect((await outcome(fail, false)).code).not.toBe(0);
});
