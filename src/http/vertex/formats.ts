/**
 * The routes that an instance's `@requestFormat` may name, by path or by the path's name in camel
 * case, of which OpenAI's `/v1` ones come before others. Only POST routes take a body; none with a
 * parameter, which an instance cannot give.
 */
export function formatsOf(
  routes: readonly { method: string; path: string }[],
): ReadonlyMap<string, string> {
  const formats = new Map<string, string>();
  const paths = routes
    .filter(({ method, path }) => method === "POST" && !/[:*]/.test(path))
    .map(({ path }) => path);
  const isOpenAi = (path: string) => path.startsWith("/v1/");
  for (const path of [...paths.filter(isOpenAi), ...paths.filter((path) => !isOpenAi(path))]) {
    for (const name of [path, toCamelCase(path)]) {
      if (!formats.has(name)) formats.set(name, path);
    }
  }
  return formats;
}

/** `/v1/chat/completions` → `chatCompletions` */
function toCamelCase(path: string): string {
  const words = path
    .replace(/^\/v1(?=\/)/, "")
    .split(/[/\-_]/)
    .filter((word) => word !== "");
  return words.map((word, i) => (i === 0 ? word : capitalised(word))).join("");
}

const capitalised = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1);
