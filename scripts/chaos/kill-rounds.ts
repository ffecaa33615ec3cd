import { spawnInventory, startInventory } from './inventory.ts'
import { createLedger, type Fault } from './ledger.ts'
import { startLoad, type Load } from './load.ts'
import { openSessions } from './postgres-session.ts'
import { repeatCreates } from './repeat.ts'
import { createCars } from '../harness/request.ts'
import { silence } from './witness.ts'
import { verify } from './verify.ts'

export interface KillOptions {
  /** An empty database. */
  databaseUrl: string
  /** The minimum; up to three times as many, until each kind of write was acknowledged. */
  rounds: number
  onRound?: (report: KillReport) => void
}

export interface KillReport {
  rounds: number
  acknowledged: Record<'creates' | 'moves' | 'releases' | 'bundles' | 'confirms', number>
  refused: number
  unanswered: number
  /** Creates retried with their key, and how many of them had been committed the first time. */
  repeated: number
  committed: number
  faults: Fault[]
}

const clients = 24
// Few, so that bookings collide, moves meet, and the writer is never idle.
const resourcesPerRound = 3
// The kill comes at a random moment up to this: at the first commit, or after a thousand.
const lifeMax_ms = 250
// A start takes about 400 ms on two cores: with migrations, recovery of the log, first reads.
const startMax_ms = 450
// In every n-th round, the new process is also killed during its start.
const killedStartEvery = 4

/**
 * Runs the inventory under load, kills it at a random moment with SIGKILL, restarts it on the same
 * data, and compares what it had acknowledged with what it has. Repeatedly.
 * A killed process loses its memory, but not what the kernel had accepted: this tests the order of
 * commit and response. That a commit reaches the disk is up to `synchronous=FULL` and `fsync`.
 */
export async function runKillRounds(options: KillOptions): Promise<KillReport> {
  const start = () => startInventory(options.databaseUrl)
  const ledger = createLedger()
  const sessions = openSessions(options.databaseUrl)
  const report = createReport()
  await killStart()
  let system = await start()

  async function killStart() {
    const { child } = spawnInventory(options.databaseUrl, { PORT: '0' })
    await Bun.sleep(Math.random() * startMax_ms)
    child.kill('SIGKILL')
    await child.exited
  }

  async function runRound() {
    const resources = await createCars(system.url, resourcesPerRound)
    const { url } = system
    const load = startLoad({
      urls: [url],
      resources,
      ledger,
      clients,
      tolerated: [silence],
      hasBundles: true,
    })
    await Bun.sleep(Math.random() * lifeMax_ms)
    const orphans = await sessions.list()
    await system.kill()
    await load.stop()
    if (report.rounds % killedStartEvery === 0) await killStart()
    system = await start()
    const repeats = await repeatCreates(system.url, load.repeatables)
    // Statements of the dead process may still be running on PostgreSQL.
    await sessions.waitForEnd(orphans)
    report.faults.push(...repeats.faults, ...(await verify(system.url, ledger, resources)))
    report.repeated += repeats.repeated
    report.committed += repeats.committed
    addLoad(report, load)
  }

  try {
    while (needsRound(report, options.rounds)) {
      await runRound()
      options.onRound?.(report)
    }
    // What was correct after its own round must have survived all later ones.
    report.faults.push(...(await verify(system.url, ledger)))
  } finally {
    await system.stop()
    await sessions.close()
  }
  return report
}

function needsRound({ rounds, acknowledged }: KillReport, wanted: number): boolean {
  if (rounds < wanted) return true
  return rounds < 3 * wanted && Object.values(acknowledged).includes(0)
}

function createReport(): KillReport {
  const acknowledged = { creates: 0, moves: 0, releases: 0, bundles: 0, confirms: 0 }
  const counts = { rounds: 0, refused: 0, unanswered: 0, repeated: 0, committed: 0 }
  return { ...counts, acknowledged, faults: [] }
}

function addLoad(report: KillReport, { witness }: Load): void {
  const { count, total, wrong } = witness
  report.rounds++
  report.acknowledged.creates += count('create', 201)
  report.acknowledged.moves += count('move', 200)
  report.acknowledged.releases += count('release', 204)
  report.acknowledged.bundles += count('bundle', 201)
  report.acknowledged.confirms += count('confirm', 200)
  report.refused += total(409)
  report.unanswered += total(silence)
  report.faults.push(...wrong.map((detail): Fault => ({ kind: 'wrong answer', detail })))
}
