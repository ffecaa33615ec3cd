import { accessSync, constants, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { fail, orUsage } from './fail.ts'

const usage = `campus run upgrade <release> [options]

Puts a release in place of the one that runs on this machine (deploy/vm), and loses no request:
backs up, starts the release at the port that is free, waits until it is ready, and only then ends
the one that ran. A release that is not ready in time is ended, and the other one serves on. An
older release rolls an upgrade back.

  <release>  a folder with the program \`campus\`: /opt/campus/1.3.0
  --ports    the two it runs at in turn; 3000,3001 by default
  --links    /opt/campus/at by default: there is {port}, the link to the release that runs at it,
             and \`current\`, to the one that serves
  --start    'systemctl enable --now campus@{port}' by default
  --stop     'systemctl disable --now campus@{port}' by default
  --backup   'systemctl start campus-backup' by default; empty for none
  --wait     seconds a release may take to be ready, its migrations too; 60 by default`

// The proxy looks every half second.
const noticed_ms = 2000

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
if (!port || !former) {
  fail(`Of ${ports.join(' and ')} one must be free, and Campus ready at the other.`)
}
if (options.backup) {
  orFailed(['/bin/sh', '-c', options.backup])
  console.log('backed up')
}
point(join(options.links, port), release)
const isStarted = run(inPlace(options.start, port)).success
if (!isStarted || !(await becomesReady())) {
  run(inPlace(options.stop, port))
  fail(`${release} was not ready within ${wait_s} s; ${former} serves on. Its log says why.`)
}
await Bun.sleep(noticed_ms)
point(join(options.links, 'current'), release)
orFailed(inPlace(options.stop, former))
console.log(`${version} runs at ${port}`)

// In one step: there is no moment without a program.
function point(link: string, folder: string): void {
  mkdirSync(options.links, { recursive: true })
  const fresh = `${link}.new`
  rmSync(fresh, { force: true })
  symlinkSync(folder, fresh)
  renameSync(fresh, link)
}

async function becomesReady(): Promise<boolean> {
  for (const giveUp = Date.now() + wait_s * 1000; Date.now() < giveUp; await Bun.sleep(100)) {
    if (port && (await readVersion(port)) === version) return true
  }
  return false
}

/** @returns undefined when nothing is ready there */
async function readVersion(at: string): Promise<string | undefined> {
  const ask = (path: string) =>
    fetch(`http://127.0.0.1:${at}${path}`, { signal: AbortSignal.timeout(5000) })
  try {
    if (!(await ask('/readyz')).ok) return undefined
    const metrics = await (await ask('/metrics')).text()
    return /^campus_build_info\{version="([^"]*)"/m.exec(metrics)?.[1] ?? 'unknown'
  } catch {
    return undefined
  }
}

function inPlace(command: string, at: string): string[] {
  return ['/bin/sh', '-c', command.replaceAll('{port}', at)]
}

function run(command: string[]) {
  return Bun.spawnSync(command, { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** @returns what it writes */
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
