/** `import path from "…" with { type: "file" }`: Bun embeds the file; the value is its path. */
declare module "swagger-ui-dist/*" {
  const path: string;
  export = path;
}
