import { describe, expect, test } from "bun:test";
import { Conversation } from "../../support/conversation.ts";
import { fakeOllama, ndjson } from "../../support/fake-ollama.ts";
import { noTerminal } from "../../support/terminal.ts";

if (noTerminal) process.stdout.write(`skipping the tests of the terminal: ${noTerminal}\n`);

describe.skipIf(noTerminal !== null)("progress on a terminal", () => {
  test("bars grow, and stay when they are full", async () => {
    const step = { now: Promise.withResolvers<void>() };
    const next = async () => {
      await step.now.promise;
      step.now = Promise.withResolvers();
    };
    const layer = (letter: string, total: number, completed: number) => {
      const digest = `sha256:${letter.repeat(64)}`;
      return { status: `pulling ${letter.repeat(12)}`, digest, total, completed };
    };
    async function* lines() {
      yield { status: "pulling manifest" };
      await next();
      yield layer("a", 2e9, 5e8);
      yield layer("b", 1429, 1429);
      await next();
      yield layer("a", 2e9, 2e9);
      yield { status: "verifying sha256 digest" };
      await next();
      yield { status: "success" };
    }
    await using server = fakeOllama({ "POST /api/pull": () => ndjson(lines()) });
    using talk = new Conversation(server.url, ["pull", "m"]);
    await talk.terminal.shows(/^pulling manifest [⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]$/);
    step.now.resolve();
    const half = await talk.terminal.shows("25%");
    expect(half).toMatch(
      /^pulling manifest\npulling a{12} {3}25% ▕█+[▏▎▍▌▋▊▉]? +▏ 500 MB\/2\.0 GB.*\npulling b{12} {2}100% ▕█+▏ 1\.4 KB$/,
    );
    step.now.resolve();
    await talk.terminal.shows(/verifying sha256 digest [⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]$/);
    step.now.resolve();
    expect(await talk.terminal.shows("[ended with 0]")).toMatch(
      /^pulling manifest\npulling a{12} {2}100% ▕█+▏ 2\.0 GB\npulling b{12} {2}100% ▕█+▏ 1\.4 KB\nverifying sha256 digest\nsuccess\n\[ended with 0\]$/,
    );
  });

  test("more layers than rows scroll away one by one", async () => {
    const letters = [..."abcdefghijkl"];
    async function* lines() {
      for (const letter of letters) {
        const digest = `sha256:${letter.repeat(64)}`;
        yield { status: `pulling ${letter.repeat(12)}`, digest, total: 10, completed: 10 };
        await Bun.sleep(120);
      }
      yield { status: "success" };
    }
    await using server = fakeOllama({ "POST /api/pull": () => ndjson(lines()) });
    using talk = new Conversation(server.url, ["pull", "m"], { rows: 6 });
    const screen = await talk.terminal.shows("[ended with 0]");
    const shown = [...screen.matchAll(/pulling (\w)\1{11} {2}100%/g)].map(([, letter]) => letter);
    expect(shown.join("")).toBe(letters.join(""));
  });

  test("an error leaves what was done on the screen, and one line", async () => {
    const lines = [
      { status: "pulling manifest" },
      { error: "pull model manifest: file does not exist" },
    ];
    await using server = fakeOllama({ "POST /api/pull": () => ndjson(lines) });
    using talk = new Conversation(server.url, ["pull", "m"]);
    expect(await talk.terminal.shows("[ended with 1]")).toBe(
      "pulling manifest\nhutch: pull model manifest: file does not exist\n[ended with 1]",
    );
  });
});
