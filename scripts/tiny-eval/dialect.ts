import type { Answer, Ask, Gap } from "./ask.ts";

/** Posts to the server, with the model's name in the body. @throws Error unless it says 200 */
export type Post = (path: string, body: object) => Promise<unknown>;

/** One of the APIs that the server speaks: how a question is put in it, and an answer read. */
export interface Dialect {
  readonly name: string;
  /** Whether its requests have a form for this question. */
  takes(ask: Ask): boolean;
  ask(post: Post, ask: Ask): Promise<Answer>;
  /** What belongs into the gap. */
  infill?(post: Post, gap: Gap): Promise<string>;
  /** One vector for each text. */
  embed?(post: Post, texts: readonly string[]): Promise<readonly (readonly number[])[]>;
}
