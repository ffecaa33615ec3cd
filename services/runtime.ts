import manifest from '../package.json' with { type: 'json' }
import type { Context } from '../shared/context.ts'
import type { Config } from '../shared/host/config.ts'
import type { Log } from '../shared/host/log.ts'
import { createMetrics, type Metrics } from '../shared/host/metric.ts'
import { createReadiness, type Readiness } from '../shared/host/readiness.ts'
import { createSchedule, type Schedule } from '../shared/host/schedule.ts'
import { createSecret, keepSecret, type Secret } from '../shared/host/secret.ts'
import type { Tracing } from '../shared/host/tracing.ts'
import { createStores, type Stores } from '@campus/store/open.ts'
import { watchForDamage } from './damage.ts'
import type { ServiceName } from './index.ts'
import { hashPassword as hashStrongly } from './users/password.ts'

/** What a process has one of, whatever runs in it. */
export interface Runtime {
  config: Config
  log: Log
  clock: () => number
  id: () => string
  hashPassword: Context['hashPassword']
  secret: Secret
  stores: Stores
  metrics: Metrics
  readiness: Readiness
  /** What it does by itself. */
  schedule: Schedule
  /** Undefined: nothing is traced. */
  tracing: Tracing | undefined
  /** Lines for the user who starts the system; never in the log. */
  announced: [name: string, text: string][]
}

export interface RuntimeOptions {
  config: Config
  log: Log
  clock?: () => number
  id?: () => string
  hashPassword?: Context['hashPassword'] | undefined
  stores?: Stores
  /** Called when a thread of its databases ended by a fault. */
  onThreadEnd?: (error: Error) => void
}

/**
 * @param name of the process, for its traces
 * @param local the services whose data it looks after
 */
export async function createRuntime(
  name: string,
  local: readonly ServiceName[],
  options: RuntimeOptions,
): Promise<Runtime> {
  const { config, log, clock = Date.now, id = Bun.randomUUIDv7 } = options
  const { hashPassword = hashStrongly } = options
  const tracing = await startTracing(name, config)
  const metrics = createMetrics()
  metrics.gauge('campus_log_lines_lost', {}, log.lost)
  metrics.gauge('campus_build_info', { version: manifest.version }, () => 1)
  const schedule = createSchedule(log, metrics.taskFailed)
  watchForDamage({ services: local, metrics, log, clock }).schedule(schedule)
  return {
    config,
    log,
    clock,
    id,
    hashPassword,
    secret: createSecret(config.SECRET ?? keepSecret(config.SECRET_FILE), config.SECRET_PREVIOUS),
    stores: options.stores ?? createStores(tracing?.statement, options.onThreadEnd),
    metrics,
    readiness: createReadiness(log),
    schedule,
    tracing,
    announced: [],
  }
}

async function startTracing(name: string, config: Config): Promise<Tracing | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio } = config
  if (!endpoint) return undefined
  // Loaded only if tracing is on.
  const { createTracing } = await import('../shared/host/otlp.ts')
  return createTracing({ endpoint, ratio, service: `campus-${name}` })
}
