import type { Tally } from '../harness/tally.ts'

/** The input of a generator, as JSON on its standard input. */
export interface LoadOrder {
  /** The service, or the database for the generator that speaks SQL. */
  url: string
  /** What to book, at random: `/api/cars/…/allocations`. */
  paths: string[]
  /**
   * What is booked; a hold is confirmed as well, and a `booking` is under rules. By default one
   * allocation on one of the paths.
   */
  what?: 'any-of' | 'bundle' | 'hold' | 'booking'
  connections: number
  /** The `Authorization` header, if the server requires it. */
  authorization?: string
  /** Load that is not counted, to open connections and warm caches. */
  warmUp_ms: number
  length_ms: number
}

/** Its report, as JSON on its standard output. */
export interface LoadReport {
  /** Bookings made (201); nothing else counts as work done. */
  perSecond: number
  /** Responses by status; failures without a response by a word. */
  statuses: Record<string, number>
  p50_ms: number
  p99_ms: number
}

/** @param seconds the duration of the run */
export function toReport(tally: Tally, seconds: number): LoadReport {
  const { counts, percentile_ms } = tally
  const perSecond = (counts['201'] ?? 0) / seconds
  return { perSecond, statuses: counts, p50_ms: percentile_ms(0.5), p99_ms: percentile_ms(0.99) }
}

// The load books free time, so more conflicts would mean that something else is measured.
const conflictShareMax = 0.05

/** Runs a generator as a process of its own. */
export async function runLoad(
  generator: 'load-generator' | 'plain-sql',
  order: LoadOrder,
): Promise<LoadReport> {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/${generator}.ts`], {
    stdin: new Blob([JSON.stringify(order)]),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  if ((await child.exited) !== 0) throw new Error(`The load generator failed:\n${errors}`)
  return JSON.parse(output) as LoadReport
}

/** Says why a run is invalid: responses other than 201 and 409, or too many conflicts. */
export function findFault({ statuses }: LoadReport): string | undefined {
  const total = Object.values(statuses).reduce((sum, count) => sum + count, 0)
  const others = Object.keys(statuses).filter((status) => status !== '201' && status !== '409')
  if (total === 0) return 'no answers'
  if (others.length > 0) return others.map((other) => `${other} × ${statuses[other]}`).join(', ')
  const share = (statuses['409'] ?? 0) / total
  return share > conflictShareMax ? `${Math.round(share * 100)} % answered 409` : undefined
}
