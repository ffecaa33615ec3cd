import type { AnyElysia } from 'elysia'
import { requireAccess, toServiceCaller } from '../shared/access.ts'
import type { Authenticator } from '../shared/host/authenticator.ts'
import { createClient } from '../shared/host/client.ts'
import { createClientAddress } from '../shared/host/client-address.ts'
import type { Config } from '../shared/host/config.ts'
import type { Context } from '../shared/context.ts'
import type { OpenApiDocument } from '../shared/host/document.ts'
import { host } from '../shared/host/host.ts'
import { peerOf } from '../shared/host/inside.ts'
import { parseJsonBodies } from '../shared/host/json-body.ts'
import type { Log } from '../shared/host/log.ts'
import { createMetrics, type Metrics } from '../shared/host/metric.ts'
import { pruneRows, readOverdue } from '../shared/host/prune.ts'
import { createReadiness } from '../shared/host/readiness.ts'
import { followRemovedUsers } from '../shared/host/removed-users.ts'
import { createReplicas, refreshReplicasEvery_s, type Replicas } from '../shared/host/replicas.ts'
import { createSecret, keepSecret } from '../shared/host/secret.ts'
import { createStores, type Stores } from '../shared/store/open.ts'
import { createSchedule, type Schedule } from '../shared/host/schedule.ts'
import type { Tracing } from '../shared/host/tracing.ts'
import { watchForDamage } from './damage.ts'
import { createRateLimit } from './gateway/rate-limit.ts'
import { gateway } from './gateway/index.ts'
import { listTags, serviceNames, services, type Service, type ServiceName } from './index.ts'
import { createIdentity } from './identity.ts'
import { openStore } from './open-store.ts'
import { removedUsers } from './users/authority.ts'
import type { UsersApi } from './users/index.ts'

export interface ComposeOptions {
  /** What runs in this process. */
  parts: readonly ('gateway' | ServiceName)[]
  config: Config
  log: Log
  clock?: () => number
  id?: () => string
  stores?: Stores
  authenticator?: Authenticator
}

/**
 * Builds what runs in one process: its databases opened and migrated, its services behind one
 * host. Nothing listens yet and no timer runs.
 * @throws when a database cannot be opened or its overlap constraint is missing, or a route
 *   declares no access
 */
export async function compose(options: ComposeOptions) {
  const { parts, config, log, clock = Date.now, id = Bun.randomUUIDv7 } = options
  const { local, isGateway, name } = divide(parts)
  const tracing = await startTracing(name, config)
  const { stores = createStores(tracing?.statement) } = options
  const readiness = createReadiness(log)
  const { metrics, schedule } = createTasks(local, { log, clock })
  const announced: [name: string, text: string][] = []
  const remote = findOthers(local, config, schedule)
  const secret = createSecret(config.secret ?? keepSecret(config.secretFile), config.secretPrevious)
  const {
    authenticator = createIdentity({ local, isGateway, secret, config, clock, log, clientOf }),
  } = options
  schedule.every(endedLoginsEvery_s, 'learn ended logins and keys', authenticator.refresh)
  // Behind the gateway its word on the client counts.
  const toAddress = createClientAddress(isGateway ? config.trustedProxies : config.allowedCallers)

  function locate(name: string): AnyElysia | Replicas {
    return remote.get(name as ServiceName) ?? app
  }

  function clientOf<Api extends AnyElysia>(from: string, to: string) {
    return createClient<Api>(locate(to) as Api | Replicas, {
      timeout_ms: config.hopTimeout_ms,
      tracing,
      // Who calls himself, or as an operator, is not another service.
      caller: toServiceCaller(from, from === to || from === 'operator' ? 'system' : 'service'),
      signToken: () => authenticator.signServiceToken(from, to),
    })
  }

  function addressOf(request: Request): string {
    const peer = peerOf(request, app.server)
    return peer === undefined ? '' : toAddress(peer, request.headers.get('x-forwarded-for'))
  }

  async function contextFor(name: ServiceName): Promise<Context> {
    const store = await openStore(name, { stores, config, log, metrics, readiness, schedule })
    return {
      store,
      config,
      log: log.with({ service: name }),
      clock,
      id,
      secret,
      addressOf,
      endOf: authenticator.endOf,
      client: <Api extends AnyElysia>(other: string) => clientOf<Api>(name, other),
      stopping: schedule.stopping,
      check: (check, probe) => readiness.check(`${name}: ${check}`, probe),
      announce: (label, text) => announced.push([label, text]),
      onUsersRemoved: (forget) => {
        const fetchRemoved = removedUsers(() => clientOf<UsersApi>(name, 'users'))
        const follow = followRemovedUsers({ fetchRemoved, forget, clock })
        schedule.every(removedUsersEvery_s, `${name}: forget removed users`, follow)
      },
      prune: (rows) => keepPruned(rows, { name, store, clock, schedule, metrics }),
      every: (seconds, task, run) => schedule.every(seconds, `${name}: ${task}`, run),
    }
  }

  const contexts = await Promise.all(local.map(contextFor))
  const apps = local.map((name, at) => services[name].create(contexts[at] as Context))
  const common = { config, log, readiness, metrics, tracing, clock, authenticator, addressOf }
  const guard = isGateway && createRateLimit(common)
  const app: AnyElysia = host({
    ...common,
    name,
    public: isGateway,
    tags: listTags(),
    ...(guard && { guard: guard.guard }),
    // Split, the routes are elsewhere; the document is the same one.
    ...(isGateway && remote.size > 0 && { document: readMergedDocument }),
  })
  app.use(parseJsonBodies(apps))
  if (isGateway) app.use(await gateway({ ...common, remote }))
  requireAccess(app.routes)

  return {
    app,
    name,
    readiness,
    announced,
    /** What must be there before anybody is served: the first administrator, for one. */
    prepare: async () => {
      for (const [at, service] of local.entries()) {
        await (services[service] as Service).prepare?.(contexts[at] as Context)
      }
      // From now on: the first start of users has just made the first key.
      readiness.check('keys of users', authenticator.requireKeys)
    },
    fillSamples: async () => {
      for (const [at, service] of local.entries()) {
        await services[service].fill(contexts[at] as Context)
      }
    },
    /** Calls a service as another. */
    clientOf,
    /** Learns which logins ended, and which keys are good. */
    refresh: authenticator.refresh,
    startTasks: schedule.start,
    /** Ends what would not end by itself: streams and timers. */
    stop: schedule.stop,
    close: async () => {
      if (guard) guard.close()
      await stores.close()
      await tracing?.close()
    },
  }
}

const pruneEvery_s = 600

interface Pruning {
  name: ServiceName
  store: Context['store']
  clock: () => number
  schedule: Schedule
  metrics: Metrics
}

function keepPruned(rows: Parameters<Context['prune']>[0], pruning: Pruning): void {
  const { name, store, clock, schedule, metrics } = pruning
  schedule.every(pruneEvery_s, `${name}: prune ${rows.name}`, () => pruneRows(store, clock(), rows))
  metrics.gauge('campus_prune_overdue_seconds', { database: name, rows: rows.name }, () =>
    readOverdue(store, clock(), rows),
  )
}
// What ended elsewhere is known here within 5 s, requests and all.
const endedLoginsEvery_s = 2
// Their links open files for so long at most.
const removedUsersEvery_s = 2

/** What the process does by itself, and where it says how that goes. */
function createTasks(
  services: ServiceName[],
  { log, clock }: Required<Pick<ComposeOptions, 'log' | 'clock'>>,
) {
  const metrics = createMetrics()
  metrics.gauge('campus_log_lines_lost', {}, log.lost)
  const schedule = createSchedule(log, metrics.taskFailed)
  watchForDamage({ services, metrics, log, clock }).schedule(schedule)
  return { metrics, schedule }
}

function divide(parts: ComposeOptions['parts']) {
  const local = serviceNames.filter((name) => parts.includes(name))
  const isGateway = parts.includes('gateway')
  return { local, isGateway, name: isGateway ? 'gateway' : (local[0] ?? 'campus') }
}

async function startTracing(name: string, { traces }: Config): Promise<Tracing | undefined> {
  if (!traces) return undefined
  // Whoever does not trace does not load it.
  const { createTracing } = await import('../shared/host/otlp.ts')
  return createTracing({ ...traces, service: `campus-${name}` })
}

function findOthers(local: ServiceName[], config: Config, schedule: Schedule) {
  const others = serviceNames.filter((name) => !local.includes(name))
  const remote = new Map(others.map((name) => [name, createReplicas(urlsOf(name, config))]))
  for (const [name, { refresh }] of remote) {
    schedule.every(refreshReplicasEvery_s, `find ${name}`, refresh)
  }
  return remote
}

async function readMergedDocument(): Promise<OpenApiDocument> {
  const { document } = await import('./gateway/paths.ts')
  const { toPublicDocument } = await import('../shared/host/document.ts')
  return toPublicDocument(document as unknown as OpenApiDocument)
}

function urlsOf(name: ServiceName, config: Config): string[] {
  return config.serviceUrls(name) ?? [`http://127.0.0.1:${services[name].port}`]
}
