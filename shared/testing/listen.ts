import type { App } from '../app.ts'

/** Puts an app behind a real socket, for tests of what only a socket has. Returns its address. */
export function listenForTest(app: App): string {
  const maxRequestBodySize = Number.MAX_SAFE_INTEGER // as serve.ts has it
  app.listen({ port: 0, hostname: '127.0.0.1', reusePort: false, maxRequestBodySize })
  return `http://127.0.0.1:${app.server?.port}`
}
