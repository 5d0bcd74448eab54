import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Conversation, ready } from "../../support/conversation.ts";
import { colours, pngOf } from "../../support/pictures.ts";
import { type RunningServer, startServer, temporaryDir } from "../../support/server.ts";
import { noTerminal } from "../../support/terminal.ts";

if (noTerminal) process.stdout.write(`skipping the tests of the terminal: ${noTerminal}\n`);

describe.skipIf(noTerminal !== null)("a conversation with tiny", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ args: ["--temp", "0"] });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("a turn, and the end", async () => {
    using talk = new Conversation(server.url);
    expect(await talk.say("What is the capital of France?")).toBe(
      `>>> What is the capital of France?\nThe capital of France is Paris.\n\n${ready}`,
    );
    await talk.say("Who are you?");
    await talk.isReady();
    talk.terminal.enter("/bye");
    expect(await talk.terminal.shows("[ended with 0]")).toEndWith(">>> /bye\n[ended with 0]");
  });

  test("ctrl-d ends it, too; ctrl-c only on words", async () => {
    using talk = new Conversation(server.url);
    await talk.isReady();
    talk.terminal.type("half a mess");
    await talk.terminal.shows(">>> half a mess");
    talk.terminal.press("C-c");
    await talk.isReady();
    talk.terminal.press("C-c");
    await talk.terminal.shows("Use Ctrl + d or /bye to exit.");
    talk.terminal.press("C-d");
    await talk.terminal.shows("[ended with 0]");
  });

  test("a picture that is named is shown to the model", async () => {
    using dir = temporaryDir();
    const picture = pngOf({ shape: "circle", colour: colours.blue, background: colours.white });
    writeFileSync(join(dir.path, "a b.png"), Buffer.from(picture, "base64"));
    using talk = new Conversation(server.url, ["run", "tiny"], { cwd: dir.path });
    const turn = await talk.say("./a\\ b.png What colour is the circle?");
    expect(turn).toMatch(/Added '\.\/a b\.png'\n.*blue/);
  });

  test("/set, /show, /save, /load; the model is there then", async () => {
    using talk = new Conversation(server.url);
    await talk.say("/set parameter temperature 0");
    expect(await talk.say("/show parameters")).toContain(
      "User defined parameters:\n  temperature    0",
    );
    await talk.say("What is the capital of France?");
    expect(await talk.say("/save mine")).toContain("Created new model 'mine'");
    talk.terminal.enter("/load mine");
    await talk.terminal.shows(
      /Loaded model 'mine'\n>>> What is the capital of France\?\nThe capital.*Paris\.\n\n>>> Send/,
    );
    expect(await talk.say("/show modelfile")).toContain("MESSAGE assistant");
    const { models } = (await (await fetch(`${server.url}/api/tags`)).json()) as {
      models: { name: string }[];
    };
    expect(models.map(({ name }) => name)).toContain("mine:latest");
    using again = new Conversation(server.url, ["run", "mine"]);
    expect(await again.isReady()).toBe(
      `>>> What is the capital of France?\nThe capital of France is Paris.\n\n${ready}`,
    );
  });

  test("a model that is not there is an error, and the terminal is as it was", async () => {
    using talk = new Conversation(server.url, ["run", "127.0.0.1:1/none/none"]);
    expect(await talk.terminal.shows("[ended with 1]")).toContain("hutch: ");
  });
});
