import type { Tally } from '../harness/tally.ts'

/** What a generator is told, as JSON on its standard input. */
export interface LoadOrder {
  /** The service, or the database for the generator that speaks SQL. */
  url: string
  /** What to book, at random: `/api/cars/…/allocations`. */
  paths: string[]
  connections: number
  /** The header of that name, where the other side asks for it. */
  authorization?: string
  /** Load that is not counted, so that connections and caches are there. */
  warmUp_ms: number
  length_ms: number
}

/** What it says at the end, as JSON on its standard output. */
export interface LoadReport {
  /** Bookings that were made (201); nothing else counts as work done. */
  perSecond: number
  /** Answers by status, and what came instead of answers by a word. */
  statuses: Record<string, number>
  p50_ms: number
  p99_ms: number
}

/** @param seconds in which all of it came */
export function toReport(tally: Tally, seconds: number): LoadReport {
  const { counts, percentile_ms } = tally
  const perSecond = (counts['201'] ?? 0) / seconds
  return { perSecond, statuses: counts, p50_ms: percentile_ms(0.5), p99_ms: percentile_ms(0.99) }
}

// The load books free time, so more would mean that something else than booking is measured.
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

/** Says what makes a run worthless: answers other than 201 and 409, or too many refusals. */
export function findFault({ statuses }: LoadReport): string | undefined {
  const total = Object.values(statuses).reduce((sum, count) => sum + count, 0)
  const others = Object.keys(statuses).filter((status) => status !== '201' && status !== '409')
  if (total === 0) return 'no answers'
  if (others.length > 0) return others.map((other) => `${other} × ${statuses[other]}`).join(', ')
  const share = (statuses['409'] ?? 0) / total
  return share > conflictShareMax ? `${Math.round(share * 100)} % answered 409` : undefined
}
