/**
 * What changes the server for everybody, or tells of all that it has. Whoever may use only some of
 * its models may do none of it.
 */
const management: readonly RegExp[] = [
  /^\w+ \/api\/(create|pull|push|copy|delete|blobs\/.*)$/,
  /^(POST|DELETE) \/models$/,
  /^\w+ \/models\/(load|unload|sse)$/,
  /^\w+ \/inferences\/\w+\/(loadmodel|unloadmodel|modelstatus)$/,
  /^POST \/(props|lora-adapters|slots\/.*)$/,
  /^\w+ \/(metrics|status)$/,
];

export function isManagement(method: string, path: string): boolean {
  const call = `${method} ${path.replace(/\/+$/, "")}`;
  return management.some((pattern) => pattern.test(call));
}
