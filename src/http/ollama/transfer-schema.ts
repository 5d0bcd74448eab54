import { type Static, Type } from "@sinclair/typebox";
import { object } from "../wire.ts";

const { Optional, Boolean: bool, String: text } = Type;

const fields = {
  model: Optional(text({ description: "Such as `llama3.2`, or `hf.co/user/repo:Q4_K_M`." })),
  name: Optional(text({ description: "What `model` was called at first." })),
  insecure: Optional(
    bool({ default: false, description: "The registry is asked by http, or has any certificate." }),
  ),
  stream: Optional(bool({ default: true, description: "false: only the last step is answered." })),
};

export const PullRequest = object(fields, {
  title: "OllamaPullRequest",
  examples: [{ model: "llama3.2" }],
});
export type PullRequest = Static<typeof PullRequest>;

export const PushRequest = object(fields, {
  title: "OllamaPushRequest",
  examples: [{ model: "somebody/mymodel" }],
});
export type PushRequest = Static<typeof PushRequest>;
