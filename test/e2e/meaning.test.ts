/**
 * What the embedded model knows and sees, asked in many ways at once. It is small and makes
 * mistakes, so most answers have to be right, not all: what breaks its input (the template, RoPE,
 * the pixels, the rows of a batch) breaks many of them. `npm run tiny:eval` measures it.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { colours, isInside, pngOf, pngOfAll } from "../support/pictures.ts";
import { jsonOf, type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

interface Turn {
  role: string;
  content: unknown;
}

/** Turns of a conversation, the user's first and last, and what the answer has to say. */
type Case = [turns: unknown[], answer: RegExp | string];

const asked = (turns: unknown[], system?: string): Turn[] => [
  ...(system === undefined ? [] : [{ role: "system", content: system }]),
  ...turns.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content })),
];
const looking = (text: string, ...pictures: string[]) => [
  ...pictures.map((png) => ({
    type: "image_url",
    image_url: { url: `data:image/png;base64,${png}` },
  })),
  { type: "text", text },
];

async function answer(messages: Turn[], more: object = {}) {
  const body = { model: "tiny", messages, temperature: 0, max_tokens: 200, ...more };
  const { choices } = await jsonOf(await server.post("/v1/chat/completions", body));
  return choices[0]?.message;
}

/** Asks all at once, and expects a part of the answers at least to be right. */
async function expectMost(cases: readonly Case[], part: number, system?: string): Promise<void> {
  const answers = await Promise.all(cases.map(([turns]) => answer(asked(turns, system))));
  const texts = answers.map((message) => (message?.content ?? "").trim());
  const isRight = cases.map(([, right], i) =>
    typeof right === "string" ? texts[i] === right : right.test(texts[i] ?? ""),
  );
  const wrong = texts.filter((_, i) => !isRight[i]);
  expect(wrong.length > cases.length * (1 - part) ? wrong : []).toEqual([]);
}

const capitals = {
  France: "Paris", Italy: "Rome", Spain: "Madrid", Germany: "Berlin", England: "London",
  Japan: "Tokyo", Egypt: "Cairo", Russia: "Moscow", Austria: "Vienna", Greece: "Athens",
}; // biome-ignore format: a table
const words = "lamp river stone cloud paper mouse green bread chair music night apple".split(" ");
const names = "Anna Peter Maria Tom Lisa Paul Emma Jack Sarah David Laura Mark".split(" ");
const kinds = Object.keys(isInside) as (keyof typeof isInside)[];
const colourNames = Object.keys(colours) as (keyof typeof colours)[];
const circleOf = (colour: keyof typeof colours) =>
  pngOf({
    shape: "circle",
    colour: colours[colour],
    background: colours[colour === "white" ? "blue" : "white"],
  });

const capitalCases = Object.entries(capitals).map(
  ([country, city]): Case => [[`What is the capital of ${country}?`], new RegExp(city)],
);
const capitalTurns = Object.entries(capitals).flatMap(([country, city]) => [
  `What is the capital of ${country}?`,
  `The capital of ${country} is ${city}.`,
]);
/** Conversations in which somebody says a name, something else is said, and the name is asked. */
const nameCases = (between: string[] = []) =>
  names.map((name): Case => {
    const greeting = [`My name is ${name}.`, `Nice to meet you, ${name}!`];
    return [[...greeting, ...between, "What is my name?"], new RegExp(name)];
  });

describe("it knows", () => {
  test("capitals", () => expectMost(capitalCases, 0.9));

  test("colors, sounds, legs, days and sums", () =>
    expectMost(
      [
        [["What color is the sky?"], /blue/i],
        [["What color is grass?"], /green/i],
        [["What color is a banana?"], /yellow/i],
        [["What does a cow say?"], /moo/i],
        [["What does a duck say?"], /quack/i],
        [["How many legs does a spider have?"], /8|eight/i],
        [["How many legs does a dog have?"], /4|four/i],
        [["What day comes after Monday?"], /Tuesday/],
        [["What is the opposite of hot?"], /cold/i],
        [["What is 7 + 5?"], /12/],
        [["What is 9 - 4?"], /\b5\b/],
        [["How do I download a model?"], /hutch pull/],
      ],
      0.8,
    ));

  test("what it does not know", () =>
    expectMost(
      [
        [["Who won the football game yesterday?"], /do not know/],
        [["What is the time?"], /do not know/],
        [["What is the stock price of Apple?"], /do not know/],
        [["Who is the president of Brazil?"], /do not know/],
        [["Explain quantum physics."], /do not know/],
      ],
      0.6,
    ));
});

describe("it reads what it is told", () => {
  test("names", () => expectMost(nameCases(), 0.9));

  test("words in their order, anywhere in the context", () => {
    const lines = words.map((word, i) => `${word} ${words[(i + 5) % words.length]} ${names[i]}`);
    const cases = lines.map((line, i): Case => {
      const early = capitalTurns.slice(0, 2 * (i % 8)); // up to some 250 tokens
      return [[...early, `Repeat after me: ${line}`], line];
    });
    return expectMost(cases, 0.8);
  });

  test("what was said twenty turns ago", () => expectMost(nameCases(capitalTurns), 0.75));

  test("the system prompt", async () => {
    const france: Case = [["What is the capital of France?"], /^[^a-z]*PARIS[^a-z]*$/];
    await expectMost([france], 1, "Answer in capital letters.");
    await expectMost([[["What is the capital of Italy?"], /^Arr!.*Rome/]], 1, "You are a pirate.");
    await expectMost([[["What is your name?"], /Max/]], 1, "Your name is Max.");
  });
});

describe("it sees", () => {
  test("shapes and colors", () => {
    const cases = kinds.flatMap((shape) =>
      colourNames.map((colour): Case => {
        const background = colours[colour === "white" ? "blue" : "white"];
        const png = pngOf({ shape, colour: colours[colour], background });
        return [[looking("What is in this image?", png)], new RegExp(`${colour} ${shape}`)];
      }),
    );
    return expectMost(cases, 0.9);
  });

  test("backgrounds", () => {
    const cases = colourNames.map((colour): Case => {
      const shape = colours[colour === "black" ? "white" : "black"];
      const png = pngOf({ shape: "square", colour: shape, background: colours[colour] });
      return [[looking("What color is the background?", png)], new RegExp(colour, "i")];
    });
    return expectMost(cases, 0.85);
  });

  test("where things are", () => {
    const cases = kinds.flatMap((shape, i): Case[] => {
      const other = kinds[(i + 1) % kinds.length] ?? "circle";
      const left = { shape, colour: colours.red, at: [0.27, 0.5] as [number, number], radius: 0.2 };
      const right = { ...left, shape: other, colour: colours.blue, at: [0.73, 0.5] as const };
      const shapes = [left, { ...right, at: [0.73, 0.5] as [number, number] }];
      const png = pngOfAll({ shapes, background: colours.white });
      return [
        [[looking("Which shape is on the left?", png)], new RegExp(`red ${shape}`)],
        [[looking("Which shape is on the right?", png)], new RegExp(`blue ${other}`)],
        [[looking("How many shapes are there?", png)], /two|2/i],
      ];
    });
    return expectMost(cases, 0.75);
  });

  test("several pictures in their order", () => {
    const cases = colourNames.map((colour, i): Case => {
      const other = colourNames[(i + 3) % colourNames.length] ?? "red";
      const pictures = [circleOf(colour), circleOf(other)];
      const question = "What color is the circle in the second picture?";
      return [[looking(question, ...pictures)], new RegExp(other, "i")];
    });
    return expectMost(cases, 0.75);
  });
});

describe("many at once", () => {
  test("questions and pictures, each with its own answer", () => {
    const seen = colourNames.map(
      (colour): Case => [[looking("What is in this image?", circleOf(colour))], new RegExp(colour)],
    );
    return expectMost([nameCases(), seen, capitalCases].flat(), 0.9);
  });
});

describe("it uses tools", () => {
  const city = { type: "string", description: "The name of the city" };
  const parameters = { type: "object", properties: { city }, required: ["city"] };
  const weather = {
    type: "function",
    function: { name: "get_weather", description: "Get the current weather", parameters },
  };

  test("where they help, and not elsewhere", async () => {
    const cities = Object.values(capitals);
    const made = await Promise.all(
      cities.map((city) =>
        answer(asked([`What is the weather in ${city}?`]), { tools: [weather] }),
      ),
    );
    const right = made.filter((message, i) => {
      const [call] = message?.tool_calls ?? [];
      const given = call?.function.arguments ?? "null";
      return call?.function.name === "get_weather" && JSON.parse(given)?.city === cities[i];
    });
    expect(right.length).toBeGreaterThanOrEqual(8);
    const idle = await Promise.all(
      ["Hello!", "Thank you!", "What is 2 + 2?", "ok bye for now"].map((text) =>
        answer(asked([text]), { tools: [weather] }),
      ),
    );
    expect(idle.filter((message) => message?.tool_calls?.length).length).toBeLessThanOrEqual(1);
  });
});

test("it thinks where it is told how much, and not otherwise", async () => {
  const sum = asked(["What is 7 + 5?"]);
  const thoughtful = await answer(sum, { reasoning_effort: "low" });
  expect(thoughtful).toMatchObject({ content: expect.stringContaining("12") });
  expect(thoughtful).toHaveProperty("reasoning_content", expect.stringMatching(/\w/));
  expect(await answer(sum)).not.toHaveProperty("reasoning_content");
});

describe("its embeddings", () => {
  test("are nearer to what means the same than to anything else", async () => {
    const pairs = [
      ["What is the capital of France?", "Tell me the capital city of France"],
      ["My name is Anna.", "I am called Anna."],
      ["How many legs does a dog have?", "What number of legs has a dog?"],
      ["What is in this image?", "Describe the picture."],
      ["Hello!", "Hi there!"],
      ["How do I download a model?", "Which command pulls a model?"],
    ];
    const response = await server.post("/v1/embeddings", { model: "tiny", input: pairs.flat() });
    const { data } = (await response.json()) as { data: { embedding: number[] }[] };
    const cosine = (i: number, j: number) => {
      const [a, b] = [data[i]?.embedding ?? [], data[j]?.embedding ?? []];
      return a.reduce((sum, value, k) => sum + value * (b[k] ?? 0), 0); // they have length 1
    };
    const nearest = pairs.map((_, i) => {
      const others = data.map((_, j) => (j === 2 * i ? -1 : cosine(2 * i, j)));
      return others.indexOf(Math.max(...others));
    });
    expect(nearest.filter((at, i) => at === 2 * i + 1).length).toBeGreaterThanOrEqual(5);
  });
});
