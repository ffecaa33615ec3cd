import type { App } from '../app.ts'

/** Serves an app on a real socket, for tests that need one. Returns its address. */
export function listenForTest(app: App): string {
  const maxRequestBodySize = Number.MAX_SAFE_INTEGER // as serve.ts has it
  app.listen({ port: 0, hostname: '127.0.0.1', reusePort: false, maxRequestBodySize })
  return `http://127.0.0.1:${app.server?.port}`
}
