/** One test of a JUnit report. */
export interface TestCase {
  /** Its file, where the writer says it (bun does, pytest does not). */
  file: string;
  /** JUnit's classname: bun's describe blocks, pytest's module. */
  group: string;
  name: string;
  outcome: "passed" | "failed" | "skipped";
  /** What a failure or a skip says, its first line. */
  message: string;
}

/** Reads a JUnit report as `bun test --reporter=junit` and `pytest --junitxml` write it. */
export function parseJunit(xml: string): TestCase[] {
  const cases = xml.matchAll(/<testcase\b((?:[^>"]|"[^"]*")*?)(?:(\/)>|>([\s\S]*?)<\/testcase>)/g);
  return [...cases].map(([, attributes = "", , body = ""]) => ({
    file: attribute(attributes, "file"),
    group: attribute(attributes, "classname"),
    name: attribute(attributes, "name"),
    outcome: outcomeOf(body),
    message: attribute(/<(?:failure|error|skipped)\b([^>]*)>/.exec(body)?.[1] ?? "", "message"),
  }));
}

function outcomeOf(body: string): TestCase["outcome"] {
  if (/<(failure|error)\b/.test(body)) return "failed";
  return /<skipped\b/.test(body) ? "skipped" : "passed";
}

function attribute(attributes: string, name: string): string {
  return unescapeXml(new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
}

function unescapeXml(text: string): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text
    .replace(/&#(x?)([0-9a-f]+);/gi, (_, hex, digits) =>
      String.fromCodePoint(Number.parseInt(digits, hex ? 16 : 10)),
    )
    .replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => entities[name] ?? "");
}
