import { readAuthorization } from '../harness/administrator.ts'
import { median } from '../harness/figure.ts'
import { ratioOf, takeTurns } from '../harness/turns.ts'
import { findFault, runLoad, type LoadOrder, type LoadReport } from './load.ts'

export interface Contestant {
  name: string
  /** Loads it for this long, counted after a short warm-up. */
  load: (length_ms: number) => Promise<LoadReport>
  /** Undoes what the load changed where that matters for the next round. */
  reset?: () => Promise<void>
}

export interface Comparison {
  /** The median over the rounds of the first contestant's rate to the second's. */
  ratio: number
  /** The median of each contestant, for display. */
  rates: string[]
  /** Why the numbers are invalid, if they are. */
  faults: string[]
}

// An odd number, so that there is a median; short ones, as the machine is never quiet for long.
const rounds = 5
const round_ms = 1500
// The JIT compiles hot code while it runs; only then is it fast.
const practice_ms = 1500
const warmUp_ms = 300

/** Runs the load on all contestants in turn, for several rounds. */
export async function compare(contestants: Contestant[]): Promise<Comparison> {
  const loadFor =
    (length_ms: number) =>
    async ({ load, reset }: Contestant) => {
      const report = await load(length_ms)
      await reset?.()
      return report
    }
  await takeTurns(contestants, 1, loadFor(practice_ms))
  const reports = await takeTurns(contestants, rounds, loadFor(round_ms))
  return {
    ratio: ratioOf(reports.map((each) => each.map(({ perSecond }) => perSecond))),
    rates: contestants.map(({ name }, at) => describe(name, reports[at] ?? [])),
    faults: contestants.flatMap(({ name }, at) =>
      (reports[at] ?? []).map(findFault).flatMap((fault) => (fault ? `${name}: ${fault}` : [])),
    ),
  }
}

const connections = 64

/** Campus over HTTP, on 64 connections, as its administrator, who books one resource at a time. */
export function overHttp(name: string, url: string, paths: string[]): Contestant {
  return booking(name, { url, paths })
}

/** The same, for other ways to book. */
export function booking(
  name: string,
  order: Pick<LoadOrder, 'url' | 'paths' | 'what'>,
): Contestant {
  const load = async (length_ms: number) => {
    const authorization = await readAuthorization(order.url)
    return runLoad('load-generator', { ...order, connections, warmUp_ms, length_ms, authorization })
  }
  return { name, load }
}

/** Another HTTP server, without authentication. */
export function overPeer(name: string, url: string, paths: string[]): Contestant {
  const load = (length_ms: number) =>
    runLoad('load-generator', { url, paths, connections, warmUp_ms, length_ms })
  return { name, load }
}

/** A contestant that writes to PostgreSQL without a service. */
export function overSql(name: string, url: string, connections: number): Contestant {
  const load = (length_ms: number) =>
    runLoad('plain-sql', { url, paths: [], connections, warmUp_ms, length_ms })
  return { name, load }
}

function describe(name: string, reports: LoadReport[]): string {
  const of = (read: (report: LoadReport) => number) => median(reports.map(read))
  const rate = Math.round(of(({ perSecond }) => perSecond)).toLocaleString('en')
  const p50 = of(({ p50_ms }) => p50_ms).toFixed(1)
  const p99 = of(({ p99_ms }) => p99_ms).toFixed(1)
  return `${name} ${rate}/s (p50 ${p50}, p99 ${p99} ms)`
}
