import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { connectRaw, startGateway, startListening } from './fixture.ts'

// What a client does on purpose must cost nobody but the client.
describe('the gateway before a hostile client', () => {
  let gateway: Awaited<ReturnType<typeof startGateway>>
  let service: ReturnType<typeof Bun.serve>
  const isFine = async () => {
    const answer = gateway.send('/api/cars').then(({ status }) => status)
    return (await Promise.race([answer, Bun.sleep(2000)])) === 200
  }
  const head = (more: string) =>
    `POST /api/cars HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${gateway.authorization}\r\n` +
    `Content-Type: application/json\r\n${more}\r\n`

  const received: { method: string; length: number }[] = []

  beforeAll(async () => {
    service = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: async (request) => {
        const text = await request.text()
        received.push({ method: request.method, length: text.length })
        return new Response(text || '[]')
      },
    })
    gateway = await startGateway(`http://127.0.0.1:${service.port}`)
  })
  afterAll(async () => {
    await gateway.app.stop(true)
    await Promise.all([gateway.close(), service.stop(true)])
  })

  it('does not blame the service for invalid headers', async () => {
    for (let at = 0; at < 8; at++) {
      const connection = connectRaw(gateway.url)
      connection.write(head('Connection: close, a b, é\r\nContent-Length: 2\r\n') + '[]')
      expect(await connection.answer(500)).toStartWith('HTTP/1.1 200')
    }
    expect(await isFine()).toBe(true)
  })

  it('passes on no body of a GET, and does not blame the service for it', async () => {
    const body = 'x'.repeat(100_000)
    const sizes = [`Content-Length: ${body.length}\r\n\r\n${body}`, chunked(body)]
    for (const method of ['GET', 'HEAD']) {
      for (const sized of [...sizes, ...sizes, ...sizes, ...sizes]) {
        const connection = connectRaw(gateway.url)
        connection.write(
          `${method} /api/cars HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
            `Authorization: ${gateway.authorization}\r\n${sized}`,
        )
        expect(await connection.answer(2000)).toStartWith('HTTP/1.1 200')
      }
    }
    expect(received.filter(({ method }) => method === 'GET' || method === 'HEAD')).not.toEqual([])
    for (const { method, length } of received) {
      if (method !== 'POST') expect([method, length]).toEqual([method, 0])
    }
    expect(await isFine()).toBe(true)
  })

  it('counts only actual faults of the service', async () => {
    // Each fails before, or while, its body is on its way; none says anything of the service.
    const requests = [
      head('Transfer-Encoding: chunked\r\n') + 'zz\r\n',
      head('Content-Length: 100000\r\n') + '[',
      head('Transfer-Encoding: chunked\r\n') + '1\r\n[\r\n',
      // So much of it that the service is asked before the rest comes.
      head('Content-Length: 1000000\r\n') + 'x'.repeat(200_000),
      `TRACE /api/cars HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      `OPTIONS /api/cars HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx`,
      `BREW /api/cars HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    ]
    for (const request of requests) {
      const connections = Array.from({ length: 8 }, () => connectRaw(gateway.url))
      for (const { write } of connections) write(request)
      await Bun.sleep(50)
      for (const { reset } of connections) reset()
      await Bun.sleep(50)
      expect([request, await isFine()]).toEqual([request, true])
    }
  })

  it('refuses an invalid host at any path', async () => {
    for (const host of ['a@b:9/', '[', 'x:99999']) {
      for (const path of ['/api/cars', '/nothing', '/livez']) {
        const connection = connectRaw(gateway.url)
        connection.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
        const answer = await connection.answer(500)
        expect(answer).toStartWith('HTTP/1.1 400')
        expect(answer).toContain('"code":"host_invalid"')
      }
    }
    expect(await isFine()).toBe(true)
  })

  it('gives up on a client that stalls, and does not blame the service', async () => {
    const sizes = ['Transfer-Encoding: chunked', 'Content-Length: 99', 'Content-Length: 100000']
    const connections = Array.from({ length: 9 }, () => connectRaw(gateway.url))
    for (const [at, { write }] of connections.entries()) {
      write(head(`${sizes[at % sizes.length]}\r\n`) + '1\r\n[\r\n')
    }
    const answers = await Promise.all(connections.map(({ answer }) => answer(10_000)))
    expect(await isFine()).toBe(true)
    for (const answer of answers) {
      expect(answer).toStartWith('HTTP/1.1 408')
      expect(answer).toContain('"code":"request_timeout"')
    }
    for (const { leave } of connections) leave()
  })

  it('is not blocked by more slow bodies than it has connections', async () => {
    const connections = Array.from({ length: 450 }, () => connectRaw(gateway.url))
    const sizes = ['Transfer-Encoding: chunked', 'Content-Length: 99', 'Content-Length: 100000']
    for (const [at, { write }] of connections.entries()) {
      write(head(`${sizes[at % sizes.length]}\r\n`) + '1\r\n[\r\n')
    }
    const drip = setInterval(() => {
      for (const { write } of connections) write('1\r\n \r\n')
    }, 100)
    await Bun.sleep(300)
    expect(await isFine()).toBe(true)
    clearInterval(drip)
    for (const { leave } of connections) leave()
  })
})

it('in one process a client that stalls, or drips, is given up just so', async () => {
  const system = await startListening({})
  const authorization = `Bearer ${await system.tokenOf('admin')}`
  const start = (path: string, more: string) => {
    const connection = connectRaw(system.url)
    const drip = setInterval(() => connection.write(' '), 500)
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n`
    connection.write(`${head}${more}\r\n[`)
    return connection.answer(20_000).finally(() => clearInterval(drip))
  }
  const json = 'Content-Type: application/json\r\n'
  const answers = await Promise.all([
    start('/api/cars', `${json}Content-Length: 999\r\n`),
    start('/api/cars', `${json}Transfer-Encoding: chunked\r\n\r\nff\r\n`),
    start('/api/files?file_name=x', 'Content-Length: 999\r\n'),
  ])
  for (const answer of answers) {
    expect(answer).toStartWith('HTTP/1.1 408')
    expect(answer).toContain('"code":"request_timeout"')
  }
  await system.app.stop(true)
  await system.close()
}, 60_000)

const chunked = (body: string) =>
  `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`

describe('a client that disconnects while sending its body', () => {
  // An alarm at night because somebody closed a laptop is one that nobody believes.
  const leaveEarly = async (system: Awaited<ReturnType<typeof startListening>>, path: string) => {
    const authorization = `Bearer ${await system.tokenOf('anna')}`
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n`
    for (const size of [
      'Content-Length: 1000000',
      'Content-Length: 100',
      'Transfer-Encoding: chunked',
    ]) {
      const connection = connectRaw(system.url)
      connection.write(`${head}Content-Type: application/json\r\n${size}\r\n\r\n1\r\n[\r\n`)
      await Bun.sleep(100)
      connection.leave()
    }
    await Bun.sleep(200)
  }
  const faultsOf = async (system: Awaited<ReturnType<typeof startListening>>) => {
    const errors = system.logged().match(/"level":"error".*/g) ?? []
    const metrics = await (await fetch(`${system.url}/metrics`)).text()
    return [...errors, ...(metrics.match(/^http_request.*status="5.*/gm) ?? [])]
  }

  it('is no fault of the system', async () => {
    const system = await startListening({})
    for (const path of ['/api/files?file_name=a', '/api/books', '/api/books/import']) {
      await leaveEarly(system, path)
    }
    expect(await faultsOf(system)).toEqual([])
    expect(system.logged()).toContain('"path":"/api/files","status":499')
    await system.app.stop(true)
    await system.close()
  }, 20_000)

  it('is no fault of the gateway or of the service behind it', async () => {
    const users = await startListening({ parts: ['users'] })
    const environment = { USERS_URL: users.url }
    const books = await startListening({ parts: ['books'], environment })
    const gateway = await startListening({
      parts: ['gateway'],
      environment: { ...environment, BOOKS_URL: books.url },
    })
    for (const path of ['/api/books', '/api/books/import']) await leaveEarly(gateway, path)
    expect(await faultsOf(gateway)).toEqual([])
    expect(await faultsOf(books)).toEqual([])
    for (const system of [gateway, books, users]) {
      await system.app.stop(true)
      await system.close()
    }
  }, 20_000)
})
