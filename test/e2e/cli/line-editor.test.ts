import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Conversation, ready } from "../../support/conversation.ts";
import { chatLines, type FakeOllama, fakeOllama } from "../../support/fake-ollama.ts";
import { executable, temporaryDir, until } from "../../support/server.ts";
import { noTerminal, Terminal } from "../../support/terminal.ts";

if (noTerminal) process.stdout.write(`skipping the tests of the terminal: ${noTerminal}\n`);

describe.skipIf(noTerminal !== null)("the line editor", () => {
  let server: FakeOllama;
  beforeAll(() => {
    server = fakeOllama({
      "POST /api/show": () => ({ capabilities: ["completion"] }),
      "POST /api/generate": () => ({ done: true }),
      "POST /api/chat": () => chatLines(["Yes."]),
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const lastMessage = () => {
    const [last] = server.bodiesOf("/api/chat").slice(-1) as { messages: { content: string }[] }[];
    return last?.messages.at(-1)?.content;
  };

  test("leafs through history, that of earlier sessions too", async () => {
    using home = temporaryDir();
    {
      using talk = new Conversation(server.url, ["run", "m"], { home: home.path });
      await talk.say("first");
      await talk.say("second");
      talk.terminal.type("dra");
      talk.terminal.press("Up", "Up");
      await talk.terminal.shows(/>>> first$/);
      talk.terminal.press("Down", "Down");
      await talk.terminal.shows(/>>> dra$/);
    }
    using talk = new Conversation(server.url, ["run", "m"], { home: home.path });
    await talk.isReady();
    talk.terminal.press("Up");
    await talk.terminal.shows(/>>> second$/);
    expect(readFileSync(join(home.path, ".hutch", "history"), "utf8")).toBe('"first"\n"second"\n');
  });

  test("edits with its keys", async () => {
    using talk = new Conversation(server.url, ["run", "m"]);
    await talk.isReady();
    talk.terminal.type("one two three");
    talk.terminal.press(
      "C-w",
      "C-a",
      "C-d",
      "O",
      "M-f",
      "M-f",
      "Left",
      "BSpace",
      "C-e",
      "C-h",
      "!",
    );
    await talk.terminal.shows(/>>> One to!$/);
    talk.terminal.press("C-a", "C-k");
    talk.terminal.type("again");
    talk.terminal.press("Left", "C-u", "X", "Enter");
    await talk.terminal.shows(/>>> Xn\n[\s\S]*>>> Send/);
    expect(lastMessage()).toBe("Xn");
  });

  test("takes several lines: in quotes, by ctrl-j, from the clipboard", async () => {
    using talk = new Conversation(server.url, ["run", "m"]);
    await talk.isReady();
    talk.terminal.enter('"""one');
    talk.terminal.enter('two"""');
    await talk.terminal.shows(/>>> """one\n\.\.\. two"""\nYes\.\n\n>>> Send/);
    expect(lastMessage()).toBe("one\ntwo");
    talk.terminal.type("three");
    talk.terminal.press("C-j");
    talk.terminal.paste("four\nfive");
    await talk.terminal.shows(/>>> three\n\.\.\. four\n\.\.\. five$/);
    talk.terminal.press("Enter");
    await talk.terminal.shows(/five\nYes\.\n\n>>> Send/);
    expect(lastMessage()).toBe("three\nfour\nfive");
  });

  test("places the cursor among wide characters", async () => {
    using talk = new Conversation(server.url, ["run", "m"]);
    await talk.isReady();
    talk.terminal.type("世界 ok");
    talk.terminal.press("C-a", "Right");
    await talk.terminal.shows(">>> 世界 ok");
    await talk.terminal.cursorAt({ column: 6, row: 0 });
    talk.terminal.type("é");
    await talk.terminal.shows(">>> 世é界 ok");
    await talk.terminal.cursorAt({ column: 7, row: 0 });
    talk.terminal.press("BSpace", "BSpace", "Enter");
    await talk.terminal.shows(/>>> 界 ok\nYes/);
    expect(lastMessage()).toBe("界 ok");
  });

  test("draws a long message anew when the terminal changes its size", async () => {
    using talk = new Conversation(server.url, ["run", "m"], { columns: 60 });
    await talk.isReady();
    const words = "a message that is longer than the terminal is wide, by far".repeat(2);
    talk.terminal.type(words);
    for (const columns of [60, 30, 100]) {
      if (columns !== 60) talk.terminal.resize(columns, 24);
      const rows: string[] = [];
      for (let rest = words; rest !== ""; rest = rest.slice(columns - 5)) {
        rows.push(rest.slice(0, columns - 5).trimEnd());
      }
      const shown = `>>> ${rows.join("\n    ")}`;
      await until("it is drawn", () => talk.terminal.visible() === shown);
    }
  });

  test("ctrl-l clears the screen", async () => {
    using talk = new Conversation(server.url, ["run", "m"]);
    await talk.say("hello");
    talk.terminal.press("C-l");
    await talk.terminal.cursorAt({ column: 4, row: 0 });
  });

  test("ctrl-z goes back to the shell, and fg goes on where it was", async () => {
    using home = temporaryDir();
    const shellPrompt = /^bash-\S+$/;
    const env = { HUTCH_HOST: server.url, LANG: "C.UTF-8" };
    using shell = new Terminal(["bash", "--norc", "-i"], { home: home.path, env });
    await shell.shows(shellPrompt);
    shell.enter(`${executable} run m`);
    await shell.shows(ready);
    shell.type("half a");
    await shell.shows(/>>> half a$/);
    shell.press("C-z");
    await shell.shows(/Stopped[\s\S]*bash-\S+$/);
    shell.enter("fg");
    await shell.shows(/fg\n[\s\S]*>>> half a$/);
    shell.enter(" message");
    await shell.shows(/>>> half a message\nYes\.\n\n>>> Send/);
    shell.enter("/bye");
    await shell.shows(/bye\nbash-\S+$/);
  });
});
