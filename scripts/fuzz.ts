/**
 * Sends generated requests to every operation of the document, by Schemathesis: valid and invalid
 * ones. A server error, an undocumented status or header, a response that does not fit its schema,
 * or accepted bad input is a finding, and exits with 1. Skipped with a message if Schemathesis
 * cannot be installed.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { campaignEnvironment } from './harness/administrator.ts'
import { databaseKinds, openFreshDatabase, type DatabaseKind } from './harness/fresh-database.ts'
import { startSystem } from './harness/run-system.ts'

const usage = `bun run fuzz [options] [operation…]

Sends generated requests to the operations, given by their ids; without any, to all.

  --database  sqlite or postgres; both by default
  --minutes   per database, 10 by default
  --short     only examples and bounds, the same in each run
  --seed      repeats a run: the seed it printed`

const { values, positionals: operations } = parseArgs({
  options: {
    database: { type: 'string' },
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    short: { type: 'boolean' },
    help: { type: 'boolean' },
  },
  allowPositionals: true,
})
const databases = databaseKinds.filter((kind) =>
  [undefined, kind].includes(values.database as DatabaseKind),
)
if (values.help || databases.length === 0 || !(Number(values.minutes) > 0)) {
  console.error(usage)
  process.exit(values.help ? 0 : 2)
}

const folder = await mkdtemp(join(tmpdir(), 'campus-fuzz-'))
await cp(join(import.meta.dir, 'fuzz'), folder, { recursive: true })
const install = 'python3 -m venv venv && venv/bin/pip install --quiet -r requirements.txt'
let findings = 0
if (await run(['sh', '-c', install])) {
  for (const kind of databases) if (!(await fuzz(kind))) findings++
} else console.log('fuzz: skipped, as Schemathesis could not be installed')
await rm(folder, { recursive: true, force: true })
process.exit(findings > 0 ? 1 : 0)

/** @returns whether there were no findings */
async function fuzz(kind: DatabaseKind): Promise<boolean> {
  const database = await openFreshDatabase(kind)
  const system = await startSystem({
    environment: {
      ...campaignEnvironment,
      DATABASE_URL: database.url,
      BLOB_URL: `file:${join(folder, `blobs-${kind}`)}`,
      SAMPLE_DATA: 'true',
      LOG_LEVEL: 'error',
    },
  })
  try {
    return await run(toCommand(system.url), {
      CAMPUS_URL: system.url,
      CAMPUS_PASSWORD: campaignEnvironment.ADMIN_PASSWORD,
      SCHEMATHESIS_HOOKS: 'hooks',
    })
  } finally {
    await system.stop()
    await database.remove()
  }
}

function toCommand(url: string): string[] {
  const named = operations.flatMap((name) => ['--include-operation-id', name])
  const phases = values.short ? 'examples,coverage' : 'examples,coverage,fuzzing'
  const seed = values.seed === undefined ? [] : ['--seed', values.seed]
  const command =
    `venv/bin/schemathesis run ${url}/swagger/json --continue-on-failure --no-color ` +
    `--phases ${phases} --warnings off --max-time ${Number(values.minutes) * 60}`
  return [...command.split(' '), ...seed, ...named]
}

async function run(command: string[], environment: Record<string, string> = {}): Promise<boolean> {
  const child = Bun.spawn(command, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return (await child.exited) === 0
}
