import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metric } from './prometheus.ts'

// The names are those of other Prometheus clients, which dashboards know.
const resolution_ms = 10

/** What is told of any process: time, memory, files, and how long events wait. */
export function createProcessMetrics(): () => Metric[] {
  const start_s = Math.round(Date.now() / 1000 - process.uptime())
  const delay = monitorEventLoopDelay({ resolution: resolution_ms })
  delay.enable()

  function readDelay(): Metric[] {
    const { min, max, mean, stddev } = delay
    const shares = [50, 90, 99].map((share) => [`p${share}`, delay.percentile(share)] as const)
    delay.reset()
    return [...Object.entries({ min, max, mean, stddev }), ...shares].map(([name, waited_ns]) => {
      const help = `How long events waited for the serving thread since the last look: ${name}`
      return gauge(`nodejs_eventloop_lag_${name}_seconds`, help, waited_ns / 1e9)
    })
  }

  return () => {
    const { user, system } = process.cpuUsage()
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
    return [
      counter('process_cpu_user_seconds_total', 'Processor time, of the program', user / 1e6),
      counter('process_cpu_system_seconds_total', 'Processor time, of the kernel', system / 1e6),
      counter('process_cpu_seconds_total', 'Processor time, both', (user + system) / 1e6),
      gauge('process_start_time_seconds', 'When the process started, since 1970', start_s),
      gauge('process_resident_memory_bytes', 'Resident memory', rss),
      ...readFileCounts(),
      ...readDelay(),
      gauge('nodejs_heap_size_total_bytes', 'Size of the heap', heapTotal),
      gauge('nodejs_heap_size_used_bytes', 'Used size of the heap', heapUsed),
      gauge('nodejs_external_memory_bytes', 'Memory of objects outside of the heap', external),
    ]
  }
}

/** Only Linux tells. */
function readFileCounts(): Metric[] {
  try {
    const open = readdirSync('/proc/self/fd').length
    const [, max] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return [
      gauge('process_open_fds', 'Open files and connections', open),
      gauge('process_max_fds', 'How many there may be', Number(max)),
    ]
  } catch {
    return []
  }
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', samples: [{ value }] }
}

function counter(name: string, help: string, value: number): Metric {
  return { name, help, type: 'counter', samples: [{ value }] }
}
