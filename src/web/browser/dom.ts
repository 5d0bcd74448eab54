type Child = Node | string;
type Properties = Record<string, unknown>;

/** An element; names that it has no property for become attributes. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name in element) Object.assign(element, { [name]: value });
    else element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** The element of the page with this id. @throws TypeError when it is another kind of element */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new TypeError(`the page has no ${kind.name} #${id}`);
}

/** Readers of the screen say the text, whatever has the focus. */
export function announce(text: string): void {
  byId("announcer", HTMLElement).textContent = text;
}

/** Browsers offer their clipboard only to pages of this machine and of HTTPS. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return await navigator.clipboard.writeText(text);
  const area = make("textarea", { value: text, className: "visually-hidden" });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** A button that copies what `read` returns, and says so for a moment. */
export function copyButton(label: string, read: () => string): HTMLButtonElement {
  const button = make("button", { type: "button", className: "quiet", textContent: label });
  button.addEventListener("click", async () => {
    await copyText(read());
    button.textContent = "Copied";
    announce("Copied");
    setTimeout(() => (button.textContent = label), 1500);
  });
  return button;
}

export function actionButton(label: string, act: () => unknown): HTMLButtonElement {
  const button = make("button", { type: "button", className: "quiet", textContent: label });
  button.addEventListener("click", () => void act());
  return button;
}
