import { describe, expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLedger } from '../scripts/chaos/ledger.ts'
import { startLoad } from '../scripts/chaos/load.ts'
import { verify } from '../scripts/chaos/verify.ts'
import { productionEnvironment } from '../scripts/harness/administrator.ts'
import { hasCaddy, startCaddy } from '../scripts/harness/caddy.ts'
import { createCars } from '../scripts/harness/request.ts'
import { freePorts } from '../scripts/harness/run-system.ts'
import { waitUntil } from '../scripts/harness/wait.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'

setDefaultTimeout(240_000)

const root = join(import.meta.dir, '..')
const program = `exec '${process.execPath}' '${root}/operator/campus.ts' "$@"`
// It says its version, but does not start.
const broken = `[ "$1" = --version ] && echo 9.9.9 || exit 1`

describe.skipIf(!hasCaddy)('an upgrade of one machine', () => {
  describeStores('behind Caddy', (makeDatabase) => {
    it('loses no request, also when a release does not start; backs up before', async () => {
      const { url } = await makeDatabase()
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
})

/** What deploy/vm makes of a machine, without its init. */
async function startMachine(databaseUrl: string) {
  const folder = await mkdtemp(join(tmpdir(), 'campus-machine-'))
  const ports = freePorts(2)
  for (const [name, text] of Object.entries({ one: program, two: program, broken })) {
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
    // As the unit has it.
    DRAIN_DELAY_MS: '2000',
  }
  const options = { cwd: folder, env: environment }
  const sh = (command: string) => Bun.spawnSync(['/bin/sh', '-c', command], options)
  const start = 'PORT={port} setsid at/{port}/campus >>log 2>&1 & echo $! >{port}.pid'
  const stop =
    'kill $(cat {port}.pid); while kill -0 $(cat {port}.pid) 2>/dev/null; do sleep 0.1; done'
  const [first = ''] = ports
  await mkdir(join(folder, 'at'))
  await symlink(join(folder, 'one'), join(folder, 'at', first))
  sh(start.replaceAll('{port}', first))
  const caddy = await startCaddy(ports.map((port) => `127.0.0.1:${port}`).join(' '), true)
  onTestFinished(async () => {
    sh('kill -9 $(cat *.pid)')
    await caddy.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${caddy.port}`
  await waitUntil('it is ready', () => fetch(`${url}/readyz`).then(({ ok }) => ok))

  async function upgrade(name: string): Promise<[code: number, output: string]> {
    const at = ['--ports', ports.join(), '--links', join(folder, 'at'), '--wait', '20']
    const commands = ['--start', start, '--stop', stop, '--backup', 'echo saved >>backups']
    const child = Bun.spawn(
      [process.execPath, `${root}/operator/upgrade.ts`, join(folder, name), ...at, ...commands],
      { ...options, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
    return [await child.exited, output + errors]
  }
  return { url, folder, ports, upgrade }
}
