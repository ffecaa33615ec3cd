import { parseArgs } from 'node:util'
import { orUsage } from '../operator/fail.ts'
import { runCampaign, type Figures } from '../services/inventory/testing/campaign.ts'
import { databaseKinds, openFreshDatabase, type DatabaseKind } from './harness/fresh-database.ts'

const usage = `bun run property [--operations 200000] [--seed N] [--database sqlite|postgres|both]

Runs random concurrent bookings, bundles, holds, moves, releases, retirements and SQL by hand
against the inventory, and compares with a reference model. Exits with 0 without faults, 1 with a
fault (and prints the seed that reproduces it), 2 for an unknown command.`

const operationsMax = 100_000_000
const seedMax = 2 ** 32

const { operations, seed, databases } = orUsage(usage, readCommand)
console.log(`seed ${seed}`)
for (const database of databases) await run(database)
process.exit()

function readCommand() {
  const { values } = parseArgs({
    options: {
      operations: { type: 'string', default: '200000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
      database: { type: 'string', default: 'both' },
    },
  })
  const [operations, seed] = [Number(values.operations), Number(values.seed)]
  const isBoth = values.database === 'both'
  const databases = databaseKinds.filter((kind) => isBoth || kind === values.database)
  const isCount = Number.isInteger(operations) && operations >= 1 && operations <= operationsMax
  const isSeed = Number.isInteger(seed) && seed >= 0 && seed < seedMax
  if (databases.length > 0 && isCount && isSeed) return { operations, seed, databases }
}

async function run(kind: DatabaseKind): Promise<void> {
  const { url, description, remove } = await openFreshDatabase(kind)
  const started = performance.now()
  const progress = createProgress(description, started)
  const makeDatabase = async () => ({ url, remove: async () => {} })
  try {
    const figures = await runCampaign({ makeDatabase, seed, operations, progress })
    const seconds = (performance.now() - started) / 1000
    console.log(`${description}: ${operations} operations in ${seconds.toFixed(1)} s, no fault`)
    console.log(toLines(figures))
  } catch (error) {
    console.error(`${description}: ${(error as Error).message}`)
    process.exitCode = 1
  } finally {
    await remove()
  }
}

/** Reports progress every ten seconds: a campaign may take an hour. */
function createProgress(description: string, started: number) {
  const every_ms = 10_000
  let next = started + every_ms
  return ({ operations: played }: Figures) => {
    const now = performance.now()
    if (now < next) return
    next = now + every_ms
    const rate = Math.round(played / ((now - started) / 1000))
    console.log(`${description}: ${played} of ${operations}, ${rate} a second`)
  }
}

function toLines({ outcomes }: Figures): string {
  const sorted = [...outcomes].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([outcome, times]) => `  ${String(times).padStart(8)} ${outcome}`).join('\n')
}
