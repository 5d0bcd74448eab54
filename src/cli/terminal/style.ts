import type { WriteStream } from "node:tty";

type Stream = Pick<WriteStream, "isTTY">;

/** Whether colours may be written: only to a terminal, and not to who asks for none. */
export function hasColors(stream: Stream): boolean {
  return Boolean(stream.isTTY) && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

const styled = (code: number) => (text: string, stream: Stream) =>
  hasColors(stream) ? `\x1b[${code}m${text}\x1b[0m` : text;

export const grey = styled(90);
export const red = styled(31);

/** Columns of a terminal whose size is not known. */
const nColumnsDefault = 80;

export function columnsOf(stream: { columns?: number }): number {
  return stream.columns || nColumnsDefault;
}
