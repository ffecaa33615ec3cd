import { Elysia, type AnyElysia } from 'elysia'
import { access } from '../../shared/access.ts'
import type { OpenApiDocument } from '../../shared/host/document.ts'
import type { RateLimit } from '../../shared/host/host.ts'
import type { Metrics } from '../../shared/host/metric.ts'
import type { Readiness } from '../../shared/host/readiness.ts'
import type { Replicas } from '../../shared/host/replicas.ts'
import type { Tracing } from '../../shared/host/tracing.ts'
import { locateFile } from '../../shared/program.ts'
import { webConsole } from './console.ts'
import { createForward } from './forward.ts'
import type { Operation } from './paths.ts'
import { createRateLimit, type RateLimitOptions } from './rate-limit.ts'

export interface GatewayContext extends RateLimitOptions {
  readiness: Readiness
  /** The services that run elsewhere, with their addresses; the others are in this process. */
  remote: ReadonlyMap<string, Replicas>
  tracing: Tracing | undefined
  metrics: Pick<Metrics, 'gauge'>
}

export interface Gateway {
  app: AnyElysia
  /** What the host of a public process needs besides. */
  front: { guard: RateLimit; document?: () => Promise<OpenApiDocument> }
  close: () => void
}

// Written by `bun run web`.
const consoleFolder = locateFile('web/dist')

/** The public entry point: what it forwards, and its own routes. */
export async function gateway(context: GatewayContext): Promise<Gateway> {
  const { config, readiness, remote, addressOf, tracing, metrics } = context
  const timeout_ms = config.HOP_TIMEOUT_MS
  const { guard, close } = createRateLimit(context)
  const app = new Elysia({ name: 'gateway' }).use(access).use(webConsole(consoleFolder))
  if (remote.size === 0) return { app, front: { guard }, close }
  // With everything in one process, there is nothing to forward.
  const { operationsOf, pathsOf, readDocument } = await import('./paths.ts')
  for (const [service, replicas] of remote) {
    const forward = createForward({ service, replicas, timeout_ms, tracing })
    const hidden = { detail: { hide: true, tags: [service] } }
    readiness.watch(service, replicas.requireReady)
    metrics.gauge('campus_replicas_ready', { backend: service }, replicas.countReady)
    const handleIn =
      ({ slots, isKeyed }: Pick<Operation, 'slots' | 'isKeyed'>) =>
      ({ request, set }: Forwarded) =>
        forward({
          request,
          slots,
          isKeyed,
          client: addressOf(request),
          requestId: String(set.headers['x-request-id']),
        })
    // The body is only passed on; callers without access are refused first.
    const add = (operation: Operation) => {
      const { method, path, rule } = operation
      app.route(method, path, handleIn(operation), { ...hidden, parse: 'none', access: rule })
    }
    for (const operation of operationsOf(service)) add(operation)
    // The service itself refuses what is not in the document: an unknown path or method.
    for (const path of pathsOf(service)) {
      const rest = { method: 'ALL', rule: 'public', slots: 'ordinary', isKeyed: false } as const
      add({ ...rest, path })
      add({ ...rest, path: `${path}/*` })
    }
  }
  // The routes are elsewhere; the document is the same one.
  return { app, front: { guard, document: readDocument }, close }
}

interface Forwarded {
  request: Request
  set: { headers: Record<string, string | number> }
}
