import type { AnyElysia } from 'elysia'
import { createClient } from '../shared/client.ts'
import type { OpenApiDocument } from '../shared/document.ts'
import type { Config } from '../shared/config.ts'
import type { Context } from '../shared/context.ts'
import { host, speakJson } from '../shared/host.ts'
import { requireAccess } from '../shared/access.ts'
import { describeError, type Log } from '../shared/log.ts'
import { createReadiness } from '../shared/readiness.ts'
import { createStores } from '../shared/store/open.ts'
import { gateway } from './gateway/index.ts'
import { document } from './gateway/paths.ts'
import { serviceNames, services, type ServiceName } from './index.ts'

export interface ComposeOptions {
  /** What runs in this process. */
  parts: readonly ('gateway' | ServiceName)[]
  config: Config
  log: Log
  clock?: () => number
  id?: () => string
}

// A busy machine may take its time at the start; nobody is waiting yet.
const startTimeout_ms = 30_000
const startAttempts = 6

interface Task {
  seconds: number
  name: string
  run: () => Promise<void>
}

/**
 * Builds what runs in one process: its databases opened and migrated, its services behind one
 * host. Nothing listens yet and no timer runs.
 * @throws when a database cannot be opened or its overlap constraint is missing, or a route
 *   declares no access
 */
export async function compose({ parts, config, log, clock = Date.now, id }: ComposeOptions) {
  const readiness = createReadiness(log)
  const stopping = new AbortController()
  const local = serviceNames.filter((name) => parts.includes(name))
  const isGateway = parts.includes('gateway')
  const stores = createStores()
  const tasks: Task[] = []
  const locate = (name: string): AnyElysia | string =>
    local.includes(name as ServiceName) ? app : urlOf(name as ServiceName, config)

  async function contextFor(name: ServiceName): Promise<Context> {
    const store = await stores.open(config.databaseUrl(name))
    await store.migrate(`${import.meta.dir}/${name}/migrations`)
    readiness.check(`${name}: database`, store.ping)
    return {
      store,
      config,
      log: log.with({ service: name }),
      clock,
      id: id ?? Bun.randomUUIDv7,
      client: <Api extends AnyElysia>(other: string) =>
        createClient<Api>(locate(other) as Api | string, config.hopTimeout_ms),
      stopping: stopping.signal,
      check: (check, probe) => readiness.check(`${name}: ${check}`, probe),
      every: (seconds, task, run) => tasks.push({ seconds, name: `${name}: ${task}`, run }),
    }
  }

  const contexts = await Promise.all(local.map(contextFor))
  const apps = local.map((name, at) => services[name].create(contexts[at] as Context))
  const name = isGateway ? 'gateway' : (local[0] ?? 'campus')
  const remote = serviceNames
    .filter((other) => !local.includes(other))
    .map((service) => ({ service, url: urlOf(service, config) }))
  const app: AnyElysia = host({
    name,
    config,
    log,
    readiness,
    public: isGateway,
    // Split, the routes are elsewhere; the document is the same one.
    ...(isGateway && remote.length > 0 && { document: () => document as OpenApiDocument }),
  })
  app.use(speakJson(apps))
  if (isGateway) app.use(gateway({ config, readiness, remote }))
  requireAccess(app.routes)

  return {
    app,
    name,
    readiness,
    /** The first look at everything readiness depends on; what fails stops the start. */
    requireReady: async () => {
      let failed: string[] = []
      for (let attempt = 1; attempt <= startAttempts; attempt++) {
        const { ready, checks } = await readiness.report(startTimeout_ms)
        if (ready) return
        failed = Object.keys(checks).filter((check) => checks[check] !== 'ok')
        await Bun.sleep(500)
      }
      throw new Error(`Not ready to serve: ${failed.join(', ')} failed. See the log.`)
    },
    fillSamples: async () => {
      for (const [at, service] of local.entries()) {
        await services[service].fill(contexts[at] as Context)
      }
    },
    startTasks: () => {
      for (const task of tasks) startTask(task, log, stopping.signal)
    },
    /** Ends what would not end by itself: streams and timers. */
    stop: () => stopping.abort(),
    close: stores.close,
  }
}

function urlOf(name: ServiceName, config: Config): string {
  return config.serviceUrl(name) ?? `http://127.0.0.1:${services[name].port}`
}

function startTask({ seconds, name, run }: Task, log: Log, stopping: AbortSignal): void {
  const timer = setInterval(() => {
    run().catch((error: unknown) =>
      log.error('task failed', { task: name, ...describeError(error) }),
    )
  }, seconds * 1000)
  stopping.addEventListener('abort', () => clearInterval(timer))
}
