import { connect, requireServer } from "../client/connect.ts";
import type { ListedModel, LoadedModel } from "../client/wire.ts";
import type { Command } from "../command.ts";
import { printable } from "../terminal/graphemes.ts";
import { ago, bytes, fromNow } from "../terminal/human.ts";
import { table } from "../terminal/table.ts";

const idLength = 12;

export const list: Command = {
  name: "list",
  aliases: ["ls"],
  usage: "[PREFIX]",
  summary: "list the models that are here",
  options: [],
  nWords: { min: 0, max: 1 },
  run: async ({ words: [prefix = ""] }) => {
    await using connection = await connect(process.env);
    const { models } = await connection.client.get<{ models: ListedModel[] }>("/api/tags");
    const isMeant = ({ name }: ListedModel) => name.toLowerCase().startsWith(prefix.toLowerCase());
    console.log(listing(models.filter(isMeant), Date.now()));
  },
};

export function listing(models: readonly ListedModel[], nowMs: number): string {
  const rows = models.map(({ name, digest, size, modified_at }) => [
    printable(name),
    shortId(digest),
    bytes(size),
    ago(modified_at, nowMs),
  ]);
  return table([["NAME", "ID", "SIZE", "MODIFIED"], ...rows]);
}

export const ps: Command = {
  name: "ps",
  usage: "",
  summary: "list the models that are loaded",
  options: [],
  nWords: { min: 0, max: 0 },
  run: async () => {
    const client = await requireServer(process.env);
    const { models } = await client.get<{ models: LoadedModel[] }>("/api/ps");
    console.log(loadedListing(models, Date.now()));
  },
};

function loadedListing(models: readonly LoadedModel[], nowMs: number): string {
  const rows = models.map(({ name, digest, context_length, expires_at, ...sizes }) => [
    printable(name),
    shortId(digest),
    bytes(sizes.size),
    processor(sizes),
    String(context_length ?? ""),
    fromNow(expires_at, nowMs),
  ]);
  return table([["NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL"], ...rows]);
}

const shortId = (digest: string) => digest.replace(/^sha256:/, "").slice(0, idLength);

/** Where a model lies: in the GPU's memory, in the machine's, or in both. */
function processor({ size, size_vram = 0 }: Pick<LoadedModel, "size" | "size_vram">): string {
  if (size_vram <= 0) return "100% CPU";
  if (size_vram >= size) return "100% GPU";
  const cpu = Math.round(((size - size_vram) / size) * 100);
  return `${cpu}%/${100 - cpu}% CPU/GPU`;
}
