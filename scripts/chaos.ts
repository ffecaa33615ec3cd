import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { orUsage } from '../operator/fail.ts'
import { runBookingRounds } from './chaos/booking-rounds.ts'
import { runFailoverRounds } from './chaos/failover-rounds.ts'
import { runFileRounds } from './chaos/file-rounds.ts'
import { runHammer, type HammerReport } from './chaos/hammer.ts'
import { runHostileCampaign } from './chaos/hostile-campaign.ts'
import type { FaultKind } from './chaos/ledger.ts'
import { runKillRounds, type KillReport } from './chaos/kill-rounds.ts'
import { runRollingRounds } from './chaos/replica-rounds.ts'
import { databaseKinds, openFreshDatabase, type DatabaseKind } from './harness/fresh-database.ts'
import { runTellingRounds } from './chaos/telling-rounds.ts'
import { runWaiterRounds } from './chaos/waiters.ts'
import { runWebhookRounds } from './chaos/webhook-rounds.ts'
import { toRows, toShown } from './harness/report.ts'

const usage = `bun run chaos <campaign> [options]

  kill       kills the inventory under load
  waiters    kills the inventory while users wait for time
  hammer     releases one hour 25 times a round while 100 users request it and others wait
  files      kills the files service during uploads
  bookings   kills bookings at each step of its protocol
  telling    kills notifications while it notifies users
  webhooks   kills notifications while it sends webhooks
  rolling    restarts two replicas in turn behind the gateway
  failover   kills a PostgreSQL, which it starts itself, and promotes its synchronous standby
  hostile    sends hostile requests to every operation, once, whatever --rounds is; reports wrong
             responses, and costs above 10 ms of processor time or 1 MB of memory

  --rounds    200 by default
  --database  sqlite or postgres; both by default

All but hostile compare what was acknowledged with what is stored.
Exits with 0 without faults, 1 with faults, 2 for an unknown command.`

const roundsMax = 100_000
// The counts that prove the guarantee; others are shown only if not zero.
const namedKinds: FaultKind[] = ['partial', 'lost', 'misplaced', 'back after release', 'overlap']

/** The result of a campaign. */
interface Outcome {
  /** What was done, and how often. */
  done: string
  facts: [name: string, text: string][]
  faults: string[]
}

const campaigns = {
  kill,
  waiters,
  hammer,
  files,
  bookings,
  telling,
  webhooks,
  rolling,
  failover,
  hostile,
}
const { campaign, databases, rounds } = orUsage(usage, readCommand)
let faults = 0
for (const kind of databases) faults += await run(kind)
process.exit(faults > 0 ? 1 : 0)

function readCommand() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '200' },
      database: { type: 'string', default: 'both' },
    },
  })
  const rounds = Number(values.rounds)
  const isFailover = positionals.join(' ') === 'failover'
  const isNamed = (kind: DatabaseKind) =>
    [kind, 'both'].includes(values.database) && !(isFailover && kind === 'sqlite')
  const databases = databaseKinds.filter(isNamed)
  const names = Object.keys(campaigns) as (keyof typeof campaigns)[]
  const campaign = names.find((name) => name === positionals.join(' '))
  const areRounds = Number.isInteger(rounds) && rounds >= 1 && rounds <= roundsMax
  if (campaign && areRounds && databases.length > 0) return { campaign, databases, rounds }
}

async function run(kind: DatabaseKind): Promise<number> {
  const started = Date.now()
  const database = await openFreshDatabase(kind)
  try {
    const { done, facts, faults } = await campaigns[campaign](database.url)
    const seconds = ((Date.now() - started) / 1000).toFixed(0)
    console.log(`${campaign}: ${done} on ${database.description} in ${seconds} s`)
    console.log(toRows(facts))
    if (faults.length > 0) console.log(toShown(faults))
    return faults.length
  } finally {
    await database.remove()
  }
}

async function kill(databaseUrl: string): Promise<Outcome> {
  const report = await runKillRounds({ databaseUrl, rounds, onRound: printProgress })
  const { acknowledged, repeated, committed, faults } = report
  const { creates, moves, releases, bundles, confirms } = acknowledged
  const count = (kind: FaultKind) => faults.filter((fault) => fault.kind === kind).length
  const named = namedKinds.map((kind) => `${kind} ${count(kind)}`)
  const others = faults.filter(({ kind }) => !namedKinds.includes(kind)).length
  return {
    done: `${report.rounds} rounds`,
    facts: [
      ['acknowledged', `${creates} bookings, ${moves} moves, ${releases} releases`],
      ['of several', `${bundles} bundles, ${confirms} holds confirmed`],
      ['refused', `${report.refused}, because the time was taken`],
      ['unanswered', `${report.unanswered}: these may have happened or not`],
      ['repeated', `${repeated} by Idempotency-Key; ${committed} had been committed before`],
      ['faults', `${named.join(', ')}, other ${others}`],
    ],
    faults: faults.map(({ kind, detail }) => `${kind}: ${detail}`),
  }
}

async function waiters(databaseUrl: string): Promise<Outcome> {
  const { faults, joined, served, ...report } = await runWaiterRounds({ databaseUrl, rounds })
  return {
    done: `${report.rounds} rounds`,
    facts: [
      ['joined', `${joined}, of whom ${served} were served`],
      ['faults', `${faults.length} for whom something was free`],
    ],
    faults,
  }
}

async function telling(databaseUrl: string): Promise<Outcome> {
  const { faults, happened, refused, ...report } = await runTellingRounds({ databaseUrl, rounds })
  return {
    done: `${report.rounds} rounds`,
    facts: [
      ['acknowledged', `${happened}, and ${refused} refused`],
      ['told', `${report.told}, and ${report.mails} mails, ${report.repeated} of them again`],
      ['faults', `${faults.length}`],
    ],
    faults,
  }
}

async function hammer(databaseUrl: string): Promise<Outcome> {
  const asked = 25 * rounds
  const onCancel = ({ cancels, refused }: HammerReport) => {
    if (cancels % 500 === 0) console.log(`  ${cancels} of ${asked} cancels, ${refused} refused`)
  }
  const report = await runHammer({ databaseUrl, cancels: asked, onCancel })
  const { cancels, refused, faults } = report
  return {
    done: `${cancels} cancels`,
    facts: [
      ['refused', `${refused} callers, who did not wait`],
      ['faults', `${faults.length}`],
    ],
    faults,
  }
}

async function files(databaseUrl: string): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'campus-chaos-files-'))
  try {
    const report = await runFileRounds({ databaseUrl, folder, rounds })
    const { uploads, deletions, parts, unanswered, orphans, faults } = report
    return {
      done: `${report.rounds} rounds`,
      facts: [
        ['acknowledged', `${uploads} uploads, ${deletions} deletions, ${parts} parts`],
        ['unanswered', `${unanswered}: these may have happened or not`],
        ['left behind', `${orphans} times bytes without a row, all removed by the check`],
        ['faults', `${faults.length}`],
      ],
      faults,
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function bookings(databaseUrl: string): Promise<Outcome> {
  const report = await runBookingRounds({ databaseUrl, rounds })
  const { booked, series, moved, cancelled, repeated, kills, audit, faults } = report
  return {
    done: `${report.rounds} kills`,
    facts: [
      [
        'acknowledged',
        `${booked} bookings, ${series} whole series, ${moved} moves, ${cancelled} cancelled`,
      ],
      [
        'killed',
        Object.entries(kills)
          .map(([step, count]) => `${count} ${step}`)
          .join(', '),
      ],
      ['repeated', `${repeated} by Idempotency-Key`],
      ['audit', JSON.stringify(audit)],
      ['faults', `${faults.length}`],
    ],
    faults,
  }
}

async function webhooks(databaseUrl: string): Promise<Outcome> {
  const report = await runWebhookRounds({ databaseUrl, rounds })
  const { happened, taken, again, untaken, faults } = report
  return {
    done: `${report.rounds} kills`,
    facts: [
      ['happened', `${happened} events, of which ${taken} were taken`],
      ['again', `${again} that had been taken before`],
      ['refused', `${untaken} requests`],
      ['faults', `${faults.length}`],
    ],
    faults,
  }
}

async function rolling(databaseUrl: string): Promise<Outcome> {
  const report = await runRollingRounds(databaseUrl, rounds)
  return {
    done: `${report.rounds} restarts`,
    facts: [
      ['answered', `${report.answered} requests`],
      ['faults', `${report.faults.length}`],
    ],
    faults: report.faults,
  }
}

async function failover(): Promise<Outcome> {
  const report = await runFailoverRounds(rounds)
  return {
    done: `${report.rounds} promotions`,
    facts: [
      ['acknowledged', `${report.acknowledged} bookings, moves and releases`],
      ['back', `${report.back_ms} ms after the promotion, at most`],
      ['refused', `${report.refused} requests until then`],
      ['faults', `${report.faults.length}`],
    ],
    faults: report.faults,
  }
}

async function hostile(databaseUrl: string): Promise<Outcome> {
  const report = await runHostileCampaign({ databaseUrl, cpuMax_ms: 10, memoryMax_bytes: 1e6 })
  const { worstCpu, worstMemory } = report
  return {
    done: `${report.requests} requests to ${report.operations} operations`,
    facts: [
      ['dearest', `${worstCpu.cost.toFixed(1)} ms: ${worstCpu.name}`],
      ['largest', `${(worstMemory.cost / 1e6).toFixed(1)} MB: ${worstMemory.name}`],
      ['faults', `${report.faults.length}`],
    ],
    faults: report.faults,
  }
}

function printProgress({ rounds: done, acknowledged, unanswered, faults }: KillReport): void {
  if (done % 10 > 0 && done < rounds && faults.length === 0) return
  const sum = acknowledged.creates + acknowledged.moves + acknowledged.releases
  const counts = [`${sum} acknowledged`, `${unanswered} unanswered`, `${faults.length} faults`]
  console.log(`  round ${done} of ${rounds}: ${counts.join(', ')}`)
}
