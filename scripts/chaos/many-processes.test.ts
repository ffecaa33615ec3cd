import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStores, type MakeDatabase } from '../../shared/testing/describe-stores.ts'
import { freePorts } from '../harness/run-system.ts'
import { spawnInventory, startInventory } from './inventory.ts'
import { createLedger } from './ledger.ts'
import { startLoad } from './load.ts'
import { createCars, expectBody, readAudit, send, type Answer } from '../harness/request.ts'
import { verify } from './verify.ts'
import { waitUntil } from '../harness/wait.ts'

setDefaultTimeout(240_000)

const startsAtOnce = 6
const bookingsWanted = 400
const movers = 48
const movesEach = 25
const repeats = 20
const sharedFile = 'Another process serves this SQLite file'
const startingLine = './scripts/chaos/starting-line.ts'

describeStores('several processes on one database', (makeDatabase) => {
  it('never book a time twice, and never fail', async () => {
    const urls = await startSeveral(makeDatabase, 3)
    const ledger = createLedger()
    const resources = await createCars(urls[0], 3)
    const load = startLoad({ urls, resources, ledger, clients: 32 })
    onTestFinished(load.stop)
    await waitUntil('enough is booked', () => load.witness.count('create', 201) > bookingsWanted)
    await load.stop()

    expect(load.witness.wrong).toEqual([])
    expect(load.witness.total(409)).toBeGreaterThan(0)
    expect(load.witness.count('move', 200)).toBeGreaterThan(0)
    for (const url of urls) expect(await verify(url, ledger, resources)).toEqual([])
  })

  it('moves within one resource succeed or report the conflict, and nothing else', async () => {
    const urls = await startSeveral(makeDatabase, 2)
    const [car = ''] = await createCars(urls[0], 1)
    const path = `${car}/allocations`
    const bookings = await Promise.all(
      Array.from({ length: movers }, (_, at) =>
        expectBody<{ id: string }>('POST', urls[0] + path, { body: spanOfHour(at) }),
      ),
    )
    const statuses = new Set<number | undefined>()
    async function moveAgainAndAgain({ id }: { id: string }, at: number) {
      for (let move = 0; move < movesEach; move++) {
        const body = spanOfHour(Math.floor(Math.random() * movers * 1.5))
        const answer = await send('PATCH', `${urls[(at + move) % 2]}${path}/${id}`, { body })
        statuses.add(answer?.status)
      }
    }
    await Promise.all(bookings.map(moveAgainAndAgain))

    expect([...statuses].toSorted()).toEqual([200, 409])
    expect(await readAudit(urls[0])).toMatchObject({ allocations: movers, overlaps: 0 })
  })

  it('one request sent to all at once is one booking with one response', async () => {
    const urls = await startSeveral(makeDatabase, 2)
    const [car = ''] = await createCars(urls[0], 1)
    for (let repeat = 0; repeat < repeats; repeat++) {
      const requests = [...urls, ...urls].map((url) => ({ url, body: spanOfHour(repeat) }))
      const answers = await sendWithOneKey(requests, car)
      expect(answers.map((answer) => answer?.status)).toEqual([201, 201, 201, 201])
      expect(new Set(answers.map((answer) => JSON.stringify(answer?.body))).size).toBe(1)
    }
    expect(await readAudit(urls[0])).toMatchObject({ allocations: repeats })
  })

  it('of several requests under one key at once one wins, the others are refused', async () => {
    const urls = await startSeveral(makeDatabase, 2)
    const [car = ''] = await createCars(urls[0], 1)
    for (let repeat = 0; repeat < repeats; repeat++) {
      const toRequest = (url: string, at: number) => ({ url, body: spanOfHour(repeat * 4 + at) })
      const answers = await sendWithOneKey([...urls, ...urls].map(toRequest), car)
      const statuses = answers.map((answer) => answer?.status)
      expect(statuses.toSorted()).toEqual([201, 422, 422, 422])
    }
    expect(await readAudit(urls[0])).toMatchObject({ allocations: repeats })
  })

  it(`${startsAtOnce} first starts at once on a fresh database all become ready`, async () => {
    const { urls, areAllReady, end } = await startTogether(makeDatabase, startsAtOnce)
    await waitUntil('all are ready', areAllReady)

    const [car = ''] = await createCars(urls[0] ?? '', 1)
    const body = spanOfHour(0)
    const answers = await Promise.all(
      urls.map((url) => send('POST', `${url}${car}/allocations`, { body })),
    )
    expect(answers.filter((answer) => answer?.status === 201)).toHaveLength(1)
    expect(answers.filter((answer) => answer?.status === 409)).toHaveLength(startsAtOnce - 1)
    // One of them created the administrator and logs that with the next step; the others log
    // nothing, except that a SQLite file should have one process.
    const lines = (await end()).split(/(?<=\n)/)
    expect(lines.filter((line) => !line.includes(sharedFile)).join('')).toBe(
      'administrator: admin\n' +
        'next: open /people to set your own password and address, and to invite others\n',
    )
  })
})

/** Starts that many; they and their database are removed after the test. */
async function startSeveral(
  makeDatabase: MakeDatabase,
  count: number,
): Promise<[string, ...string[]]> {
  const database = await makeDatabase()
  onTestFinished(database.remove)
  const start = async () => {
    const system = await startInventory(database.url)
    onTestFinished(system.kill)
    return system.url
  }
  const urls: [string, ...string[]] = [await start()]
  while (urls.length < count) urls.push(await start())
  return urls
}

/** Starts that many at the same moment, on a fresh database. */
async function startTogether(makeDatabase: MakeDatabase, count: number) {
  const database = await makeDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'campus-start-'))
  const line = join(folder, 'line')
  const environment = { STARTING_LINE: line, BUN_OPTIONS: `--preload=${startingLine}` }
  const ports = freePorts(count)
  // From the sources, as the line is among them.
  const command = [process.execPath, 'serve.ts']
  const processes = ports.map((PORT) =>
    spawnInventory(database.url, { ...environment, PORT }, command),
  )
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)

  /** @returns their output */
  async function end(): Promise<string> {
    for (const { child } of processes) child.kill('SIGKILL')
    return (await Promise.all(processes.map(({ output }) => output))).join('')
  }
  onTestFinished(async () => {
    await end()
    await database.remove()
    rmSync(folder, { recursive: true })
  })
  await waitUntil('all are at the line', () => readdirSync(folder).length === count)
  writeFileSync(line, '')

  async function areAllReady(): Promise<boolean> {
    if (processes.some(({ child }) => child.exitCode !== null)) throw new Error(await end())
    const answers = await Promise.all(urls.map((url) => send('GET', `${url}/readyz`)))
    return answers.every((answer) => answer?.status === 200)
  }

  return { urls, areAllReady, end }
}

async function sendWithOneKey(
  requests: { url: string; body: unknown }[],
  resource: string,
): Promise<(Answer | undefined)[]> {
  const headers = { 'idempotency-key': Bun.randomUUIDv7() }
  return Promise.all(
    requests.map(({ url, body }) =>
      send('POST', `${url}${resource}/allocations`, { body, headers }),
    ),
  )
}

function spanOfHour(hour: number) {
  const from = Date.parse('2027-01-01T00:00:00Z') + hour * 60 * 60 * 1000
  const to = from + 60 * 60 * 1000
  return { from_datetime: new Date(from).toISOString(), to_datetime: new Date(to).toISOString() }
}
