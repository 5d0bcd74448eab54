import { Elysia } from "elysia";
import { envelopeOf } from "../envelopes.ts";
import { errorResponse } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { completion } from "./completion.ts";
import { embedding } from "./embedding.ts";
import { health } from "./health.ts";
import { lora } from "./lora.ts";
import { metrics } from "./metrics.ts";
import { models } from "./models.ts";
import { props } from "./props.ts";
import { ready } from "./ready.ts";
import { router } from "./router.ts";
import { slots } from "./slots.ts";
import { tokens } from "./tokens.ts";

/** llama-server's own API; what of it lies among OpenAI's paths has OpenAI's form of errors. */
export function llamacpp(gateway: Gateway) {
  const { profile } = gateway.settings;
  return new Elysia({ name: "llamacpp" })
    .onError(({ error, request }) => errorResponse(error, envelopeOf(request, profile)))
    .use(health(gateway))
    .use(ready(gateway))
    .use(completion(gateway))
    .use(tokens(gateway))
    .use(embedding(gateway))
    .use(models(gateway))
    .use(router(gateway))
    .use(props(gateway))
    .use(slots(gateway))
    .use(lora(gateway))
    .use(metrics(gateway))
    .all("/tools", featureDisabled, { detail: { hide: true } })
    .all("/cors-proxy", featureDisabled, { detail: { hide: true } });
}

/** What llama-server says of what only its web page's agent needs, unless that is switched on. */
function featureDisabled(): Response {
  const error = { message: "this feature is disabled", type: "feature_disabled" };
  return Response.json({ error }, { status: 403 });
}
