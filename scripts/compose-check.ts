/**
 * `bun run compose-check`: builds and starts the stack of compose.yaml, uses every service, scales
 * the inventory to three, books through the gateway for half a minute while one replica is killed,
 * counts overlaps, and backs it up. With the word `upgrade` it replaces the stack by
 * `deploy/upgrade` under load instead. Skipped with a message and exit code 0 without a container
 * engine or base image.
 */
import { $ } from 'bun'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serviceNames } from '../services/index.ts'
import { findAbsentImage, findEngine, type Engine } from './compose-check/engine.ts'
import { rehearseUpgrade } from './compose-check/rehearse-upgrade.ts'
import { takeTour } from './compose-check/tour.ts'
import { findK6, runK6, type K6Summary } from './load/k6.ts'
import { hasCaddy } from './harness/caddy.ts'
import { freePorts } from './harness/run-system.ts'

const project = 'campus-check'
const replicas = 3
// From the first container to a ready gateway. On idle cores it takes a third of this.
const readyMax_s = 30
const killAfter_ms = 15_000
// In-flight requests of overlap.js that one of three replicas may lose when it is killed.
const lostMax = 100

const [PORT = '', NEXT_PORT = ''] = freePorts(2)
const isUpgrade = process.argv[2] === 'upgrade'
const limits = [
  'USER_LIMIT_PER_MINUTE=0',
  'ADDRESS_LIMIT_PER_MINUTE=0',
  'SIGN_UP_LIMIT_PER_HOUR=0',
  'USER_BOOKINGS_PER_DAY=0',
]
const SETTINGS = join(await mkdtemp(join(tmpdir(), 'campus-settings-')), '.env')
await Bun.write(SETTINGS, limits.join('\n'))
const environment = {
  PORT,
  NEXT_PORT,
  SETTINGS,
  COMPOSE_PROJECT_NAME: project,
  CAMPUS_VERSION: 'latest',
  SAMPLE_DATA: String(!isUpgrade),
}
const engine = await findEngine(project, environment)
if (!engine) {
  console.log('compose-check: skipped, as no container engine answers')
  process.exit(0)
}
const absent = await findAbsentImage(engine.docker)
if (absent) {
  console.log(`compose-check: skipped, as ${absent} is not here and cannot be pulled`)
  process.exit(0)
}
if (isUpgrade && !hasCaddy) {
  console.log('compose-check: skipped, as there is no caddy')
  process.exit(0)
}
const url = `http://127.0.0.1:${PORT}`
const k6 = isUpgrade ? '' : findK6() // before anything is built
try {
  await check(engine)
  await requireCleanStop(engine)
} finally {
  // That of the operator too: Compose 2 leaves the networks of a profile that is not named.
  await engine.compose('--profile', 'operator', 'down', '--volumes', '--timeout', '5')
}

async function check(engine: Engine): Promise<void> {
  const { compose, docker } = engine
  await $`${process.execPath} operator/secrets.ts`.cwd(join(import.meta.dir, '..')).quiet()
  const secret = join(import.meta.dir, '../deploy/secrets/admin-password')
  const password = await Bun.file(secret).text()
  await compose('build', 'gateway')
  console.log('built')
  const started = Date.now()
  await compose('up', '--detach')
  await waitUntilReady()
  const seconds = (Date.now() - started) / 1000
  console.log(`ready after ${seconds.toFixed(1)} s`)
  if (seconds > readyMax_s) throw new Error(`Wanted: ${readyMax_s} s`)
  if (isUpgrade) return rehearseUpgrade(engine, [PORT, NEXT_PORT], environment)
  for (const done of await takeTour(url, password)) console.log(done)

  await compose('up', '--detach', '--no-recreate', '--scale', `inventory=${replicas}`)
  await waitUntilReplicated(engine)
  console.log(`${replicas} replicas`)
  const ids = (await compose('ps', '--quiet', 'inventory')).trim().split('\n')
  const killed = Bun.sleep(killAfter_ms).then(() => docker('kill', ids[0] ?? ''))
  const summary = await load(password)
  await killed
  const value = (name: string) => summary?.metrics[name]?.value ?? summary?.metrics[name]?.count
  const lost = value('server_errors') ?? 0
  const facts = `${value('allocations')} bookings, ${value('overlaps')} overlaps, ${lost} lost`
  console.log(`30 s of overlap.js, one of ${replicas} killed: ${facts}`)
  if (value('audits') !== 1 || value('overlaps') !== 0 || lost > lostMax) {
    throw new Error('Bookings were lost or overlap')
  }
  for (const id of ids.slice(1)) await requireServed(docker, id)
  await backUp(compose)
  console.log('passed')
}

/** @throws Error when PostgreSQL is killed by a stop, instead of shutting down */
async function requireCleanStop({ compose }: Engine): Promise<void> {
  await compose('stop', 'postgres')
  const last = await compose('logs', '--no-color', '--tail', '1', 'postgres')
  if (!last.includes('database system is shut down')) throw new Error(`Stopped as: ${last}`)
  console.log('PostgreSQL shut down')
}

/** Backs all of it up into the local folder that outlives the stack. */
async function backUp(compose: Engine['compose']): Promise<void> {
  const name = `check-${Date.now()}`
  await compose('run', '--rm', 'operator', 'backup', `backups/${name}`)
  const folder = join(import.meta.dir, '../backups', name)
  const databases = await readdir(folder)
  if (!serviceNames.every((service) => databases.some((file) => file.startsWith(service)))) {
    throw new Error(`The backup has ${databases.join(', ')}`)
  }
  console.log('backed up')
  // It belongs to the container's user.
  await compose('run', '--rm', '--entrypoint', 'rm', 'operator', '-r', `backups/${name}`)
}

async function load(password: string): Promise<K6Summary | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'campus-compose-'))
  const signal = new AbortController().signal
  const run = { scenario: 'overlap', url, smoke: false, password, folder, signal }
  const { summary, exitCode } = await runK6(k6, run)
  // Requests in flight on the killed replica fail; any other failure shows in the summary of k6.
  if (exitCode !== 0) console.log((await Bun.file(join(folder, 'k6.txt')).text()).slice(-2000))
  await rm(folder, { recursive: true })
  return summary
}

async function waitUntilReady(): Promise<void> {
  for (let attempt = 0; attempt < 120; attempt++) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    const { checks = {} } = answer?.ok ? ((await answer.json()) as Readiness) : {}
    if (serviceNames.every((name) => checks[name] === 'ok')) return
    await Bun.sleep(500)
  }
  throw new Error(`Not ready within a minute: ${url}/readyz`)
}

interface Readiness {
  checks?: Record<string, string>
}

// The engine itself looks only every half minute.
async function waitUntilReplicated({ compose, docker }: Engine): Promise<void> {
  const ask = 'process.exit((await fetch("http://127.0.0.1:3000/readyz")).ok ? 0 : 1)'
  const isReady = (id: string) =>
    docker('exec', id, 'bun', '-e', ask).then(
      () => true,
      () => false,
    )
  for (let attempt = 0; attempt < 60; attempt++) {
    const ids = (await compose('ps', '--quiet', 'inventory')).trim().split('\n')
    const ready = await Promise.all(ids.map(isReady))
    if (ready.length === replicas && ready.every(Boolean)) return
    await Bun.sleep(500)
  }
  throw new Error(`The inventory did not become ${replicas} ready replicas`)
}

/** @throws Error when a replica served no requests */
async function requireServed(docker: Engine['docker'], id: string): Promise<void> {
  const metrics = await docker(
    'exec',
    id,
    'bun',
    '-e',
    'console.log(await (await fetch("http://127.0.0.1:3000/metrics")).text())',
  )
  const counts = metrics.matchAll(/request_duration_seconds_count\{.*method="POST".*\} (\d+)/g)
  const served = [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
  if (served === 0) throw new Error(`The replica ${id} served no requests`)
  console.log(`a replica answered ${served} requests to book`)
}
