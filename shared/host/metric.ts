import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface RequestMetric {
  method: string
  /** The route's pattern, never the path: `/api/cars/:id`. */
  route: string
  status: number
  seconds: number
}

/** Gauges that are read when the metrics are requested. */
export const gauges = {
  campus_prune_overdue_seconds: 'How long ago the oldest row of a table should have been deleted',
  campus_database_writable: '1 while the disk takes writes, 0 since it refused one',
  campus_damage: 'What the daily look at all that is kept found damaged in a database',
  campus_damage_looked_timestamp_seconds: 'When that last look ended',
  campus_backup_timestamp_seconds: 'When the newest backup was complete; 0 when there is none',
  campus_replicas_ready: 'Processes of a service that are ready, as the gateway finds them',
  campus_build_info: '1, and the version that runs',
  campus_log_lines_lost: 'Lines that could not be written since the start, to a full disk for one',
}

export interface Metrics {
  observe: (request: RequestMetric) => void
  /** Counts a task that failed. */
  taskFailed: (task: string) => void
  /** @param read may fail; then the gauge is missing */
  gauge: (name: keyof typeof gauges, labels: Labels, read: () => number | Promise<number>) => void
  /** The Prometheus text format, version 0.0.4. */
  text: () => Promise<string>
  contentType: string
}

const labelNames = ['database', 'rows', 'backend', 'version'] as const
type Labels = Partial<Record<(typeof labelNames)[number], string>>

// Bun walks the whole heap for these: 10 to 90 ms in which nobody is served.
const heapSpaces = ['total', 'used', 'available']

/**
 * Counts and times requests by method, route pattern and status, beside the process's own metrics.
 */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const size of heapSpaces) registry.removeSingleMetric(`nodejs_heap_space_size_${size}_bytes`)
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request line to the answer, by route pattern',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const failures = new Counter({
    name: 'campus_tasks_failed_total',
    help: 'What a process does by itself, and failed to do',
    labelNames: ['task'],
    registers: [registry],
  })
  // Building the label key costs more than counting, so each combination is cached. There are at
  // most routes times statuses: unknown paths and methods count as one.
  const children = new Map<string, ReturnType<typeof durations.labels>>()
  return {
    observe: ({ method, route, status, seconds }) => {
      const key = `${method} ${status} ${route}`
      let child = children.get(key)
      if (!child) children.set(key, (child = durations.labels(method, route, String(status))))
      child.observe(seconds)
    },
    taskFailed: (task) => failures.inc({ task }),
    gauge: createGauges(registry),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

function createGauges(registry: Registry): Metrics['gauge'] {
  const readings = new Map<string, { labels: Labels; read: () => number | Promise<number> }[]>()
  return (name, labels, read) => {
    const known = readings.get(name)
    if (known) return void known.push({ labels, read })
    const all = [{ labels, read }]
    readings.set(name, all)
    const gauge = new Gauge({
      name,
      help: gauges[name],
      labelNames,
      registers: [registry],
      collect: async () => {
        gauge.reset()
        await Promise.all(
          all.map(async (one) => {
            const value = await Promise.resolve(one.read()).catch(() => undefined)
            if (value !== undefined) gauge.set(one.labels, value)
          }),
        )
      },
    })
  }
}
