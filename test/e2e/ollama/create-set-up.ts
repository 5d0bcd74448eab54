import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { lines } from "../../support/fake-engine.ts";
import type { RunningServer } from "../../support/server.ts";

export const question = "What is the capital of France?";

/** Uploads the file as a blob, if it is not there. @returns its digest */
export async function upload(server: RunningServer, path: string): Promise<string> {
  const bytes = readFileSync(path);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const url = `${server.url}/api/blobs/${digest}`;
  if ((await fetch(url, { method: "HEAD" })).status === 200) return digest;
  const { status } = await fetch(url, { method: "POST", body: bytes });
  if (status !== 201) throw new Error(`the upload was answered with ${status}`);
  return digest;
}

/** @returns the statuses, each once. @throws with the body unless all goes well */
export async function create(server: RunningServer, body: object): Promise<string[]> {
  const response = await server.post("/api/create", body);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const steps = (await lines(response)) as { status?: string; error?: string }[];
  const error = steps.find((step) => step.error !== undefined);
  if (error) throw new Error(error.error);
  return [...new Set(steps.map(({ status = "" }) => status))];
}

/** @returns the status, and the error's text */
export async function refused(server: RunningServer, body: object): Promise<[number, string]> {
  const response = await server.post("/api/create", body);
  const { error } = (await response.json()) as { error: string };
  return [response.status, error];
}

/** What is asked of the model, as its template has it. */
export async function rendered(server: RunningServer, model: string): Promise<string> {
  const messages = [{ role: "user", content: question }];
  const body = { model, messages, stream: false, _debug_render_only: true };
  const answer = await (await server.post("/api/chat", body)).json();
  const { _debug_info: info } = answer as { _debug_info?: { rendered_template: string } };
  if (!info) throw new Error(JSON.stringify(answer));
  return info.rendered_template;
}

/** The model's answer about the capital of France. */
export async function said(server: RunningServer, model: string): Promise<string> {
  const messages = [{ role: "user", content: question }];
  const body = { model, messages, stream: false, options: { temperature: 0 } };
  const answer = await (await server.post("/api/chat", body)).json();
  const { message } = answer as { message?: { content: string } };
  if (!message) throw new Error(JSON.stringify(answer));
  return message.content;
}
