import { expect, test } from "bun:test";
import { intervalSeconds, TokenRates } from "../../src/http/token-rates.ts";

test("rates are per second, by interval, and are forgotten after a while", () => {
  let now = 0;
  const rates = new TokenRates(() => now);
  rates.count({ generated: 6 });
  rates.count({ generated: 4, prompt: 2 });
  expect(rates.history.generated.at(-1)).toBe(0); // this interval has only begun
  now += intervalSeconds * 1000;
  expect(rates.history.generated.at(-1)).toBe(10 / intervalSeconds);
  expect(rates.history.prompt.at(-1)).toBe(2 / intervalSeconds);
  now += intervalSeconds * 1000;
  rates.count({ generated: 1 });
  expect(rates.history.generated.slice(-2)).toEqual([10 / intervalSeconds, 0]);
  now += 1000 * intervalSeconds * 1000;
  expect(Math.max(...rates.history.generated)).toBe(0);
});
