import { make } from "./dom.ts";

interface Question {
  title: string;
  text?: string;
  /** What the button says that goes on. */
  action: string;
  isDangerous?: boolean;
  /** Asks for a text, too. */
  field?: { label: string; value: string; type: "text" | "password" };
}

/** Asks in a dialog. @returns what was entered, "" without a field; null: they would rather not */
export function ask(question: Question): Promise<string | null> {
  const { title, text, action, isDangerous = false, field } = question;
  const input = make("input", {
    id: "answer",
    type: field?.type ?? "text",
    value: field?.value ?? "",
    autocomplete: "off",
    hidden: field === undefined,
  });
  const label = field ? [make("label", { htmlFor: input.id }, field.label), input] : [];
  const go = make("button", {
    value: "go",
    className: isDangerous ? "danger" : "primary",
    textContent: action,
  });
  const cancel = make("button", { value: "", textContent: "Cancel", formNoValidate: true });
  const form = make(
    "form",
    { method: "dialog" },
    make("h2", { id: "question" }, title),
    ...(text ? [make("p", {}, text)] : []),
    ...label,
    make("div", { className: "buttons" }, cancel, go),
  );
  // Enter in the field presses the first button that submits.
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    go.click();
  });
  const before = document.activeElement;
  const dialog = make("dialog", { "aria-labelledby": "question", className: "question" }, form);
  document.body.append(dialog);
  dialog.showModal();
  (field ? input : go).focus();
  input.select();
  const { promise, resolve } = Promise.withResolvers<string | null>();
  dialog.addEventListener("close", () => {
    dialog.remove();
    focusAgain(before);
    resolve(dialog.returnValue === "go" ? input.value : null);
  });
  return promise;
}

/** Chromium gives the focus back without the caret: what is typed then would be lost. */
function focusAgain(element: Element | null): void {
  if (!(element instanceof HTMLElement)) return;
  element.blur();
  element.focus();
}
