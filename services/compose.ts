import type { App } from '../shared/app.ts'
import { requireAccess } from '../shared/access.ts'
import type { Context } from '../shared/context.ts'
import type { Authenticator } from '../shared/host/authenticator.ts'
import { host } from '../shared/host/host.ts'
import { parseJsonBodies } from '../shared/host/json-body.ts'
import {
  campus,
  listKeysOnlyRead,
  listTags,
  serviceNames,
  type PartName,
  type Service,
  type ServiceName,
} from './index.ts'
import { createPeers, type Peers } from './peers.ts'
import { createRuntime, type Runtime, type RuntimeOptions } from './runtime.ts'
import { createServiceContext } from './service-context.ts'

export interface ComposeOptions extends RuntimeOptions {
  /** What runs in this process. */
  parts: readonly PartName[]
  authenticator?: Authenticator
}

/**
 * Builds what runs in one process: its databases opened and migrated, its services behind one
 * host. Nothing listens yet and no timer runs.
 * @throws when a database cannot be opened or its overlap constraint is missing, or a route
 *   declares no access
 */
export async function compose(options: ComposeOptions) {
  const local = serviceNames.filter((name) => options.parts.includes(name))
  const isGateway = options.parts.includes('gateway')
  const name = isGateway ? 'gateway' : (local[0] ?? 'campus')

  const runtime = await createRuntime(name, local, options)
  const peers = createPeers({ ...options, local, isGateway, app: () => app }, runtime)
  await peers.findCallers()
  const opened = await Promise.all(local.map((service) => open(service, runtime, peers)))
  const gateway = isGateway && (await campus.gateway.create({ ...runtime, ...peers }))

  const services = opened.map(({ create, context }) => create(context))
  const front = gateway ? gateway.front : {}
  const app: App = host({
    ...runtime,
    ...peers,
    ...front,
    name,
    public: isGateway,
    tags: listTags(),
    keysOnlyRead: listKeysOnlyRead(),
  })
  app.use(parseJsonBodies(services))
  if (gateway) app.use(gateway.app)
  requireAccess(app.routes)

  return {
    app,
    name,
    readiness: runtime.readiness,
    announced: runtime.announced,
    /** What must be there before anybody is served: the first administrator, for one. */
    prepare: async () => {
      for (const { prepare, context } of opened) await prepare?.(context)
      // From now on: the first start of users has just made the first key.
      runtime.readiness.check('keys of users', peers.authenticator.requireKeys)
    },
    fillSamples: async () => {
      for (const { fill, context } of opened) await fill(context)
    },
    /** Calls a service as another. */
    clientOf: peers.clientOf,
    /** Learns which logins ended, and which keys are good. */
    refresh: peers.authenticator.refresh,
    startTasks: runtime.schedule.start,
    runTask: runtime.schedule.runNow,
    /** Ends what would not end by itself: streams and timers. */
    stop: runtime.schedule.stop,
    close: async () => {
      if (gateway) gateway.close()
      await runtime.stores.close()
      await runtime.tracing?.close()
    },
  }
}

async function open(
  name: ServiceName,
  runtime: Runtime,
  peers: Peers,
): Promise<Service & { context: Context }> {
  return { ...campus[name], context: await createServiceContext(name, runtime, peers) }
}
