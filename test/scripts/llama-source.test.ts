import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verify } from "../../scripts/llama-source.ts";

test("a tarball is accepted by its hash alone, and one changed byte is refused", async () => {
  const dir = mkdtempSync(join(tmpdir(), "hutch-tarball-"));
  try {
    const tarball = join(dir, "package.tgz");
    writeFileSync(tarball, "the package");
    await verify(tarball, Bun.SHA512.hash("the package", "base64"));
    writeFileSync(tarball, "the pack4ge");
    const refusal = verify(tarball, Bun.SHA512.hash("the package", "base64"));
    await expect(refusal).rejects.toThrow(
      /sha512 expected .*sha512 found .*Nothing in it was used/s,
    );
    await expect(verify(tarball)).rejects.toThrow("native/llama-cpp.json");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
