import { openAsBlob } from 'node:fs'
import { Elysia } from 'elysia'
import { access } from '../access.ts'
import { locateFile } from '../program.ts'
import type { OpenApiDocument } from './document.ts'

/**
 * Plugin: `/swagger`, the page, and `/swagger/json`, the document. All its files are served from
 * here, so it works offline, and none is inline, so it works under a strict CSP.
 */
export function swagger(readDocument: () => Promise<OpenApiDocument>) {
  const hidden = { access: 'public', detail: { hide: true } } as const
  return new Elysia({ name: 'swagger' })
    .use(access)
    .get('/swagger', () => answer(page, 'text/html; charset=utf-8', policy), hidden)
    .get('/swagger/start.js', () => answer(start, 'text/javascript'), hidden)
    .get('/swagger/swagger-ui.js', () => send('swagger-ui-bundle.js', 'text/javascript'), hidden)
    .get('/swagger/swagger-ui.css', () => send('swagger-ui.css', 'text/css'), hidden)
    .get('/swagger/json', async () => Response.json(await readDocument()), hidden)
}

function answer(body: string | Blob, type: string, headers = {}): Response {
  return new Response(body, { headers: { 'content-type': type, ...headers } })
}

async function send(name: string, type: string): Promise<Response> {
  return answer(await openAsBlob(locateFile(`node_modules/swagger-ui-dist/${name}`)), type)
}

// Tokens are typed into this page, so no foreign code may run in it.
const policy = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Campus API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/swagger/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/swagger/swagger-ui.js"></script>
<script src="/swagger/start.js"></script>
</body>
</html>
`

const start = `SwaggerUIBundle({
  url: '/swagger/json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
})
`
