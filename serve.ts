import manifest from './package.json' with { type: 'json' }
import { compose } from './services/compose.ts'
import { campus, isPart, partNames, serviceNames } from './services/index.ts'
import { readConfig } from './shared/host/config.ts'
import { describeError } from './shared/describe-error.ts'
import { createLog } from './shared/host/log.ts'
import { isStandalone } from './shared/program.ts'

// `bun serve.ts` runs everything in one process; `bun serve.ts inventory` runs one service.
const asked = process.argv.slice(2)
if (asked[0] === '--version') {
  console.log(manifest.version)
  process.exit(0)
}
const unknown = asked.find((name) => !isPart(name))
if (unknown) {
  fail(`There is no service ${unknown}. Choose from ${partNames.join(', ')}, or none for all.`)
}
// Longer than any request may take; what still runs then hangs.
const drainMax_ms = 15_000
const parts = asked.length > 0 ? [...new Set(asked.filter(isPart))] : partNames

const config = readOrFail(() => readConfig(process.env, serviceNames))
requireConnections()
const log = createLog({ level: config.LOG_LEVEL, format: config.LOG_FORMAT })
process.on('unhandledRejection', (error) => log.error('unhandled', describeError(error)))

const system = await compose({ parts, config, log, onThreadEnd }).catch(failWith)
await system.readiness.requireReady().catch(failWith)
// Whatever ends this start, the first password is not shown again.
const showFirst = () => show(system.announced.splice(0))
await system.prepare().finally(showFirst).catch(failWith)
const [first = 'gateway'] = parts
const port = config.PORT ?? campus[parts.includes('gateway') ? 'gateway' : first].port
try {
  // One port, one process: a second one must fail, not share silently.
  system.app.listen({
    hostname: config.HOST,
    port,
    reusePort: false,
    idleTimeout: 60,
    // Each route bounds its own body, and says so; Bun would only close the connection.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  })
} catch (error) {
  failWith(error)
}
// Requests are served from now on, and signals are handled.
const filled = config.sampleData ? system.fillSamples() : Promise.resolve()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, drain)
await filled
if (!system.readiness.draining()) {
  system.startTasks()
  announce(`http://${config.HOST}:${system.app.server?.port}`)
}

// Readiness falls first, then the door closes, then what is under way ends, then the databases.
async function drain() {
  log.info('draining')
  system.readiness.drain()
  await Bun.sleep(config.DRAIN_DELAY_MS)
  system.stop()
  const { server } = system.app
  void server?.stop()
  const giveUp = Date.now() + drainMax_ms
  while (server && server.pendingRequests > 0 && Date.now() < giveUp) await Bun.sleep(10)
  await server?.stop(true) // connections that are only kept alive
  await filled
  await system.close()
  log.info('stopped')
  log.flush()
  process.exit(0)
}

// Half a process helps nobody: another start has all its threads, and nothing acknowledged is lost.
function onThreadEnd(error: Error) {
  log.error('a thread ended, and so does the process', describeError(error))
  log.flush()
  process.exit(1)
}

function announce(address: string) {
  if (config.LOG_FORMAT === 'json') {
    show(system.announced)
    return log.info('ready', { address, parts })
  }
  show([
    ['address', address],
    ['docs', `${address}/swagger`],
    ...parts.map((part): Announcement => [part, 'in this process']),
    ...system.announced,
  ])
}

type Announcement = (typeof system.announced)[number]

function show(rows: Announcement[]) {
  for (const [name, text] of rows) {
    // What is shown once belongs on a screen, not among the log lines that are kept.
    if (config.LOG_FORMAT === 'json') console.error(`${name}: ${text}`)
    else console.log(`  ${name.padEnd(14)} ${text}`)
  }
}

// Every stream of events that is forwarded, and every transfer by a slow client, is one connection
// more. Bun makes 256; past that all others wait.
function requireConnections() {
  const isForwarding = parts.includes('gateway') && parts.length < partNames.length
  const isStoringElsewhere = parts.includes('files') && config.BLOB_URL.startsWith('s3:')
  if (isForwarding || isStoringElsewhere) startWith('BUN_CONFIG_MAX_HTTP_REQUESTS', '16384')
}

// What the runtime reads only when it starts: the same program in its own place, under the same
// process id.
function startWith(name: string, value: string) {
  if (process.env[name]) return
  const environment = { ...process.env, [name]: value } as Record<string, string>
  // The one binary has no path of a program among its arguments.
  const given = process.argv.slice(isStandalone ? 2 : 1)
  process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...given], environment)
}

function readOrFail<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    return failWith(error)
  }
}

function failWith(error: unknown): never {
  return fail(error instanceof Error ? error.message : String(error))
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
