import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { compose } from './services/compose.ts'
import { serviceNames } from './services/index.ts'
import { readConfig } from './shared/host/config.ts'
import { createLog } from './shared/host/log.ts'

// What Deno has and the web has not.
declare const Deno: { createHttpClient: (options: object) => object }

// Deno sends a request again when a kept connection breaks, though it may have taken effect:
// denoland/deno#35610. So each request has a connection of its own.
const fresh = { client: Deno.createHttpClient({ poolMaxIdlePerHost: 0 }) }
const fetchKept = globalThis.fetch
globalThis.fetch = Object.assign(fetchFresh, { preconnect: fetchKept.preconnect })

const config = readConfig(process.env, serviceNames)
const log = createLog({ level: config.LOG_LEVEL, format: config.LOG_FORMAT })
const parts = process.argv.slice(2).filter((name) => name === 'ratings' || name === 'gateway')
if (parts.length === 0 || parts.length + 2 < process.argv.length) {
  throw new Error('Deno runs ratings, gateway or both: name them. All else needs Bun.')
}
const system = await compose({ parts, config, log, id: makeId })
await system.readiness.requireReady()
await system.prepare()
const peers = new WeakMap<Request, { address: string }>()
const server = { requestIP: (request: Request) => peers.get(request) ?? null }
Object.assign(system.app, { server })
system.startTasks()

// `deno serve --allow-all deno.ts ratings` serves this.
// oxlint-disable-next-line import/no-default-export -- Deno looks for it
export default {
  fetch(given: Request, { remoteAddr }: { remoteAddr: { hostname: string } }) {
    const request = withoutEmptyBody(given)
    peers.set(request, { address: remoteAddr.hostname })
    return system.app.fetch(request)
  },
}

async function fetchFresh(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  try {
    return await fetchKept(input, { ...init, ...fresh })
  } catch (error) {
    // Deno says in words what others say by a code.
    const { cause } = error as Error
    const words = cause instanceof Error ? cause.message : ''
    if (words.includes('error (Connect)')) Object.assign(error as Error, { code: 'ECONNREFUSED' })
    if (words.includes('connection closed')) Object.assign(error as Error, { code: 'ECONNRESET' })
    throw error
  }
}

// Deno gives a body to each request that may have one.
function withoutEmptyBody(given: Request): Request {
  const { url, method, headers, signal, body } = given
  if (!body || headers.has('content-length') || headers.has('transfer-encoding')) return given
  return new Request(url, { method, headers, signal })
}

// UUIDv7 (RFC 9562 section 5.7), as lists are in the order of ids. Bun has a function for it.
function makeId(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
