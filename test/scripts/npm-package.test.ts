import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verify } from "../../scripts/npm-package.ts";

test("a tarball is accepted by its hash alone, and one changed byte is refused", async () => {
  const dir = mkdtempSync(join(tmpdir(), "hutch-tarball-"));
  try {
    const tarball = join(dir, "package.tgz");
    writeFileSync(tarball, "the package");
    const sha512 = Bun.SHA512.hash("the package", "base64");
    const wanted = { package: "p", version: "1", sha512 };
    await verify(tarball, wanted, "a.json");
    writeFileSync(tarball, "the pack4ge");
    const refusal = verify(tarball, wanted, "a.json");
    await expect(refusal).rejects.toThrow(
      /sha512 expected .*sha512 found .*Nothing in it was used/s,
    );
    await expect(refusal).rejects.toThrow("p@1 is not the package that a.json pins");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
