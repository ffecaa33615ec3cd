import { setPriority } from 'node:os'
import type { Log } from '../shared/host/log.ts'
import type { Metrics } from '../shared/host/metric.ts'
import { commandOf } from '../shared/program.ts'
import type { Schedule } from '../shared/host/schedule.ts'
import type { ServiceName } from './index.ts'
import { day_ms, hour_ms } from '../shared/duration.ts'

export interface DamageOptions {
  /** Whose data is looked through. */
  services: readonly ServiceName[]
  metrics: Pick<Metrics, 'gauge'>
  log: Log
  clock: () => number
  /** Of the process that looks; by default it has this one's. */
  environment?: Record<string, string | undefined>
}

/** What a line of `doctor --deep --json` says. */
interface Examination {
  service: ServiceName
  check: string
  damage: string[]
  count: number
}

const dueAfter_ms = day_ms
// The first one waits, so that a process that starts again and again only starts.
const firstAfter_ms = hour_ms
const isDueEvery_s = 10 * 60
const lowest = 19

/**
 * Looks for damage once a day, in a process of its own: nobody who is served waits for it. What it
 * found is in the metrics and in the log.
 */
export function watchForDamage(options: DamageOptions) {
  const { services, metrics, log, clock, environment } = options
  const found = new Map<ServiceName, number>()
  let looked: number | undefined
  let due = clock() + firstAfter_ms
  for (const service of services) {
    metrics.gauge('campus_damage', { database: service }, () => known(found.get(service)))
  }
  if (services.length > 0) {
    metrics.gauge('campus_damage_looked_timestamp_seconds', {}, () =>
      known(looked && looked / 1000),
    )
  }

  /** @throws Error when it could not be looked for */
  async function look(): Promise<void> {
    const command = [...commandOf('operator/doctor.ts'), '--deep', '--json', ...services]
    const child = Bun.spawn(command, {
      ...(environment && { env: environment }),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    setPriority(child.pid, lowest)
    const lines = (await child.stdout.text()).split('\n').filter(Boolean)
    const code = await child.exited
    const examinations = lines.map((line) => JSON.parse(line) as Examination)
    if (code > 1) throw new Error(`The doctor could not look, and ended with ${code}`)
    for (const service of services) {
      const own = examinations.filter((one) => one.service === service)
      found.set(
        service,
        own.reduce((sum, { count }) => sum + count, 0),
      )
      for (const { check, damage, count } of own) {
        if (count > 0) log.error('damage found', { service, check, count, damage })
      }
    }
    looked = clock()
  }

  async function lookWhenDue(): Promise<void> {
    if (clock() < due) return
    due = clock() + dueAfter_ms
    await look()
  }

  return {
    look,
    schedule: ({ every }: Pick<Schedule, 'every'>) =>
      every(isDueEvery_s, 'look for damage', lookWhenDue),
  }
}

async function known(value: number | undefined): Promise<number> {
  if (value === undefined) throw new Error('not looked at yet')
  return value
}
