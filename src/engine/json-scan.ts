/** Where the object or list that begins at `start` ends, or null where it goes on. */
export function jsonEnd(text: string, start: number): number | null {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      const end = stringEnd(text, i);
      if (end === null) return null;
      i = end - 1;
    } else if (c === "{" || c === "[") depth++;
    else if ((c === "}" || c === "]") && --depth === 0) return i + 1;
  }
  return null;
}

function stringEnd(text: string, start: number): number | null {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i + 1;
  }
  return null;
}

/**
 * The members of an object, their values as they are written, so that no number is changed.
 * Null when it is no JSON object.
 */
export function jsonMembers(text: string): Map<string, string> | null {
  const value = parsed(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const members = new Map<string, string>();
  let at = text.indexOf("{") + 1;
  for (;;) {
    const keyStart = text.indexOf('"', at);
    const keyEnd = keyStart < 0 ? null : stringEnd(text, keyStart);
    if (keyEnd === null) return members;
    const start = text.indexOf(":", keyEnd) + 1;
    const end = valueEnd(text, start);
    members.set(String(parsed(text.slice(keyStart, keyEnd))), text.slice(start, end).trim());
    at = end + 1;
  }
}

/** Where a member's value ends: at the comma or brace behind it. */
function valueEnd(text: string, start: number): number {
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (c === '"') i = (stringEnd(text, i) ?? text.length) - 1;
    else if (c === "{" || c === "[") i = (jsonEnd(text, i) ?? text.length) - 1;
    else if (c === "," || c === "}") return i;
  }
  return text.length;
}

/** What JSON text means; undefined for what is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
