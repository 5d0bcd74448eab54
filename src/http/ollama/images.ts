import type { PromptPart } from "../../core/generate.ts";
import type { MediaPart, Message, Part } from "../../core/messages.ts";
import { base64Media } from "../media.ts";

const placeholder = "[img]";

/** @param field that the pictures are in @throws AppError for what is no picture in base64 */
export function toImages(images: readonly string[] | undefined, field: string): MediaPart[] {
  return (images ?? []).map((image, i) => base64Media(image, `${field}[${i}]`));
}

/** Each picture stands where the text has a placeholder for it, or before the text. */
export function withImages(text: string, images: readonly MediaPart[]): Part[] {
  const pieces = text.split(placeholder);
  const nPlaced = Math.min(images.length, pieces.length - 1);
  const first = images.slice(nPlaced);
  const placed = images.slice(0, nPlaced).flatMap((image, i) => [...said(pieces[i]), image]);
  return [...first, ...placed, ...said(pieces.slice(nPlaced).join(placeholder))];
}

const said = (text = ""): Part[] => (text === "" ? [] : [{ type: "text", text }]);

/** A raw prompt: `[img-0]` stands for the first picture; those not named come before the text. */
export function rawParts(text: string, images: readonly MediaPart[]): PromptPart[] {
  const named = new Set<number>();
  const parts = text.split(/\[img-(\d+)\]/).flatMap((piece, i): PromptPart[] => {
    if (i % 2 === 0) return piece === "" ? [] : [piece];
    const image = images[Number(piece)];
    if (!image) return [marker(Number(piece))];
    named.add(Number(piece));
    return [image.bytes];
  });
  const others = images.filter((_, i) => !named.has(i)).map(({ bytes }) => bytes);
  return [...others, ...parts];
}

/** What stands for picture number `i` where a prompt is shown. */
export const marker = (i: number) => `[img-${i}]`;

/** A conversation with markers instead of its pictures. */
export function withMarkers(messages: readonly Message[]): Message[] {
  let n = 0;
  return messages.map((message) => {
    const texts = message.parts.map((part) => (part.type === "text" ? part.text : marker(n++)));
    return { ...message, parts: said(texts.join("")) };
  });
}
