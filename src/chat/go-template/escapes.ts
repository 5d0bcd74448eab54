import { isPrintable } from "./quote.ts";

const htmlEscapes: Record<string, string> = {
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\0": "\ufffd",
};

/** Go's template.HTMLEscapeString. */
export function htmlEscaped(text: string): string {
  return text.replace(/["'&<>\0]/g, (c) => htmlEscapes[c] ?? c);
}

/** Go's template.JSEscapeString. */
export function jsEscaped(text: string): string {
  return Array.from(text, (c) => {
    if (/[\\'"]/.test(c)) return `\\${c}`;
    const code = c.codePointAt(0) ?? 0;
    const isPlain = code >= 0x20 && (code < 0x80 || isPrintable(c)) && !/[<>&=]/.test(c);
    return isPlain ? c : `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
  }).join("");
}

/** Go's url.QueryEscape. */
export function queryEscaped(text: string): string {
  const escaped = encodeURIComponent(text.toWellFormed());
  return escaped
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}
