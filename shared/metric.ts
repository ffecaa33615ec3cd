import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

export interface RequestMetric {
  method: string
  /** The route's pattern, never the path: `/api/cars/:id`. */
  route: string
  status: number
  seconds: number
}

export interface Metrics {
  observe: (request: RequestMetric) => void
  /** The Prometheus text format, version 0.0.4. */
  text: () => Promise<string>
  contentType: string
}

/** Counts and times requests by method, route pattern and status, beside the process's own. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request line to the answer, by route pattern',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  // Building the label key costs more than counting, so each combination is looked up once. There
  // are as many as routes times statuses: paths and methods nobody declared count as one.
  const children = new Map<string, ReturnType<typeof durations.labels>>()
  return {
    observe: ({ method, route, status, seconds }) => {
      const key = `${method} ${status} ${route}`
      let child = children.get(key)
      if (!child) children.set(key, (child = durations.labels(method, route, String(status))))
      child.observe(seconds)
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
