import { afterAll, describe, expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../harness/run-system.ts'
import { commandOf } from '../harness/program.ts'
import { spawnInventory } from './inventory.ts'
import { createLedger } from './ledger.ts'
import { startLoad } from './load.ts'
import { repeatCreates } from './repeat.ts'
import { createCars, send } from '../harness/request.ts'
import { fillDisk, makeSmallDisk, type SmallDisk } from './small-disk.ts'
import { verify } from './verify.ts'
import { waitUntil } from '../harness/wait.ts'

setDefaultTimeout(240_000)

const clients = 16

const folder = mkdtempSync(join(tmpdir(), 'campus-disk-'))
afterAll(() => rmSync(folder, { recursive: true }))
const disk = makeSmallDisk(folder)
if (!disk) {
  console.warn('Skipped: a full disk. Neither root nor a user namespace may mount a tmpfs here.')
}

describe.skipIf(!disk)('an inventory whose disk is full', () => {
  it('refuses bookings with 507, keeps reading, and books again when there is room', async () => {
    const { url, pid } = await startOn(disk as SmallDisk)
    const ledger = createLedger()
    const resources = await createCars(url, 3)
    const load = startLoad({ urls: [url], resources, ledger, clients, tolerated: [503, 507] })
    onTestFinished(load.stop)
    const { witness } = load
    const refusals = () => witness.total(503) + witness.total(507)
    await waitUntil('there is load', () => witness.count('create', 201) > 200)
    expect(refusals()).toBe(0)

    const free = fillDisk(pid, disk as SmallDisk)
    await waitUntil('creates are refused', () => witness.count('create', 507) > 100)
    await expectReads(url, resources)
    free()
    const created = witness.count('create', 201)
    await waitUntil('there is load again', () => witness.count('create', 201) > created + 200)
    const refused = refusals()
    await waitUntil('there is more load', () => witness.count('create', 201) > created + 400)
    expect(refusals()).toBe(refused)

    await load.stop()
    expect(witness.wrong).toEqual([])
    expect(witness.count('read', 503) + witness.count('read', 507)).toBe(0)
    const repeats = await repeatCreates(url, load.repeatables)
    expect(repeats.faults).toEqual([])
    expect(await verify(url, ledger, resources)).toEqual([])
  })
})

async function startOn({ folder, within }: SmallDisk) {
  const [PORT = ''] = freePorts(1)
  // Its log is on the same disk and may lose lines; the service continues.
  const logging = ['sh', '-c', 'exec "$@" > "$0"', `${folder}/log`]
  const { child } = spawnInventory(
    `sqlite:${folder}/{service}.sqlite`,
    { PORT, LOG_LEVEL: 'info' },
    [...within, ...logging, ...commandOf('serve.ts')],
  )
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await child.exited
  })
  const url = `http://127.0.0.1:${PORT}`
  await waitUntil('it is ready', async () => (await send('GET', `${url}/readyz`))?.status === 200)
  return { url, pid: child.pid }
}

async function expectReads(url: string, resources: string[]): Promise<void> {
  const [resource = ''] = resources
  const paths = ['/api/cars', resource, `${resource}/allocations`, '/api/allocations/audit']
  for (const path of [...paths, `${resource}/availability`, '/readyz']) {
    expect([path, (await send('GET', url + path))?.status]).toEqual([path, 200])
  }
}
