import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { TestSystem } from '../testing/system.ts'
import { createAddressList } from '../../shared/host/address.ts'
import { createClientAddress } from '../../shared/host/client-address.ts'
import { startGateway, startListening, untilLogged } from './fixture.ts'

const post = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

describe('the gateway in front of a real inventory', () => {
  let users: TestSystem
  let inventory: TestSystem
  let gateway: Awaited<ReturnType<typeof startGateway>>
  beforeAll(async () => {
    const accounts = await startListening({ parts: ['users'] })
    const environment = { USERS_URL: accounts.url }
    const bookings = await startListening({ parts: ['inventory'], environment })
    gateway = await startGateway(bookings.url, environment)
    users = accounts
    inventory = bookings
  })
  afterAll(async () => {
    await gateway.app.stop(true)
    await inventory.app.stop(true)
    await users.app.stop(true)
    await Promise.all([gateway.close(), inventory.close(), users.close()])
  })

  it("passes on the service's response: status, headers, body", async () => {
    const made = await gateway.send('/api/cars', post({ name: 'Blue' }))
    expect(made.status).toBe(201)
    const location = made.headers.get('location') ?? ''
    const car: unknown = await made.json()
    const found = await gateway.send(location)
    expect(await found.json()).toEqual(car)
    expect(found.headers.get('etag')).toStartWith('"v1-')
    const gone = await gateway.send(location, { method: 'DELETE' })
    expect([gone.status, await gone.text()]).toEqual([204, ''])
    const wrong = await gateway.send('/api/cars', { method: 'DELETE' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
    expect((await gateway.send('/api/nothing')).status).toBe(404)
  })

  it('keeps one request id from the gateway to the service', async () => {
    const headers = { 'x-request-id': 'trace-me' }
    const response = await gateway.send('/api/cars', { headers })
    expect(response.headers.get('x-request-id')).toBe('trace-me')
    await untilLogged(inventory, 'trace-me')
    await untilLogged(gateway, 'trace-me')
    const made = await gateway.send('/api/cars', post({ name: 'Logged' }))
    expect(made.status).toBe(201)
    await untilLogged(gateway, '"method":"POST","path":"/api/cars","status":201')
  })

  it('counts ready replicas in its metrics, by probing each', async () => {
    const read = async () => {
      const text = await (await gateway.send('/metrics')).text()
      return [...text.matchAll(/^campus_replicas_ready\{backend="(\w+)"\} (\d)$/gm)].map(
        ([, name, count]) => [name, count],
      )
    }
    const all = await read()
    expect(all).toContainEqual(['inventory', '1'])
    // Of those the tests of this file start no process.
    expect(all).toContainEqual(['books', '0'])
  })

  it('streams events as they happen', async () => {
    const response = await gateway.send('/api/allocations/events')
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await gateway.send('/api/cars', post({ name: 'Watched' }))
    let text = ''
    while (!text.includes('resource.created')) {
      const { value } = await reader.read()
      text += new TextDecoder().decode(value)
    }
    await reader.cancel()
    expect(text).toContain('retry: 2000')
  })

  it('works without its services, and reports their state', async () => {
    const ready = await gateway.send('/readyz')
    expect([ready.status, await ready.json()]).toMatchObject([
      200,
      { status: 'ready', checks: { users: 'ok', inventory: 'ok', books: 'failed' } },
    ])
  })
})

describe('the gateway in front of a service in trouble', () => {
  it('returns 503 immediately for an unavailable service, and names it', async () => {
    const gateway = await startGateway('http://127.0.0.1:9')
    for (let attempt = 0; attempt < 8; attempt++) {
      const response = await gateway.send('/api/cars')
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toBe('1')
      const { code, detail } = (await response.json()) as Problem
      expect(code).toBe('service_unavailable')
      expect(detail).toContain('inventory')
      expect(detail).not.toContain('127.0.0.1')
    }
    const ready = await gateway.send('/readyz')
    expect(await ready.json()).toMatchObject({ checks: { inventory: 'failed' } })
    expect(ready.status).toBe(200)
    await gateway.app.stop(true)
    await gateway.close()
  })

  it('returns 504 if the service is too slow, and cancels the request', async () => {
    let left = 0
    const slow = Bun.serve({
      port: 0,
      fetch: async (request) => {
        if (request.url.endsWith('/api/cars'))
          request.signal.addEventListener('abort', () => left++)
        await Bun.sleep(3000)
        return new Response('late')
      },
    })
    const gateway = await startGateway(`http://127.0.0.1:${slow.port}`)
    const response = await gateway.send('/api/cars')
    expect(response.status).toBe(504)
    expect(((await response.json()) as Problem).detail).toContain('inventory')
    await Bun.sleep(50)
    expect(left).toBe(1)
    await gateway.app.stop(true)
    await Promise.all([gateway.close(), slow.stop(true)])
  })

  it('keeps no reader waiting behind the judge', async () => {
    const judged = Promise.withResolvers<void>()
    let waiting = 0
    const busy = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: async ({ method }) => {
        if (method === 'GET') return new Response('[]')
        waiting++
        await judged.promise
        return new Response('{}', { status: 201 })
      },
    })
    const environment = { COURSES_URL: `http://127.0.0.1:${busy.port}`, HOP_TIMEOUT_MS: '20000' }
    const gateway = await startGateway('http://127.0.0.1:9', environment)
    const path = `/api/courses/a/exercises/${Bun.randomUUIDv7()}/submissions`
    const submitted = Array.from({ length: 200 }, () => gateway.send(path, post({ code: '' })))
    while (waiting < 32) await Bun.sleep(5)
    const read = gateway.send('/api/courses').then(({ status }) => status)
    expect(await Promise.race([read, Bun.sleep(5000)])).toBe(200)
    expect(waiting).toBe(32)
    judged.resolve()
    const statuses = await Promise.all(submitted.map(async (answer) => (await answer).status))
    expect(new Set(statuses)).toEqual(new Set([201]))
    await gateway.app.stop(true)
    await Promise.all([gateway.close(), busy.stop(true)])
  }, 30_000)

  it('never sends a booking twice, even if the connection breaks after receipt', async () => {
    let posts = 0
    const dying = Bun.listen<{ requests: number }>({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = { requests: 0 }
        },
        data: (socket, bytes) => {
          const text = bytes.toString()
          posts += text.match(/^POST /gm)?.length ?? 0
          if (text.startsWith('GET '))
            socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]')
          else socket.end()
        },
      },
    })
    const gateway = await startGateway(`http://127.0.0.1:${dying.port}`)
    const path = '/api/cars'
    expect((await gateway.send(path)).status).toBe(200)
    expect((await gateway.send(path, post({ name: 'Once' }))).status).toBe(503)
    expect(posts).toBe(1)
    dying.stop(true)
    await gateway.app.stop(true)
    await gateway.close()
  })

  it('drops forged headers, and hop-by-hop headers', async () => {
    let seen = new Headers()
    const service = Bun.serve({
      port: 0,
      fetch: (request) => {
        seen = request.headers
        return new Response('[]', { headers: { 'keep-alive': 'timeout=1' } })
      },
    })
    const gateway = await startGateway(`http://127.0.0.1:${service.port}`)
    const response = await gateway.send('/api/cars', {
      headers: {
        'x-forwarded-for': '6.6.6.6',
        'x-forwarded-host': 'evil.example',
        forwarded: 'for=6.6.6.6',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        te: 'trailers',
      },
    })
    expect(seen.get('x-forwarded-for')).toBe('127.0.0.1')
    expect(seen.get('x-forwarded-host')).toStartWith('127.0.0.1')
    expect(seen.get('x-forwarded-proto')).toBe('http')
    expect(seen.get('forwarded')).toBeNull()
    expect(seen.get('te')).toBeNull()
    expect(seen.get('traceparent')).toStartWith('00-4bf92f')
    expect(response.headers.get('keep-alive')).toBeNull()
    await gateway.app.stop(true)
    await Promise.all([gateway.close(), service.stop(true)])
  })
})

describe('the client address', () => {
  const read = createClientAddress(createAddressList(['10.0.0.0/8']))

  it('is the peer, whatever it claims, unless the peer is a trusted proxy', () => {
    expect(read('192.0.2.1', '6.6.6.6')).toBe('192.0.2.1')
    expect(read('10.0.0.1', '6.6.6.6')).toBe('6.6.6.6')
    expect(read('10.0.0.1', '6.6.6.6, 192.0.2.9, 10.0.0.2')).toBe('192.0.2.9')
    expect(read('10.0.0.1', null)).toBe('10.0.0.1')
  })
})
