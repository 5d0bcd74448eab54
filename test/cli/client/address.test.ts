import { describe, expect, test } from "bun:test";
import { serverAddress } from "../../../src/cli/client/address.ts";

describe("the server's address", () => {
  test.each([
    ["", "http://127.0.0.1:11434"],
    ["1.2.3.4", "http://1.2.3.4:11434"],
    ["1.2.3.4:5", "http://1.2.3.4:5"],
    [":8080", "http://127.0.0.1:8080"],
    ["0.0.0.0", "http://127.0.0.1:11434"],
    ["0.0.0.0:99", "http://127.0.0.1:99"],
    ["[::]:99", "http://[::1]:99"],
    ["[::1]", "http://[::1]:11434"],
    ["[::1]:80", "http://[::1]:80"],
    ["fe80::1", "http://[fe80::1]:11434"],
    ["box.lan", "http://box.lan:11434"],
    ["http://box.lan", "http://box.lan:80"],
    ["https://box.lan", "https://box.lan:443"],
    ["HTTPS://box.lan/", "https://box.lan:443"],
    ["https://box.lan:8443/ollama/", "https://box.lan:8443/ollama"],
    ["box.lan:81/api/x", "http://box.lan:81/api/x"],
    ["  'box.lan:81'  ", "http://box.lan:81"],
    ["127.0.0.1:1,::1", "http://127.0.0.1:1"],
  ])("%p is %s", (text, url) => {
    expect(serverAddress({ OLLAMA_HOST: text }).url).toBe(url);
  });

  test("HUTCH_HOST goes before OLLAMA_HOST, and is told to be the one", () => {
    const env = { HUTCH_HOST: "a", OLLAMA_HOST: "b" };
    expect(serverAddress(env)).toEqual({ url: "http://a:11434", source: "HUTCH_HOST" });
    expect(serverAddress({ OLLAMA_HOST: "b" }).source).toBe("OLLAMA_HOST");
    expect(serverAddress({}).source).toBeNull();
  });

  test("a UNIX socket is one, too", () => {
    for (const text of ["/run/hutch.sock", "unix:///run/hutch.sock"]) {
      expect(serverAddress({ HUTCH_HOST: text }).socket).toBe("/run/hutch.sock");
    }
  });

  test.each(["box:99999", "box:x", "ftp://box", "a b"])("%p is refused", (text) => {
    expect(() => serverAddress({ HUTCH_HOST: text })).toThrow(
      `HUTCH_HOST is no address: "${text}"`,
    );
  });
});
