import { expect, test } from "bun:test";
import {
  type Component,
  firstComment,
  lastComment,
  licencesText,
} from "../../scripts/release/components.ts";
import { sbomOf } from "../../scripts/release/sbom.ts";

const component = (name: string, more: Partial<Component> = {}): Component => ({
  name,
  version: "1.0",
  licence: "MIT",
  purl: `pkg:npm/${name}@1.0`,
  texts: [`Copyright ${name}`],
  ...more,
});

const described = {
  target: "linux-x64",
  commit: "0123456789ab",
  time: "2026-11-22T04:00:00+00:00",
  sha256: "ab".repeat(32),
  components: [component("a"), component("b", { version: null, licence: "MIT OR Apache-2.0" })],
};

test("an SBOM names the file by its hash, and the licence of everything inside", async () => {
  const sbom = JSON.parse(await sbomOf(described));
  expect(sbom).toMatchObject({
    bomFormat: "CycloneDX",
    metadata: {
      timestamp: described.time,
      component: { name: "hutch-linux-x64", hashes: [{ content: described.sha256 }] },
    },
    components: [
      { name: "a", version: "1.0", licenses: [{ expression: "MIT" }], purl: "pkg:npm/a@1.0" },
      { name: "b", licenses: [{ expression: "MIT OR Apache-2.0" }] },
    ],
    dependencies: [{ ref: "hutch", dependsOn: ["pkg:npm/a@1.0", "pkg:npm/b@1.0"] }],
  });
  expect(sbom.components[1]).not.toHaveProperty("version");
  expect(await sbomOf(described)).toBe(await sbomOf(described));
});

test("what does not fit the schema of CycloneDX is refused", async () => {
  const wrong = { ...described, sha256: "no hash" };
  await expect(sbomOf(wrong)).rejects.toThrow("does not fit its schema");
});

test("each licence is printed once, under all that it is for", () => {
  const same = ["The same\r\ntext.\n"];
  const components = [component("a", { texts: same }), component("b", { texts: same })];
  const text = licencesText("Ours", components);
  expect(text).toContain("\n  a 1.0: MIT\n  b 1.0: MIT\n");
  expect(text.split("The same\ntext.")).toHaveLength(2);
  expect(text).toContain("\na 1.0, b 1.0\n");
});

test("licences are read from the comments that sources begin or end with", () => {
  expect(firstComment("// Copyright A\n//\n// Free.\n\n// other\ncode")).toBe(
    "Copyright A\n\nFree.\n",
  );
  expect(firstComment("/*\n * Copyright B\n * Free.\n */\ncode /* c */")).toBe(
    "Copyright B\nFree.\n",
  );
  expect(lastComment("/* a */ code\n/*\nCopyright C\n*/\n")).toBe("Copyright C\n");
  expect(() => firstComment("code")).toThrow("lost the licence");
  expect(() => lastComment("code")).toThrow("lost the licence");
});
