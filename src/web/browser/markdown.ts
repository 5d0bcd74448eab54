import DOMPurify from "dompurify";
import { Marked, type Token } from "marked";
import { copyButton, make } from "./dom.ts";

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string) => text.replace(/[&<>"]/g, (letter) => escapes[letter] ?? letter);

/**
 * HTML in an answer is text, for people ask about HTML; and a picture is a link to it, for what a
 * page fetches by itself tells somebody of the conversation.
 */
const markdown = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }) => escaped(text),
    image: ({ href, text }) => `<a href="${escaped(href)}">${escaped(text || href)}</a>`,
  },
});

/** All that Markdown can say, and nothing more. */
const allowed = {
  ALLOWED_TAGS: [
    ...["a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr"],
    ...["input", "li", "ol", "p", "pre", "strong"],
    ...["table", "tbody", "td", "th", "thead", "tr", "ul", "#text"],
  ],
  ALLOWED_ATTR: ["align", "checked", "class", "disabled", "href", "start", "title", "type"],
  ALLOWED_URI_REGEXP: /^(https?|mailto):/i,
  RETURN_DOM_FRAGMENT: true as const,
};

/** Text as it grows: what has not changed since the last time stays as it is. */
export class MarkdownView {
  readonly element = make("div", { className: "markdown" });
  #raws: string[] = [];

  show(text: string): void {
    const tokens = tokensOf(text);
    for (const [i, token] of tokens.entries()) {
      if (this.#raws[i] === token.raw) continue;
      const block = make("div", {}, rendered(token));
      const old = this.element.children[i];
      if (old) old.replaceWith(block);
      else this.element.append(block);
    }
    while (this.element.children.length > tokens.length) this.element.lastElementChild?.remove();
    this.#raws = tokens.map(({ raw }) => raw);
  }
}

function tokensOf(text: string): Token[] {
  try {
    return markdown.lexer(text).filter(({ type }) => type !== "space");
  } catch {
    return [{ type: "text", raw: text, text }]; // nested too deep
  }
}

function rendered(token: Token): Node {
  const fragment = DOMPurify.sanitize(htmlOf(token), allowed);
  for (const link of fragment.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  for (const box of fragment.querySelectorAll("input")) box.disabled = true;
  for (const table of fragment.querySelectorAll("table")) {
    const scroller = make("div", { className: "scroller", tabIndex: 0 });
    table.replaceWith(scroller);
    scroller.append(table);
  }
  for (const pre of fragment.querySelectorAll("pre")) withHead(pre);
  return fragment;
}

function htmlOf(token: Token): string {
  try {
    return markdown.parser([token]);
  } catch {
    return escaped(token.raw);
  }
}

/** Puts a code block's language and a button that copies it above it. */
function withHead(pre: HTMLPreElement): void {
  const language = /language-(\S+)/.exec(pre.firstElementChild?.className ?? "")?.[1] ?? "";
  const read = () => pre.textContent.replace(/\n$/, "");
  const button = copyButton("Copy", read);
  button.setAttribute("aria-label", `Copy ${language} code`.replace("  ", " "));
  const head = make("div", { className: "code-head" }, make("span", {}, language), button);
  const box = make("div", { className: "code" }, head);
  pre.tabIndex = 0; // so that it can be scrolled by keys
  pre.replaceWith(box);
  box.append(pre);
}
