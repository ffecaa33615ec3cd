import { expect, it, onTestFinished } from 'bun:test'
import { connectRaw, startGateway } from './fixture.ts'

// Five faults in a row open the breaker of a service, for a second at a time.
const faultsMax = 5
const more = 20

async function startInFront(url: string, timeout_ms: number) {
  const gateway = await startGateway(url, { HOP_TIMEOUT_MS: `${timeout_ms}` })
  onTestFinished(async () => {
    await gateway.app.stop(true)
    await gateway.close()
  })
  return gateway
}

/** A service that answers as it is told, and counts. */
function startService(answer: (request: Request) => Promise<Response>) {
  let asked = 0
  const service = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request) => {
      asked++
      return answer(request)
    },
  })
  onTestFinished(() => service.stop(true))
  return { url: `http://127.0.0.1:${service.port}`, asked: () => asked }
}

it('a service that responds too late does not get every request', async () => {
  const { url, asked } = startService(async () => {
    await Bun.sleep(3000)
    return new Response('[]')
  })
  // Long enough for the login, which passes the same gateway.
  const gateway = await startInFront(url, 1500)
  const read = async () => (await gateway.send('/api/cars')).status
  const first = await Promise.all(Array.from({ length: faultsMax }, read))
  expect(new Set(first)).toEqual(new Set([504]))
  const statuses: number[] = []
  for (let at = 0; at < more; at++) statuses.push(await read())
  expect(statuses).toContain(503)
  expect(asked()).toBeLessThan(faultsMax + more)
}, 30_000)

it('a service that cuts connections does not get every request', async () => {
  let asked = 0
  const dying = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data: (socket, bytes) => {
        if (bytes.toString().startsWith('POST')) asked++
        socket.end()
      },
    },
  })
  onTestFinished(() => dying.stop(true))
  const gateway = await startInFront(`http://127.0.0.1:${dying.port}`, 2000)
  for (let at = 0; at < faultsMax + more; at++) {
    const headers = { 'content-type': 'application/json' }
    const { status } = await gateway.send('/api/cars', { method: 'POST', headers, body: '{}' })
    expect(status).toBe(503)
  }
  expect(asked).toBeGreaterThan(0)
  expect(asked).toBeLessThan(faultsMax + more)
}, 30_000)

it('a service is not blamed for clients that disconnect early', async () => {
  const gate = Promise.withResolvers<void>()
  const { url, asked } = startService(async () => {
    await gate.promise
    return new Response('[]')
  })
  const gateway = await startInFront(url, 10_000)
  const head = 'GET /api/cars HTTP/1.1\r\nHost: localhost\r\n'
  const request = `${head}Authorization: ${gateway.authorization}\r\n\r\n`
  const clients = Array.from({ length: 2 * faultsMax }, () => connectRaw(gateway.url))
  for (const { write } of clients) write(request)
  while (asked() < clients.length) await Bun.sleep(5)
  for (const { reset } of clients) reset()
  await Bun.sleep(100)
  gate.resolve()
  expect((await gateway.send('/api/cars')).status).toBe(200)
}, 30_000)
