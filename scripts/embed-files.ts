import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BunPlugin } from "bun";
import { root } from "./paths.ts";

/** A file to embed, described as src/cli/embedded.ts's table wants it. */
interface Row {
  name: string;
  sizeBytes: number;
  sha256: string;
  /** On this machine. */
  source: string;
}

/** The models that every executable carries. */
const models = ["assets/tiny-text.gguf", "assets/tiny-mmproj.gguf"];

/**
 * Puts a table of embedded files in the place of src/cli/embedded.ts. Each file is an import of
 * type "file", which `bun build --compile` carries along and gives a path that can be read.
 * @param licences a text, which stays in the executable
 */
export async function embedFiles(libDir: string, licences: string): Promise<BunPlugin> {
  const names = (await readdir(libDir)).sort();
  const libraries = await Promise.all(names.map((name) => describe(join(libDir, name))));
  const gguf = await Promise.all(models.map((model) => describe(join(root, model))));
  const contents = moduleText(libraries, gguf, licences);
  return {
    name: "embed-files",
    setup: (build) => {
      build.onLoad({ filter: /[\\/]src[\\/]cli[\\/]embedded\.ts$/ }, () => ({
        contents,
        loader: "ts",
      }));
    },
  };
}

async function describe(source: string): Promise<Row> {
  const bytes = await Bun.file(source).bytes();
  const sha256 = Bun.SHA256.hash(bytes, "hex");
  return { name: basename(source), sizeBytes: bytes.length, sha256, source };
}

function moduleText(libraries: Row[], gguf: Row[], licences: string): string {
  const all = [...libraries, ...gguf];
  const identity = all.map(({ name, sha256 }) => [name, sha256]).sort();
  const buildId = Bun.SHA256.hash(JSON.stringify(identity), "hex").slice(0, 16);
  const imports = all.map(
    ({ source }, i) => `import f${i} from ${JSON.stringify(source)} with { type: "file" };`,
  );
  const fields = ({ name, sizeBytes, sha256 }: Row) => JSON.stringify({ name, sizeBytes, sha256 });
  const entry = (row: Row) => `{ path: f${all.indexOf(row)}, ${fields(row).slice(1)}`;
  return [
    ...imports,
    `import licences from ${JSON.stringify(licences)} with { type: "file" };`,
    "export const embedded = {",
    `  buildId: ${JSON.stringify(buildId)},`,
    `  libraries: [${libraries.map(entry).join(", ")}],`,
    `  models: [${gguf.map(entry).join(", ")}],`,
    "  licences,",
    "};",
  ].join("\n");
}
