import { NotFoundError } from "elysia";
import { AppError } from "../../core/errors.ts";
import type { Gateway } from "../gateway.ts";
import { toErrorBody } from "./response.ts";

interface Route {
  method: string;
  /** Parts that begin with a colon stand for anything. */
  path: string;
}

/**
 * Answers, in this dialect's own envelope, what none of its routes does: 405 for a path that has
 * other methods, 404 for any other.
 */
export function unknownPath({ settings }: Gateway, routes: readonly Route[]) {
  return ({ request }: { request: Request }): Response => {
    const path = new URL(request.url).pathname;
    const methods = routes.filter((route) => fits(path, route.path)).map(({ method }) => method);
    // llama-server has 404 for that, too.
    if (settings.profile !== "hutch" || methods.length === 0) throw new NotFoundError();
    const allow = [...new Set(methods)].sort().join(", ");
    const error = new AppError("wrong_method", `method not allowed; this path takes ${allow}`);
    return Response.json(toErrorBody(error), { status: error.status, headers: { allow } });
  };
}

function fits(path: string, pattern: string): boolean {
  const [parts, wanted] = [path.split("/"), pattern.split("/")];
  const isAlike = (part: string, i: number) => part.startsWith(":") || part === parts[i];
  return parts.length === wanted.length && wanted.every(isAlike);
}
