import type { Answer } from "../../scripts/tiny-eval/ask.ts";

/** What a server answered, with calls and thoughts where `more` has them. */
export const saying = (text: string, more: Partial<Answer> = {}): Answer => ({
  ...{ text, calls: [], thought: "" },
  ...more,
});

/** A call of a tool. */
export const weather = (city: string) => ({ name: "get_weather", arguments: { city } });
