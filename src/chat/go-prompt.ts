import type { Message, Tool } from "../core/messages.ts";
import { messagesValue, type Turn, turnsOf } from "./go-conversation.ts";
import { Budget, type BudgetLimits } from "./go-template/budget.ts";
import type { Clock } from "./go-template/functions.ts";
import type { Node } from "./go-template/nodes.ts";
import { GoTemplate } from "./go-template/template.ts";
import { GoMap, type Value } from "./go-template/values.ts";
import { namesIn, namesOf } from "./go-template/walk.ts";
import { toolsValue } from "./go-tools.ts";

/** What a template is given. */
export interface GoPrompt {
  messages: Message[];
  tools: Tool[];
  /** What follows the gap that the answer fills, the last message being what comes before. */
  suffix?: string | undefined;
  /** null: nobody said whether to think. */
  think: boolean | null;
  thinkLevel?: string | undefined;
  /** Stands for each picture. */
  marker: string;
  limits?: BudgetLimits;
}

/** Renders conversations as Ollama does with a template of its Modelfile's TEMPLATE. */
export class GoPromptTemplate {
  readonly #template: GoTemplate;
  readonly #hasMessages: boolean;

  /** @throws AppError invalid_request when the template does not parse */
  constructor(text: string) {
    const template = GoTemplate.parse(text);
    const names = new Set([...namesOf(template.trees)].map((name) => name.toLowerCase()));
    this.#hasMessages = names.has("messages");
    const hasAnswer = this.#hasMessages || names.has("response");
    this.#template = hasAnswer ? template : template.withRoot([...template.root, response]);
  }

  /** @throws AppError invalid_request in Go's words */
  render(prompt: GoPrompt, clock?: Clock): string {
    const { messages, suffix, tools, marker } = prompt;
    const turns = turnsOf(messages, marker);
    const budget = new Budget(prompt.limits);
    const thinking = {
      Think: prompt.think ?? false,
      ThinkLevel: prompt.thinkLevel ?? "",
      IsThinkSet: prompt.think !== null,
    };
    const before = turns.at(-1)?.content ?? "";
    if (suffix && before !== "") {
      const data = { Prompt: before, Suffix: suffix, Response: "", ...thinking };
      return this.#template.render(mapOf(data), clock, budget);
    }
    if (!this.#hasMessages) return this.#renderTurns(turns, thinking, budget, clock);
    const system = turnsOfRole(turns, "system").join("\n\n");
    const data = {
      System: system,
      Messages: messagesValue(turns),
      Tools: toolsValue(tools),
      Response: "",
      ...thinking,
    };
    return this.#template.render(mapOf(data), clock, budget);
  }

  /** A template that knows no messages is used once for each question with its answer. */
  #renderTurns(
    turns: Turn[],
    thinking: Record<string, Value>,
    budget: Budget,
    clock?: Clock,
  ): string {
    let text = "";
    let pair = { System: "", Prompt: "", Response: "" };
    const flush = () => {
      text += this.#template.render(mapOf({ ...pair, ...thinking }), clock, budget);
      pair = { System: "", Prompt: "", Response: "" };
    };
    for (const { role, content } of turns) {
      if (role === "system") {
        if (pair.Prompt !== "" || pair.Response !== "") flush();
        pair.System = content;
      } else if (role === "user") {
        if (pair.Response !== "") flush();
        pair.Prompt = content;
      } else if (role === "assistant") pair.Response = content;
    }
    const open = this.#template.withRoot(cutAfterResponse(this.#template.root).list);
    return text + open.render(mapOf({ ...pair, ...thinking }), clock, budget);
  }
}

/** `{{ .Response }}` */
const response: Node = {
  kind: "action",
  pos: 0,
  pipe: {
    kind: "pipe",
    pos: 0,
    decl: [],
    isAssign: false,
    commands: [
      { kind: "command", pos: 0, args: [{ kind: "field", pos: 0, idents: ["Response"] }] },
    ],
  },
};

function mapOf(values: Record<string, Value>): GoMap {
  return new GoMap(new Map(Object.entries(values)));
}

function turnsOfRole(turns: Turn[], wanted: Turn["role"]): string[] {
  return turns.filter(({ role }) => role === wanted).map(({ content }) => content);
}

/** Nodes up to where the answer is printed: what follows it would come before a new one. */
function cutAfterResponse(list: Node[]): { list: Node[]; isCut: boolean } {
  const kept: Node[] = [];
  for (const node of list) {
    if (node.kind === "action" && namesIn(node.pipe).includes("Response")) {
      return { list: [...kept, node], isCut: true };
    }
    if (!("list" in node)) {
      kept.push(node);
      continue;
    }
    const inner = cutAfterResponse(node.list);
    const other = node.elseList && cutAfterResponse(node.elseList);
    kept.push({ ...node, list: inner.list, elseList: other?.list ?? null });
    if (inner.isCut || other?.isCut) return { list: kept, isCut: true };
  }
  return { list: kept, isCut: false };
}
