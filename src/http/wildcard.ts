/** Whether `pattern`, in which `*` stands for any stretch, is `text`; case does not count. */
export function matches(text: string, pattern: string): boolean {
  const expression = pattern.split("*").map(RegExp.escape).join(".*");
  return new RegExp(`^${expression}$`, "i").test(text);
}
