/**
 * Writes templates.json and cases.json anew, with what Go's text/template gives:
 * `bun test/golden/go-template/regenerate.ts` (needs `go`, any version from 1.19 on).
 * With a path, every output of the package's templates is written there as it is, to read.
 */
import { join } from "node:path";
import { casesPath, packageTemplates, shortHash, templatesPath } from "./data.ts";

const here = import.meta.dir;
const { cases, ...given } = await Bun.file(casesPath).json();
const conversations = await Bun.file(join(here, "conversations.json")).json();
const input = { templates: Object.fromEntries(packageTemplates()), conversations, cases, ...given };
const go = Bun.spawn(["go", "run", join(here, "main.go")], {
  stdin: new Blob([JSON.stringify(input)]),
  stdout: "pipe",
  stderr: "inherit",
});
interface Output {
  templates: Record<string, Record<string, string>>;
  cases: string[];
}
// Errors name types: Ollama's, not the program's.
const text = (await new Response(go.stdout).text()).replaceAll("main.tools", "template.templateTools");
const output = JSON.parse(text) as Output;
if ((await go.exited) !== 0) throw new Error("go failed");

const [, , shown] = process.argv;
if (shown) await Bun.write(shown, JSON.stringify(output.templates, null, 1));

const hashes = Object.entries(output.templates).map(([name, results]) => [
  name,
  Object.fromEntries(Object.entries(results).map(([key, result]) => [key, shortHash(result)])),
]);
await Bun.write(templatesPath, `${JSON.stringify(Object.fromEntries(hashes.sort()), null, 1)}\n`);
const rows = cases.map(({ template }: { template: string }, i: number) =>
  JSON.stringify({ template, output: output.cases[i] }),
);
const heads = Object.entries(given).map(([name, value]) => `"${name}":${JSON.stringify(value)}`);
await Bun.write(casesPath, `{${heads.join(",\n")},\n"cases":[\n${rows.join(",\n")}\n]}\n`);
