import { AppError } from "../core/errors.ts";

/** Options above the first section. */
export const unnamedSection = "default";

/**
 * Reads an INI file: `[section]` and `key = value` lines, comments from `;` or `#` on. The sections
 * come in their order; of a key that stands twice, the last value counts.
 * @throws AppError invalid_request, naming the line
 */
export function parseIni(text: string, path: string): Map<string, Record<string, string>> {
  const sections = new Map<string, Record<string, string>>();
  let current = unnamedSection;
  for (const [i, line] of text.split(/\r\n|\n|\r/).entries()) {
    const plain = line.replace(/[;#].*$/, "").trim();
    if (plain === "") continue;
    const section = /^\[\s*([^\]]+?)\s*\]$/.exec(plain)?.[1];
    if (section !== undefined) {
      current = section;
      sections.set(section, {});
      continue;
    }
    const [, key, value] = /^([A-Za-z_][\w.-]*)\s*=\s*(.*)$/.exec(plain) ?? [];
    if (key === undefined || value === undefined) {
      throw new AppError("invalid_request", `${path}:${i + 1}: neither [section] nor key = value`);
    }
    const options = sections.get(current) ?? {};
    options[key] = value;
    sections.set(current, options);
  }
  return sections;
}
