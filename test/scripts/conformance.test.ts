import { describe, expect, test } from "bun:test";
import { compareNumbers } from "../../scripts/conformance/numbers.ts";
import { markdownReport, unexcused } from "../../scripts/conformance/report.ts";
import { parseJunit, type TestCase } from "../../scripts/junit.ts";

const pytestReport = `<?xml version="1.0"?><testsuites><testsuite>
  <testcase classname="unit.test_a" name="test_plain" time="0.1" />
  <testcase classname="unit.test_a" name="test_x[&lt;a&gt; &quot;b&quot;&#10;c]" time="0.1">
    <failure message="assert 1 == 2&#10;more">trace</failure></testcase>
  <testcase classname="unit.test_b" name="test_skip" time="0"><skipped message="slow">x</skipped>
  </testcase></testsuite></testsuites>`;

describe("a JUnit report", () => {
  test("is read test by test", () => {
    expect(parseJunit(pytestReport)).toEqual([
      { file: "", group: "unit.test_a", name: "test_plain", outcome: "passed", message: "" },
      {
        file: "",
        group: "unit.test_a",
        name: 'test_x[<a> "b"\nc]',
        outcome: "failed",
        message: "assert 1 == 2\nmore",
      },
      { file: "", group: "unit.test_b", name: "test_skip", outcome: "skipped", message: "slow" },
    ]);
  });
});

const testCase = (name: string, outcome: TestCase["outcome"], message = ""): TestCase => ({
  file: "",
  group: "unit.test_a",
  name,
  outcome,
  message,
});

const report = {
  date: "2026-01-02",
  versions: {},
  llamaServer: ["one", "two", "three", "four"].map((name) => testCase(name, "passed")),
  hutch: [
    testCase("one", "passed"),
    testCase("two", "failed", "assert | 1"),
    testCase("three", "failed"),
  ],
  comparisons: [],
};

describe("a conformance report", () => {
  test("names what nothing excuses, tests that did not run too", () => {
    expect(unexcused(report, { "test_a::three": "not ours" })).toEqual([
      "test_a::two: assert | 1",
      "test_a::four: did not run",
    ]);
  });

  test("lists every test, and why hutch does not pass it", () => {
    const text = markdownReport(report, { "test_a::three": "not ours" });
    expect(text).toContain("| `test_a::two` | passed | failed | assert \\| 1 |");
    expect(text).toContain("| `test_a::three` | passed | failed | not ours |");
    expect(text).toContain("| `test_a::one` | passed | passed |");
    expect(text).toContain("hutch: 1 passed, 2 failed, 0 skipped");
  });
});

/** A server process that gives every completion the same answer. */
const answering = (answer: object) => (port: number) => [
  process.execPath,
  "-e",
  `Bun.serve({ port: ${port}, hostname: "127.0.0.1", fetch: (request) =>
     Response.json(request.url.endsWith("/health") ? {} : ${JSON.stringify(answer)}) })`,
];

/** Token 7 was likeliest, token 8 came next. */
const answer = (content: string, ...logprobs: number[]) => ({
  content,
  tokens_evaluated: 3,
  tokens_predicted: logprobs.length,
  stop_type: "limit",
  completion_probabilities: logprobs.map((logprob) => ({
    id: 7,
    logprob,
    top_logprobs: [
      { id: 7, logprob },
      { id: 8, logprob: logprob - 0.0005 },
    ],
  })),
});

/** The same, but at its last token it takes token 8. */
function swayed(plain: ReturnType<typeof answer>) {
  const last = plain.completion_probabilities.at(-1);
  if (last) last.id = 8;
  return plain;
}

describe("comparing answers", () => {
  const compare = async (ours: object, theirs: object) => {
    const [comparison] = await compareNumbers(
      [{ name: "m", path: "m.gguf", trials: [{ path: "/completion", body: { prompt: "x" } }] }],
      (name) => ({ name, command: answering(name === "hutch" ? ours : theirs) }),
      AbortSignal.timeout(30_000),
    );
    return comparison;
  };

  test("finds none between equals", async () => {
    const same = await compare(answer("a", -0.5, -1), answer("a", -0.5004, -1));
    expect(same?.differences).toEqual([]);
    expect(same?.logprobGap).toBeCloseTo(0.0004, 6);
  });

  test("takes what comes before a tie", async () => {
    const tied = await compare(swayed(answer("ax", -0.5, -1)), answer("ab", -0.5, -1));
    expect([tied?.tiedAt, tied?.differences]).toEqual([1, []]);
  });

  test("finds another text and another probability", async () => {
    const other = await compare(answer("a", -0.5), answer("b", -0.502));
    expect(other?.differences).toEqual(['text ("a", "b")', "logprobs"]);
  });
});
