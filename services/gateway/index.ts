import { Elysia } from 'elysia'
import { access } from '../../shared/access.ts'
import type { Config } from '../../shared/config.ts'
import type { Readiness } from '../../shared/readiness.ts'
import { createClientAddress } from './client-address.ts'
import { createForward } from './forward.ts'
import { pathsOf } from './paths.ts'

export interface GatewayOptions {
  config: Config
  readiness: Readiness
  /** The services that run elsewhere, and where; the others are in this process already. */
  remote: readonly { service: string; url: string }[]
}

/** The one public door: what it forwards, and what it has of its own. */
export function gateway({ config, readiness, remote }: GatewayOptions) {
  const clientAddress = createClientAddress(config.trustedProxies)
  const hidden = { access: 'public', detail: { hide: true } } as const
  const app = new Elysia({ name: 'gateway' })
    .use(access)
    .get('/', ({ redirect }) => redirect('/swagger'), hidden)
  for (const { service, url } of remote) {
    const forward = createForward({ service, url, timeout_ms: config.hopTimeout_ms })
    readiness.watch(service, () => requireReady(url))
    for (const path of pathsOf(service).flatMap((owned) => [owned, `${owned}/*`])) {
      app.all(
        path,
        ({ request, set, server }) => {
          const peer = server?.requestIP(request)?.address ?? ''
          const client = clientAddress(peer, request.headers.get('x-forwarded-for'))
          return forward({ request, client, requestId: String(set.headers['x-request-id']) })
        },
        // The service itself knows who may; here the body only passes through.
        { ...hidden, parse: 'none' },
      )
    }
  }
  return app
}

async function requireReady(url: string): Promise<void> {
  const { ok, status } = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) })
  if (!ok) throw new Error(`${url}/readyz answered ${status}`)
}
