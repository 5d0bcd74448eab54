import { expect, test } from "bun:test";
import { parse } from "yaml";

const read = (path: string) => Bun.file(new URL(`../../${path}`, import.meta.url)).text();

test("the image runs without rights, and asks Hutch itself whether it is well", async () => {
  const lines = (await read("docs/docker/Dockerfile")).split("\n");
  expect(lines).toContain("USER 10001:10001");
  expect(lines.some((line) => /^HEALTHCHECK .*CMD \["hutch", "health"\]$/.test(line))).toBe(true);
});

test("compose publishes to this machine alone, and Open WebUI asks the API of OpenAI", async () => {
  const { services } = parse(await read("docs/docker/compose.yaml"));
  for (const { ports } of Object.values<{ ports: string[] }>(services)) {
    expect(ports.every((port) => port.startsWith("127.0.0.1:"))).toBe(true);
  }
  expect(services["open-webui"].environment.OPENAI_API_BASE_URL).toBe("http://hutch:11434/v1");
});

test("the workflow is YAML, builds on four kinds of machine, and keeps the releases", async () => {
  const { jobs } = parse(await read(".github/workflows/build.yml"));
  expect(Object.keys(jobs)).toEqual(["linux", "release", "macos", "windows"]);
  const steps: { run?: string; with?: { path?: string } }[] = jobs.release.steps;
  expect(steps.map(({ run }) => run)).toContain("npm run release");
  expect(steps.at(-1)?.with?.path).toContain("dist/SHA256SUMS");
  expect(jobs.linux.strategy.matrix.include).toHaveLength(2);
});
