import { describe, expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLedger } from '../scripts/chaos/ledger.ts'
import { startLoad } from '../scripts/chaos/load.ts'
import { verify } from '../scripts/chaos/verify.ts'
import { productionEnvironment } from '../scripts/harness/administrator.ts'
import { hasCaddy, startCaddy } from '../scripts/harness/caddy.ts'
import { commandOf } from '../scripts/harness/program.ts'
import { createCars } from '../scripts/harness/request.ts'
import { freePorts } from '../scripts/harness/run-system.ts'
import { waitUntil } from '../scripts/harness/wait.ts'
import { describeStores, makeSqlite } from '../shared/testing/describe-stores.ts'

setDefaultTimeout(240_000)

const program = `exec '${commandOf('operator/campus.ts').join("' '")}' "$@"`
// It reports its version, but does not start.
const broken = `[ "$1" = --version ] && echo 9.9.9 || exit 1`
const stuck = `[ "$1" = --version ] && echo 9.9.9 || exec sleep 600`

describe.skipIf(!hasCaddy)('an upgrade of one machine', () => {
  describeStores('behind Caddy', (makeDatabase) => {
    it('loses no request, even if a release does not start; backs up first', async () => {
      const { url } = await makeDatabase({ migrated: true })
      const machine = await startMachine(url)
      const resources = await createCars(machine.url, 3)
      const ledger = createLedger()
      const load = startLoad({ urls: [machine.url], resources, ledger, clients: 6 })
      onTestFinished(load.stop)
      const more = async () => {
        const before = load.witness.count('create', 201)
        await waitUntil('it books', () => load.witness.count('create', 201) > before + 50)
      }
      await more()
      const [first, second] = machine.ports
      expect(await machine.upgrade('two')).toEqual([0, expect.stringContaining(`at ${second}`)])
      await more()
      const [code, message] = await machine.upgrade('broken')
      expect([code, message]).toEqual([1, expect.stringContaining(`${second} serves on`)])
      await more()
      // Back, by the same command.
      expect(await machine.upgrade('one')).toEqual([0, expect.stringContaining(`at ${first}`)])
      await more()
      await load.stop()
      expect(load.witness.wrong).toEqual([])
      expect(await verify(machine.url, ledger, resources)).toEqual([])
      expect(await readFile(join(machine.folder, 'backups'), 'utf8')).toBe('saved\n'.repeat(3))
    })
  })

  it('can be run again after an interruption: by a signal, kill -9, with both ready', async () => {
    const { url } = await makeSqlite({ migrated: true })
    const machine = await startMachine(url)
    const [first = '', second = ''] = machine.ports
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const upgrade = machine.start('stuck')
      const pid = await machine.pidAt(second)
      // The operator's connection is lost, which ends nothing.
      upgrade.kill('SIGHUP')
      await Bun.sleep(500)
      expect([upgrade.exitCode, isAlive(pid)]).toEqual([null, true])
      upgrade.kill(signal)
      expect(await ended(upgrade)).toEqual([130, expect.stringContaining(`${first} serves on`)])
      expect(isAlive(pid)).toBe(false)
    }

    const killed = machine.start('stuck')
    const left = await machine.pidAt(second)
    killed.kill('SIGKILL')
    await killed.exited
    expect(isAlive(left)).toBe(true)
    expect(await machine.upgrade('two')).toEqual([0, expect.stringContaining(`at ${second}`)])
    expect(isAlive(left)).toBe(false)

    machine.begin(first)
    await waitUntil('both are ready', () =>
      fetch(`http://127.0.0.1:${first}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
    const [code, message] = await machine.upgrade('two')
    expect(code).toBe(1)
    const choices = [...message.matchAll(/^ {2}end \d+\.\d+\.\d+: (.+)$/gm)].map(([, one]) => one)
    expect(choices).toHaveLength(2)
    machine.sh(choices[0] ?? '')
    expect(await machine.upgrade('two')).toEqual([0, expect.stringContaining(`at ${first}`)])
  })

  it('says why a ready release is refused', async () => {
    const { url } = await makeSqlite({ migrated: true })
    const machine = await startMachine(url, { ALLOWED_CALLERS: '10.0.0.0/8' })
    const [code, message] = await machine.upgrade('two', '5')
    expect([code, message]).toEqual([1, expect.stringContaining('must name 127.0.0.1')])
  })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

type Upgrade = Bun.Subprocess<'ignore', 'pipe', 'pipe'>

async function ended(upgrade: Upgrade): Promise<[code: number, output: string]> {
  const [output, errors] = await Promise.all([upgrade.stdout.text(), upgrade.stderr.text()])
  return [await upgrade.exited, output + errors]
}

/** A machine as set up by deploy/vm, without its init. */
async function startMachine(databaseUrl: string, settings: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'campus-machine-'))
  const ports = freePorts(2)
  for (const [name, text] of Object.entries({ one: program, two: program, broken, stuck })) {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'campus'), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  }
  const environment = {
    ...productionEnvironment,
    PATH: String(process.env.PATH),
    DATABASE_URL: databaseUrl,
    BLOB_URL: `file:${folder}/blobs`,
    KEYS_FILE: join(folder, 'keys.json'),
    TRUSTED_PROXIES: '127.0.0.1',
    // As in the unit.
    DRAIN_DELAY_MS: '2000',
    ...settings,
  }
  const options = { cwd: folder, env: environment }
  const sh = (command: string) => Bun.spawnSync(['/bin/sh', '-c', command], options)
  const start = 'PORT={port} setsid at/{port}/campus >>log 2>&1 & echo $! >{port}.pid'
  const stop =
    '[ ! -e {port}.pid ] || { kill $(cat {port}.pid); ' +
    'while kill -0 $(cat {port}.pid) 2>/dev/null; do sleep 0.1; done; rm {port}.pid; }'
  const [first = ''] = ports
  await mkdir(join(folder, 'at'))
  await symlink(join(folder, 'one'), join(folder, 'at', first))
  const begin = (port: string) => sh(start.replaceAll('{port}', port))
  begin(first)
  const caddy = await startCaddy(ports.map((port) => `127.0.0.1:${port}`).join(' '), true)
  onTestFinished(async () => {
    sh('kill -9 $(cat *.pid)')
    await caddy.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${caddy.port}`
  await waitUntil('it is ready', () => fetch(`${url}/readyz`).then(({ ok }) => ok))

  const upgrade = (name: string, wait_s = '20') => ended(startUpgrade(name, wait_s))

  function startUpgrade(name: string, wait_s = '20'): Upgrade {
    const at = ['--ports', ports.join(), '--links', join(folder, 'at'), '--wait', wait_s]
    const commands = ['--start', start, '--stop', stop, '--backup', 'echo saved >>backups']
    return Bun.spawn(
      [...commandOf('operator/upgrade.ts'), join(folder, name), ...at, ...commands],
      { ...options, stdio: ['ignore', 'pipe', 'pipe'] },
    )
  }

  async function pidAt(port: string): Promise<number> {
    const read = () => readFile(join(folder, `${port}.pid`), 'utf8').catch(() => '')
    await waitUntil('it is started', async () => (await read()).endsWith('\n'))
    return Number(await read())
  }

  return { url, folder, ports, sh, begin, start: startUpgrade, upgrade, pidAt }
}
