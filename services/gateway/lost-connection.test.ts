import { expect, it, onTestFinished } from 'bun:test'
import { createServer, type AddressInfo } from 'node:net'
import { startGateway } from './fixture.ts'

/** A service that answers reads, and breaks the connection of each change it was sent. */
async function startDying(): Promise<{ url: string; changes: string[] }> {
  const changes: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      const [method = ''] = bytes.toString().split(' ')
      if (method === 'GET') return socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]')
      changes.push(method)
      return socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, changes }
}

async function startBefore(url: string) {
  const gateway = await startGateway(url)
  onTestFinished(async () => {
    await gateway.app.stop(true)
    await gateway.close()
  })
  return gateway
}

it('a key makes a request safe to repeat only on a route that takes one', async () => {
  const service = await startDying()
  const gateway = await startBefore(service.url)
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'once' }
  for (const [method, path, sent] of [
    ['POST', '/api/cars', ['POST', 'POST']],
    ['PATCH', `/api/cars/${Bun.randomUUIDv7()}`, ['PATCH']],
    ['POST', '/api/allocations/events/tickets', ['POST']],
  ] as const) {
    service.changes.length = 0
    expect((await gateway.send('/api/cars')).status).toBe(200)
    const answer = await gateway.send(path, { method, headers, body: '{"name":"a"}' })
    expect([method, path, answer.status, service.changes]).toEqual([method, path, 503, [...sent]])
  }
}, 20_000)

it('a change whose connection breaks is sent once, as it may have taken effect', async () => {
  const service = await startDying()
  const gateway = await startBefore(service.url)
  const headers = { 'content-type': 'application/json' }
  const id = Bun.randomUUIDv7()
  for (const [method, path, body] of [
    ['DELETE', `/api/cars/${id}`, undefined],
    ['PATCH', `/api/cars/${id}`, '{"name":"a"}'],
    ['POST', '/api/cars', '{"name":"a"}'],
  ] as const) {
    service.changes.length = 0
    // So that there is a connection to be kept.
    expect((await gateway.send('/api/cars')).status).toBe(200)
    const answer = await gateway.send(path, { method, ...(body && { headers, body }) })
    expect([method, answer.status, service.changes]).toEqual([method, 503, [method]])
  }
}, 20_000)
