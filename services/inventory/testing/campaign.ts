import { isDeepStrictEqual } from 'node:util'
import { createLog } from '../../../shared/host/log.ts'
import type { Audit } from '../../../shared/schemas/allocation.ts'
import type { MakeDatabase } from '../../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../../testing/system.ts'
import { openSqlSession } from './open-sql-session.ts'
import { resourcesOf, tombstoneOf, toText, type Operation } from './operation.ts'
import { createHistoryCheck } from './history-check.ts'
import { createOpeningCheck } from './opening-check.ts'
import { createPerformer } from './performer.ts'
import { createPlanner, type Wave } from './planner.ts'
import { createRandom, type Random } from './random.ts'
import { checkWave, type Done, type Fault, type FiredWave, type Row } from './wave-check.ts'

const goesById = /^(give back|confirm|extend|move by hand|remove by hand|end by hand)$/

export interface CampaignOptions {
  makeDatabase: MakeDatabase
  seed: number
  /** How many; a fifth of them one after the other, the rest in waves, all of a wave at once. */
  operations: number
  /** Told after each wave. */
  progress?: (figures: Figures) => void
}

export interface Figures {
  operations: number
  /** How often each operation ended how: `book 201`, `change 409 allocation_overlap`. */
  outcomes: Map<string, number>
}

// Two processes on one database, as behind a gateway.
const replicas = 2
const sequentialShare = 0.2
// Small waves keep plan and database together, so that most operations find what they aim at; a
// large one now and then is where the batches are long and the queues full.
const usualWave = 40
const waveMax = 200

/**
 * Plays random operations against the real thing and compares with the oracle.
 * @throws Error that names every fault, the wave it happened in, and the seed that repeats it
 */
export async function runCampaign(options: CampaignOptions): Promise<Figures> {
  const stage = await setUp(options.makeDatabase)
  const figures: Figures = { operations: 0, outcomes: new Map() }
  const fire = async (wave: Wave) => {
    const fired = await stage.fire(wave)
    count(fired, figures)
    options.progress?.(figures)
    return fired
  }
  const { seed, operations } = options
  const sequential = Math.ceil(operations * sequentialShare)
  try {
    await playSequentially(seed, sequential, fire)
    await playInWaves(seed, operations - sequential, { fire, checkOpenings: stage.checkOpenings })
    await stage.requireIntact()
    requireFewBusy(figures)
    return figures
  } catch (cause) {
    const again = `bun run property --seed ${seed} --operations ${operations}`
    throw new Error(`Again with: ${again}\n${(cause as Error).message}`, { cause })
  } finally {
    await stage.close()
  }
}

type Fire = (wave: Wave) => Promise<FiredWave>

interface Play {
  fire: Fire
  checkOpenings: (random: Random) => Promise<Fault[]>
}

async function playSequentially(seed: number, sequential: number, fire: Fire): Promise<void> {
  const planner = createPlanner(createRandom(seed), 'single')
  for (let at = 0; at < sequential; at++) {
    const wave = planner.nextWave(1)
    const fired = await fire(wave)
    const [expected, answer] = [wave.expected[0], fired.done[0]?.answer]
    if (isDeepStrictEqual(expected, answer)) continue
    const what = `the oracle answers ${toText(expected)}, and not ${toText(answer)}`
    throw failure(fired, [{ resource: fired.done[0]?.operation.resource ?? '', what }])
  }
}

async function playInWaves(
  seed: number,
  concurrent: number,
  { fire, checkOpenings }: Play,
): Promise<void> {
  // Another seed and other names than before: nothing here is known to be in any state.
  const random = createRandom(seed + 1)
  const planner = createPlanner(random, 'wave')
  for (let left = concurrent; left > 0;) {
    const size = Math.min(left, 2 + random.integer(random.oneIn(8) ? waveMax : usualWave))
    const fired = await fire(planner.nextWave(size))
    const faults = [...checkWave(fired), ...(await checkOpenings(random))]
    if (faults.length > 0) throw failure(fired, faults)
    left -= size
  }
}

async function setUp(makeDatabase: MakeDatabase) {
  const database = await makeDatabase({ migrated: true })
  let now = 0
  const log = createLog({ level: 'error', format: 'json' })
  const system = () =>
    startForTest(async () => ({ url: database.url, remove: async () => {} }), {
      clock: () => now,
      log,
    })
  const systems: TestSystem[] = []
  for (let at = 0; at < replicas; at++) systems.push(await system())
  const session = openSqlSession(systems[0]?.databaseUrl ?? '')
  const performer = createPerformer(systems, session)
  const history = createHistoryCheck()
  /** The rows of each resource when it was last looked at; nothing changes between waves. */
  const known = new Map<string, Row[]>()
  /** Of which resource each booking is, or was. */
  const placed = new Map<string, string>()

  async function readRows(resources: readonly string[]): Promise<Row[]> {
    const stored = await session.readRows(resources.map(performer.idOf))
    const rows = stored.map(({ id, resource_id, allocation_type, ...row }): Row => {
      const resource = performer.labelOf(resource_id)
      if (allocation_type === 'decommissioned') {
        performer.name(tombstoneOf(resource, row.span.from), id)
      }
      return { booking: performer.labelOf(id), resource, ...row }
    })
    for (const one of resources) known.set(one, [])
    for (const row of rows) {
      known.get(row.resource)?.push(row)
      placed.set(row.booking, row.resource)
    }
    return rows
  }

  /** Any of a pool may be of another resource than the plan has it; what goes by an id follows. */
  function aim(operation: Operation): Operation {
    if (!goesById.test(operation.does) || !('booking' in operation)) return operation
    return { ...operation, resource: placed.get(operation.booking) ?? operation.resource }
  }

  async function fire({ now: time, newResources, operations: planned }: Wave): Promise<FiredWave> {
    now = time
    const operations = planned.map(aim)
    for (const { label, pool } of newResources) await performer.addResource(label, pool)
    // The waiting list may have taken one of them immediately.
    await readRows(newResources.map(({ label }) => label))
    const resources = [...new Set(operations.flatMap(resourcesOf))]
    const before = resources.flatMap((resource) => known.get(resource) ?? [])
    const answers = await Promise.all(
      operations.map(async (operation, at) => {
        // By hand, somewhere among the others instead of always first.
        if (operation.does.endsWith('by hand')) await Bun.sleep(at % 4)
        return performer.perform(operation)
      }),
    )
    const after = await readRows(resources)
    const done = operations.map((operation, at): Done => {
      return { operation, answer: performer.relabel(answers[at] ?? { status: 0 }) }
    })
    done.forEach(history.note)
    return { now, mayDeadlock: session.mayDeadlock, done, before, after }
  }

  const checkOpenings = createOpeningCheck(systems, performer)

  return {
    fire,
    checkOpenings: (random: Random) => checkOpenings(random, known, now),
    /** The whole table once more, and what the service itself counts. */
    requireIntact: async () => {
      const rows = await session.readRows()
      const remembered = [...known.values()].reduce((sum, list) => sum + list.length, 0)
      const response = await systems[0]?.send('GET', '/api/allocations/audit')
      const audit = (await response?.json()) as Audit
      const counts = [audit.overlaps, audit.blocking_holds, audit.waiters_passed_over]
      const lost = history.check(await session.readVersions(), performer.idOf)
      if (lost.length > 0) throw new Error(toLines(lost).join('\n'))
      const isIntact = audit.constraint && counts.every((count) => count === 0)
      if (isIntact && rows.length === remembered) return
      throw new Error(`${rows.length} rows of ${remembered} remain; the audit: ${toText(audit)}`)
    },
    close: async () => {
      await session.close()
      for (const one of systems) await one.close()
      await database.remove()
    },
  }
}

function count({ done }: FiredWave, figures: Figures): void {
  const { outcomes } = figures
  figures.operations += done.length
  for (const { operation, answer } of done) {
    const replayed = answer.replayed ? 'replayed' : ''
    const words = [operation.does, answer.status, answer.code ?? replayed]
    const outcome = words.join(' ').trim()
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
}

// A crowd that deadlocks is told to repeat. That must stay the exception.
const busyShareMax = 0.01

function requireFewBusy({ operations, outcomes }: Figures): void {
  const busy = [...outcomes].filter(([outcome]) => outcome.includes(' 503'))
  const times = busy.reduce((sum, [, count]) => sum + count, 0)
  if (times <= operations * busyShareMax) return
  throw new Error(`${times} of ${operations} operations were answered with 503`)
}

// More would bury the fault.
const faultsMax = 10
const linesMax = 120

function toLines(faults: Fault[]): string[] {
  return faults.map(({ resource, what }) => `${resource}: ${what}`).slice(0, faultsMax)
}

function failure({ now, done, before, after }: FiredWave, faults: Fault[]): Error {
  const about = faults[0]?.resource ?? ''
  const isAbout = ({ resource }: { resource: string }) => resource === about
  const mayTouch = ({ operation }: Done) => resourcesOf(operation).includes(about)
  const lines = [
    ...toLines(faults),
    `The clock stood at ${now}. Of ${about}:`,
    ...before.filter(isAbout).map((row) => `  before: ${toText(row)}`),
    ...done.filter(mayTouch).map((one) => `  done: ${toText(one)}`),
    ...after.filter(isAbout).map((row) => `  after: ${toText(row)}`),
  ]
  return new Error(lines.slice(0, linesMax).join('\n'))
}
