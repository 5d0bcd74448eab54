import { describe, expect, test } from "bun:test";
import { Conversation, ready } from "../../support/conversation.ts";
import { chatLines, fakeOllama, ndjson, Refusal } from "../../support/fake-ollama.ts";
import { executable, temporaryDir } from "../../support/server.ts";
import { noTerminal, Terminal, type TerminalOptions } from "../../support/terminal.ts";

if (noTerminal) process.stdout.write(`skipping the tests of the terminal: ${noTerminal}\n`);

describe.skipIf(noTerminal !== null)("an answer on its way", () => {
  /** Pieces that come one by one, as the test says. */
  function slowly() {
    let give = Promise.withResolvers<string | null>();
    let isGone = false;
    async function* lines() {
      try {
        for (;;) {
          const piece = await give.promise;
          give = Promise.withResolvers();
          if (piece === null) break;
          yield { message: { role: "assistant", content: piece } };
        }
        yield { message: { role: "assistant", content: "" }, done: true };
      } finally {
        isGone = true;
      }
    }
    return { lines, give: (piece: string | null) => give.resolve(piece), isGone: () => isGone };
  }

  const talkTo = (answer: () => Response, more: Partial<TerminalOptions> = {}) => {
    const server = fakeOllama({
      "POST /api/show": () => ({ capabilities: ["completion"] }),
      "POST /api/generate": () => ({ done: true }),
      "POST /api/chat": answer,
    });
    return { server, talk: new Conversation(server.url, ["run", "m"], more) };
  };

  test("is waited for with a spinner, shown as it comes, and stopped by ctrl-c", async () => {
    const answer = slowly();
    const { server, talk } = talkTo(() => ndjson(answer.lines()));
    await using _server = server;
    using _talk = talk;
    await talk.isReady();
    talk.terminal.enter("tell me");
    await talk.terminal.shows(/>>> tell me\n[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]$/);
    answer.give("Once upon ");
    await talk.terminal.shows(/>>> tell me\nOnce upon$/);
    talk.terminal.press("C-c");
    await talk.terminal.shows(`Once upon\n\n${ready}`);
    answer.give("lost");
    talk.terminal.enter("/bye");
    await talk.terminal.shows("[ended with 0]");
    const asked = server.bodiesOf("/api/chat");
    expect(asked).toHaveLength(1);
  });

  test("what is typed meanwhile is the next message", async () => {
    const { server, talk } = talkTo(() => chatLines(["Well."]));
    await using _server = server;
    using _talk = talk;
    await talk.isReady();
    talk.terminal.enter("one");
    talk.terminal.enter("two");
    await talk.terminal.shows(/>>> one\nWell\.\n\n>>> two\nWell\.\n\n>>> Send/);
    expect(server.bodiesOf("/api/chat").at(-1)).toMatchObject({
      messages: [
        { role: "user", content: "one" },
        { role: "assistant", content: "Well." },
        { role: "user", content: "two" },
      ],
    });
  });

  test("what is typed while the model loads is the first message, and ctrl-c ends it", async () => {
    const loaded = Promise.withResolvers<void>();
    await using server = fakeOllama({
      "POST /api/show": () => ({ capabilities: ["completion"] }),
      "POST /api/generate": () => loaded.promise,
      "POST /api/chat": () => chatLines(["Well."]),
    });
    using one = new Conversation(server.url, ["run", "m"]);
    using other = new Conversation(server.url, ["run", "m"]);
    for (const { terminal } of [one, other]) await terminal.shows(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]$/);
    other.terminal.press("C-c");
    await other.terminal.shows(/^\[ended with 130\]$/);
    one.terminal.paste("several\nlines");
    one.terminal.press("Enter");
    loaded.resolve();
    await one.terminal.shows(/^>>> several\n\.\.\. lines\nWell\.\n\n>>> Send/);
  });

  test("ctrl-z leaves it for the shell at once, and fg goes on with it", async () => {
    const answer = slowly();
    await using server = fakeOllama({
      "POST /api/show": () => ({ capabilities: ["completion"] }),
      "POST /api/generate": () => ({ done: true }),
      "POST /api/chat": () => ndjson(answer.lines()),
    });
    using home = temporaryDir();
    const env = { HUTCH_HOST: server.url, LANG: "C.UTF-8" };
    using shell = new Terminal(["bash", "--norc", "-i"], { home: home.path, env });
    shell.enter(`${executable} run m`);
    await shell.shows(ready);
    shell.enter("tell me");
    answer.give("Once ");
    await shell.shows(/Once$/);
    shell.press("C-z");
    await shell.shows(/Stopped[\s\S]*bash-\S+$/);
    shell.enter("fg");
    await shell.shows(/ fg\n.*run m$/);
    answer.give("upon");
    await shell.shows(/run m\nupon$/);
    answer.give(null);
    await shell.shows(/upon\n\n>>> Send/);
  });

  test("one that ends too soon is an error, and no part of what was said", async () => {
    const piece = { message: { role: "assistant", content: "Well, " } };
    const { server, talk } = talkTo(() => ndjson([piece]));
    await using _server = server;
    using _talk = talk;
    await talk.isReady();
    talk.terminal.enter("tell me");
    await talk.terminal.shows(/Well,\n\S+ ended its answer before it was done\n>>> Send/);
    talk.terminal.enter("again");
    await talk.terminal.shows(/again\nWell,\n.*\n>>> Send/);
    expect(server.bodiesOf("/api/chat").at(-1)).toMatchObject({
      messages: [{ role: "user", content: "again" }],
    });
  });

  test("breaks between words, or not if so wished", async () => {
    const pieces = ["The quick brown ", "fox jum", "ped gladly over ", "世界世界世界 lazily."];
    const { server, talk } = talkTo(() => chatLines(pieces), { columns: 36 });
    await using _server = server;
    using _talk = talk;
    expect(await talk.say("go")).toContain(
      "The quick brown fox jumped gladly\nover 世界世界世界 lazily.\n",
    );
    await talk.say("/set nowordwrap");
    await talk.isReady();
    talk.terminal.enter("on");
    // The terminal itself breaks the line, in the middle of a word.
    await talk.terminal.shows(
      />>> on\nThe quick brown fox jumped gladly ov\ner 世界世界世界 lazily\.\n/,
    );
  });

  test("thoughts are dimmed, an error is red, and the session goes on", async () => {
    let n = 0;
    const { server, talk } = talkTo(() => {
      n++;
      if (n === 2) throw new Refusal(500, "model runner has unexpectedly stopped");
      return chatLines(["42."], ["hm"]);
    });
    await using _server = server;
    using _talk = talk;
    expect(await talk.say("why")).toContain("Thinking...\nhm\n...done thinking.\n\n42.\n");
    expect(talk.terminal.coloredScreen()).toContain("\x1b[90mThinking...");
    expect(await talk.say("again")).toContain("model runner has unexpectedly stopped\n");
    expect(talk.terminal.coloredScreen()).toContain("\x1b[31mmodel runner");
    expect(await talk.say("more")).toContain("42.");
    expect(server.bodiesOf("/api/chat").at(-1)).toMatchObject({
      messages: [{ content: "why" }, { content: "42.", thinking: "hm" }, { content: "more" }],
    });
  });

  test("NO_COLOR means none", async () => {
    const { server, talk } = talkTo(() => chatLines(["42."], ["hm"]), { env: { NO_COLOR: "1" } });
    await using _server = server;
    using _talk = talk;
    await talk.say("why");
    expect(talk.terminal.coloredScreen()).not.toContain("\x1b");
  });
});
