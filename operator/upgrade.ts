import { accessSync, constants, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { fail, orUsage } from './fail.ts'

const usage = `campus run upgrade <release> [options]

Replaces the release that runs on this machine (deploy/vm) without losing a request: backs up,
starts the new release on the free port, waits until it is ready, and only then stops the old one.
A release that is not ready in time is stopped, and the old one keeps serving. To roll back, upgrade
to the older release.

  <release>  a folder with the program \`campus\`: /opt/campus/1.3.0
  --ports    the two ports used in turn; 3000,3001 by default
  --links    a folder of links, /opt/campus/at by default: {port} leads to the release on that port,
             \`current\` to the one that serves
  --start    'systemctl enable --now campus@{port}' by default
  --stop     'systemctl disable --now campus@{port}' by default
  --backup   'systemctl start campus-backup' by default; empty for none
  --wait     seconds until a release must be ready, including migrations; 60 by default`

// The proxy checks every half second.
const noticed_ms = 2000
const unknown = 'an unknown version'

const { release, ports, options, wait_s } = orUsage(usage, readCommand)
const program = join(release, 'campus')
try {
  accessSync(program, constants.X_OK)
} catch {
  fail(`${program} is no program. Nothing was changed.`)
}
const version = orFailed([program, '--version']).trim()
const running = await Promise.all(ports.map(readVersion))
const port = ports.find((_, at) => running[at] === undefined)
const former = ports.find((_, at) => running[at] !== undefined)
if (!former) fail(`Campus is ready at neither ${ports.join(' nor ')}. Start what ran there before.`)
if (!port) {
  const choices = ports.map((at, place) => `  end ${running[place]}: ${inPlace(options.stop, at)}`)
  fail(['Campus is ready at both ports. End one, then run this again.', ...choices].join('\n'))
}
process.on('SIGHUP', () => {})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => giveUp('was interrupted', 130))
let isDecided = false
if (options.backup) {
  orFailed(shell(options.backup))
  console.log('backed up')
  // Lets a signal be handled here.
  await Bun.sleep(1)
}
// A process left by an interrupted upgrade is not this release.
run(shell(inPlace(options.stop, port)))
point(join(options.links, port), release)
const started = run(shell(inPlace(options.start, port)))
if (!started.success) giveUp(`did not start: ${started.stderr.toString().trim()}`)
if (!(await becomesReady(port))) giveUp(await explain(port))
await Bun.sleep(noticed_ms)
isDecided = true
point(join(options.links, 'current'), release)
orFailed(shell(inPlace(options.stop, former)))
console.log(`${version} runs at ${port}`)

function giveUp(why: string, code = 1): void {
  if (isDecided) return
  if (port) run(shell(inPlace(options.stop, port)))
  fail(`${release} ${why}. ${former} serves on.`, code)
}

// Atomically: there is always a program.
function point(link: string, folder: string): void {
  mkdirSync(options.links, { recursive: true })
  const fresh = `${link}.new`
  rmSync(fresh, { force: true })
  symlinkSync(folder, fresh)
  renameSync(fresh, link)
}

async function becomesReady(at: string): Promise<boolean> {
  for (const end = Date.now() + wait_s * 1000; Date.now() < end; await Bun.sleep(100)) {
    if ((await readVersion(at)) === version) return true
  }
  return false
}

async function explain(at: string): Promise<string> {
  const found = await readVersion(at)
  if (!found) return `was not ready within ${wait_s} s: its log says why`
  if (found !== unknown) return `is not what is ready at ${at}, but ${found}`
  return 'is ready, but /metrics does not tell its version: ALLOWED_CALLERS must name 127.0.0.1'
}

/** @returns undefined if nothing is ready there */
async function readVersion(at: string): Promise<string | undefined> {
  const ask = (path: string) =>
    fetch(`http://127.0.0.1:${at}${path}`, { signal: AbortSignal.timeout(5000) })
  try {
    if (!(await ask('/readyz')).ok) return undefined
    const metrics = await (await ask('/metrics')).text()
    return /^campus_build_info\{version="([^"]*)"/m.exec(metrics)?.[1] ?? unknown
  } catch {
    return undefined
  }
}

function inPlace(command: string, at: string): string {
  return command.replaceAll('{port}', at)
}

/** Neither a lost connection nor Ctrl+C ends it halfway: the next step is decided here. */
function shell(command: string): string[] {
  return ['/bin/sh', '-c', `trap '' HUP INT; eval "$0"`, command]
}

function run(command: string[]) {
  return Bun.spawnSync(command, { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** @returns its output */
function orFailed(command: string[]): string {
  const { success, stdout, stderr } = run(command)
  if (!success) fail(`${command.at(-1)}: ${stderr.toString().trim()}`)
  return stdout.toString()
}

function readCommand() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ports: { type: 'string', default: '3000,3001' },
      links: { type: 'string', default: '/opt/campus/at' },
      start: { type: 'string', default: 'systemctl enable --now campus@{port}' },
      stop: { type: 'string', default: 'systemctl disable --now campus@{port}' },
      backup: { type: 'string', default: 'systemctl start campus-backup' },
      wait: { type: 'string', default: '60' },
    },
  })
  const [given, ...others] = positionals
  const [ports, wait_s] = [values.ports.split(','), Number(values.wait)]
  if (!given || others.length > 0 || ports.length !== 2 || !(wait_s > 0)) return undefined
  return { release: resolve(given), ports, options: values, wait_s }
}
