/** What llama.cpp reads as it is. */
const readable = new Set(["image/png", "image/jpeg"]);
/** Models see less; more is only slow to send, pixels and bytes. */
const sideMax = 2048;
const bytesMax = 4e6;

/**
 * A picture as servers can read it: other formats are written anew, and large ones made smaller.
 * @throws Error when the browser cannot read it either
 */
export async function toPicture(file: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error("That is no picture that this browser can read.");
  });
  const { width, height } = bitmap;
  const scale = Math.min(1, sideMax / Math.max(width, height));
  if (scale === 1 && readable.has(file.type) && file.size <= bytesMax) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser cannot change pictures.");
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const { promise, resolve } = Promise.withResolvers<Blob | null>();
  canvas.toBlob(resolve, scale < 1 || file.size > bytesMax ? "image/jpeg" : "image/png", 0.92);
  const written = await promise;
  if (!written) throw new Error("The picture cannot be made smaller.");
  return written;
}

/** The pictures among what was dropped or pasted. */
export function picturesIn(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])].filter(({ type }) => type.startsWith("image/"));
}

const urls = new WeakMap<Blob, string>();

/** An address under which the page can show it. */
export function urlOf(picture: Blob): string {
  const url = urls.get(picture) ?? URL.createObjectURL(picture);
  urls.set(picture, url);
  return url;
}
