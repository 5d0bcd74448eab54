import type { Gate } from "./gate.ts";

/**
 * What browsers may make of answers: nothing but what they say that they are; and pages tell no
 * other server where somebody came from. What pages may load and who may frame them, their own
 * policy says.
 */
export const safetyGate: Gate = async (request, next) => {
  const response = await next(request);
  response.headers.set("x-content-type-options", "nosniff");
  if (response.headers.get("content-type")?.startsWith("text/html")) {
    response.headers.set("referrer-policy", "no-referrer");
  }
  return response;
};
