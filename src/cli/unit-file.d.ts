/** `import text from "…/hutch.service" with { type: "text" }`: what the file holds. */
declare module "*.service" {
  const text: string;
  export = text;
}
