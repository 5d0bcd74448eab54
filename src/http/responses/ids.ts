/** An id as OpenAI makes them: `resp_…`, `msg_…`, `rs_…`. */
export function newId(prefix: string): string {
  return `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`;
}
