import { describe, expect, test } from "bun:test";
import { getEventListeners } from "node:events";
import { LinkedAbort } from "../../src/core/linked-abort.ts";

describe("a linked abort", () => {
  test("follows its source, with its reason", () => {
    const source = new AbortController();
    const link = new LinkedAbort(source.signal);
    expect(link.signal.aborted).toBe(false);
    source.abort("gone");
    expect([link.signal.aborted, link.signal.reason]).toEqual([true, "gone"]);
  });

  test("is aborted from the start when its source was", () => {
    const link = new LinkedAbort(AbortSignal.abort("gone before"));
    expect([link.signal.aborted, link.signal.reason]).toEqual([true, "gone before"]);
  });

  test("aborts by itself, and leaves its source alone", () => {
    const source = new AbortController();
    const link = new LinkedAbort(source.signal);
    link.abort();
    expect([link.signal.aborted, source.signal.aborted]).toEqual([true, false]);
  });

  test("leaves nothing at its source and follows it no more, once disposed of", () => {
    const source = new AbortController();
    const link = new LinkedAbort(source.signal);
    expect(getEventListeners(source.signal, "abort")).toHaveLength(1);
    link[Symbol.dispose]();
    link[Symbol.dispose]();
    expect(getEventListeners(source.signal, "abort")).toHaveLength(0);
    source.abort();
    expect(link.signal.aborted).toBe(false);
  });
});
