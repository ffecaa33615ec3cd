import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { describeStores, type MakeDatabase } from '../../shared/testing/describe-stores.ts'
import { freePorts } from '../harness/run-system.ts'
import { spawnInventory, startInventory } from './inventory.ts'
import { createLedger } from './ledger.ts'
import { startLoad } from './load.ts'
import { readAuthorization } from '../harness/administrator.ts'
import { createCars, expectBody, readAudit, send } from '../harness/request.ts'
import { silence } from './witness.ts'
import { verify } from './verify.ts'
import { waitUntil } from '../harness/wait.ts'

setDefaultTimeout(240_000)

const clients = 24
// Balancers poll every second or so. Here the clients poll, on a possibly busy machine.
const drainDelay_ms = 1000

describeStores('an inventory that gets a signal under load', (makeDatabase) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`${signal}: unready first, it completes requests, ends streams, exits with 0`, async () => {
      const { url, child, databaseUrl } = await startDraining(makeDatabase)
      const [followed = '', ...resources] = await createCars(url, 4)
      const follower = await follow(url, followed)
      const ledger = createLedger()
      const load = startLoad({ urls: [url], resources, ledger, clients })
      await waitUntil('there is load', () => load.witness.count('create', 201) > 100)

      expect(follower.hasEnded()).toBe(false)
      child.kill(signal)
      await waitUntil('it is unready', () => isUnready(url))
      const created = load.witness.count('create', 201)
      await waitUntil('it still works', () => load.witness.count('create', 201) > created)
      await load.stop()
      expect(load.witness.wrong).toEqual([])
      expect(await follower.end()).toContain('event: allocation.created')
      expect(await child.exited).toBe(0)
      expect(child.signalCode).toBeNull()

      const again = await startInventory(databaseUrl)
      onTestFinished(again.kill)
      expect(await verify(again.url, ledger, resources)).toEqual([])
    })
  }

  it('leaves nothing half done for clients that send until the listener is closed', async () => {
    const { url, child, databaseUrl } = await startDraining(makeDatabase)
    const ledger = createLedger()
    const resources = await createCars(url, 3)
    const load = startLoad({
      urls: [url],
      resources,
      ledger,
      clients,
      tolerated: [silence],
      isSilenceRefusal: true,
    })
    await waitUntil('there is load', () => load.witness.count('create', 201) > 100)
    child.kill('SIGTERM')
    expect(await child.exited).toBe(0)
    await load.stop()
    expect(load.witness.wrong).toEqual([])

    const again = await startInventory(databaseUrl)
    onTestFinished(again.kill)
    expect(await verify(again.url, ledger, resources)).toEqual([])
  })
})

describeStores('an inventory that stops listening', (makeDatabase) => {
  it('completes a request that is still being sent', async () => {
    const { url, child } = await startDraining(makeDatabase)
    const [car = ''] = await createCars(url, 1)
    const body = JSON.stringify(everlasting)
    const { port, host } = new URL(url)
    let answer = ''
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port: Number(port),
      socket: { data: (_, chunk) => void (answer += chunk.toString()) },
    })
    const head = [
      `POST ${car}/allocations HTTP/1.1`,
      `Host: ${host}`,
      'Content-Type: application/json',
      `Authorization: ${await readAuthorization(url)}`,
      `Content-Length: ${body.length}`,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 5)}`)
    // Only the service knows that it has read this much; no response can tell.
    await Bun.sleep(200)
    child.kill('SIGTERM')
    await waitUntil('the door is closed', async () => !(await send('GET', `${url}/livez`)))
    socket.write(body.slice(5))
    await waitUntil('it is answered', () => answer.includes('\r\n\r\n'))
    expect(answer).toStartWith('HTTP/1.1 201 Created')
    expect(await child.exited).toBe(0)
  })
})

describeStores('a port that is in use', (makeDatabase) => {
  it('ends a second process with a message, and stays with the first', async () => {
    const { url } = await startDraining(makeDatabase)
    const { port } = new URL(url)
    const database = await makeDatabase({ migrated: true })
    onTestFinished(database.remove)
    const { child: second, output } = spawnInventory(database.url, { PORT: port })
    onTestFinished(() => second.kill('SIGKILL'))

    expect(await second.exited).toBe(1)
    expect(await output).toMatch(new RegExp(`port ${port} .*in use`, 'i'))
    const cars = await createCars(url, 20)
    expect(await readAudit(url)).toMatchObject({ resources: cars.length })
  })
})

async function startDraining(makeDatabase: MakeDatabase) {
  const database = await makeDatabase({ migrated: true })
  const [PORT = ''] = freePorts(1)
  const environment = { PORT, DRAIN_DELAY_MS: String(drainDelay_ms) }
  const { child } = spawnInventory(database.url, environment)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await child.exited
    await database.remove()
  })
  const url = `http://127.0.0.1:${PORT}`
  await waitUntil('it is ready', async () => (await send('GET', `${url}/readyz`))?.status === 200)
  return { url, child, databaseUrl: database.url }
}

/** Follows events of one resource, and causes an event. */
async function follow(url: string, resource: string) {
  const id = resource.split('/').at(-1)
  const stream = await fetch(`${url}/api/allocations/events?resource_id=${id}`, {
    headers: { authorization: await readAuthorization(url) },
  })
  const path = `${url}${resource}/allocations`
  const { id: booking } = await expectBody<{ id: string }>('POST', path, { body: everlasting })
  await send('DELETE', `${path}/${booking}`)
  let hasEnded = false
  const text = stream.text().finally(() => (hasEnded = true))
  return { hasEnded: () => hasEnded, end: () => text }
}

const everlasting = { from_infinity: true, to_infinity: true }

async function isUnready(url: string): Promise<boolean> {
  return (await send('GET', `${url}/readyz`))?.status === 503
}
