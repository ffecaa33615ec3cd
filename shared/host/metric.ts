import { createProcessMetrics } from './process-metrics.ts'
import { contentType, createHistogram, toText, type Metric, type Sample } from './prometheus.ts'

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

type Labels = Partial<Record<'database' | 'rows' | 'backend' | 'version', string>>

const bounds_s = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Counts and times requests by method, route pattern and status, beside the process's own metrics.
 */
export function createMetrics(): Metrics {
  const durations = createHistogram(bounds_s)
  const failures = new Map<string, number>()
  const readings = createReadings()
  const readProcess = createProcessMetrics()
  return {
    // There are at most routes times statuses: unknown paths and methods count as one.
    observe: ({ method, route, status, seconds }) =>
      durations.observe(`${method} ${status} ${route}`, { method, route, status }, seconds),
    taskFailed: (task) => void failures.set(task, (failures.get(task) ?? 0) + 1),
    gauge: readings.add,
    text: async () =>
      toText([
        ...readProcess(),
        {
          name: 'http_request_duration_seconds',
          help: 'Time from the request line to the answer, by route pattern',
          type: 'histogram',
          samples: durations.samples(),
        },
        {
          name: 'campus_tasks_failed_total',
          help: 'What a process does by itself, and failed to do',
          type: 'counter',
          samples: [...failures].map(([task, value]) => ({ labels: { task }, value })),
        },
        ...(await readings.read()),
      ]),
    contentType,
  }
}

function createReadings() {
  const all = new Map<keyof typeof gauges, (() => Promise<Sample[]>)[]>()

  const add: Metrics['gauge'] = (name, labels, read) => {
    const sample = async (): Promise<Sample[]> => {
      try {
        return [{ labels, value: await read() }]
      } catch {
        return []
      }
    }
    all.set(name, [...(all.get(name) ?? []), sample])
  }

  const read = (): Promise<Metric[]> =>
    Promise.all(
      [...all].map(async ([name, samples]) => {
        const found = await Promise.all(samples.map((sample) => sample()))
        return { name, help: gauges[name], type: 'gauge' as const, samples: found.flat() }
      }),
    )

  return { add, read }
}
