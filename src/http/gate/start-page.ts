const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Hutch</title>
    <style>
      :root { color-scheme: light dark }
      body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto }
      code { font-family: ui-monospace, monospace }
    </style>
  </head>
  <body>
    <h1>Hutch is running</h1>
    <p>A private LLM server that speaks the APIs of OpenAI, Anthropic, Ollama, llama.cpp and
      Nitro.</p>
    <ul>
      <li><a href="swagger">Explore the API</a></li>
      <li><a href="v1/models">Models</a> (<code>v1/models</code>)</li>
      <li><a href="health">Health</a> (<code>health</code>)</li>
    </ul>
  </body>
</html>
`;

const headers = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; " +
    "form-action 'none'",
  "cache-control": "no-cache",
};

/** What a browser sees at "/" without a folder of static files. Its links work below a prefix. */
export function startPage(request: Request): Response {
  return new Response(request.method === "HEAD" ? null : html, { headers });
}
