import { describe, expect, it, onTestFinished } from 'bun:test'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { generate } from 'selfsigned'
import { createAddressGuard, type Resolve } from './address-guard.ts'
import { createSender, type SendOptions } from './send.ts'

const loopback: Resolve = async () => ['127.0.0.1']
const own = ['127.0.0.0/8']

function send(options: Partial<SendOptions> & { url: string }, sender = createSender(toGuard())) {
  const never = new AbortController().signal
  return sender({ headers: {}, body: '{}', timeout_ms: 5000, signal: never, ...options })
}

function toGuard(resolve = loopback, networks = own) {
  return createAddressGuard(networks, resolve)
}

/** Responds to each request with raw bytes. */
async function listen(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => answer(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** A receiver whose certificate is for `name`. */
async function listenAs(name: string) {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  })
  const hosts: (string | null)[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    tls: { key, cert },
    fetch: ({ headers }) => {
      hosts.push(headers.get('host'))
      return new Response()
    },
  })
  onTestFinished(() => server.stop(true))
  return { cert, hosts, port: server.port }
}

describe('a request', () => {
  it('goes to the checked address, by TLS for the name', async () => {
    const { cert, hosts, port } = await listenAs('hook.example')
    const sender = createSender(toGuard(), cert)
    const url = `https://hook.example:${port}/a`
    expect(await send({ url }, sender)).toMatchObject({ status: 200 })
    expect(hosts).toEqual([`hook.example:${port}`])
  })

  it("is not sent to a server with another's certificate, or an untrusted one", async () => {
    const { cert, hosts, port } = await listenAs('hook.example')
    const trusting = createSender(toGuard(), cert)
    const other = `https://other.example:${port}/`
    expect(await send({ url: other }, trusting)).toMatchObject({ fault: 'certificate_invalid' })
    const url = `https://hook.example:${port}/`
    expect(await send({ url })).toMatchObject({ fault: 'certificate_invalid' })
    expect(await send({ url: `https://127.0.0.1:${port}/` }, trusting)).toMatchObject({
      fault: 'certificate_invalid',
    })
    expect(hosts).toEqual([])
  })

  it('is not led inside by a name that resolves differently the second time', async () => {
    const { cert, hosts, port } = await listenAs('hook.example')
    let asked = 0
    // First a public one, to pass; then the target.
    const rebinding: Resolve = async () => [asked++ === 0 ? '192.0.2.1' : '127.0.0.1']
    const guard = toGuard(rebinding, ['192.0.2.0/24'])
    const url = `https://hook.example:${port}/`
    const result = await send({ url, timeout_ms: 500 }, createSender(guard, cert))
    expect(result.status).toBeUndefined()
    expect([asked, hosts]).toEqual([1, []])
    expect(await send({ url }, createSender(guard, cert))).toMatchObject({
      fault: 'address_not_allowed',
    })
    expect(hosts).toEqual([])
  })

  it('goes to the next address of the name if nobody listens at the first', async () => {
    const url = new URL(await listen((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n')))
    url.hostname = 'hook.example'
    const sender = createSender(toGuard(async () => ['127.0.0.2', '127.0.0.1']))
    expect(await send({ url: url.href }, sender)).toMatchObject({ status: 204 })
    const nowhere = createSender(toGuard(async () => ['127.0.0.2', '127.0.0.3']))
    expect(await send({ url: url.href }, nowhere)).toMatchObject({ fault: 'connection_refused' })
  })

  it('follows no redirect', async () => {
    let inside = 0
    const target = await listen(() => inside++)
    const url = await listen((socket) => {
      socket.end(`HTTP/1.1 307 Found\r\nlocation: ${target}\r\ncontent-length: 0\r\n\r\n`)
    })
    expect(await send({ url })).toMatchObject({ status: 307 })
    expect(inside).toBe(0)
  })

  it('ends in time, whatever the receiver does', async () => {
    const drip = (socket: Socket, bytes: string) => {
      const timer = setInterval(() => socket.write(bytes), 20)
      socket.on('close', () => clearInterval(timer))
    }
    const stalling: ((socket: Socket) => void)[] = [
      () => {},
      (socket) => socket.write('hello\r\n\r\n'),
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx: ')
        drip(socket, 'y')
      },
      (socket) => drip(socket, 'HTTP/1.1 100 Continue\r\n\r\n'),
    ]
    for (const answer of stalling) {
      const url = await listen(answer)
      const result = await send({ url, timeout_ms: 300 })
      expect(result).toMatchObject({ fault: 'timeout' })
      expect(result.duration_ms).toBeLessThan(3000)
    }
  })

  it('reads no more of a response than it needs', async () => {
    let wrote = 0
    const url = await listen((socket) => {
      socket.write('HTTP/1.1 503 Busy\r\nretry-after: 7\r\ntransfer-encoding: chunked\r\n\r\n')
      const write = () => {
        wrote += 1024
        if (!socket.destroyed)
          socket.write(`400\r\n${'z\0'.repeat(512)}\r\n`, () => setImmediate(write))
      }
      write()
    })
    const result = await send({ url })
    expect(result).toMatchObject({ status: 503, retryAfter_ms: 7000 })
    expect(result.response?.length).toBeLessThanOrEqual(300)
    expect(result.response).not.toContain('\0')
    expect(wrote).toBeLessThan(8 * 1024 * 1024)
    expect(result.duration_ms).toBeLessThan(4000)
  })

  it('is accepted by 2xx, however the rest of the response ends', async () => {
    const cut = await listen((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc')
      setTimeout(() => socket.destroy(), 20)
    })
    expect(await send({ url: cut })).toMatchObject({ status: 200 })
    const silent = await listen((socket) => socket.destroy())
    expect(await send({ url: silent })).toMatchObject({ fault: 'connection_closed' })
    const endless = await listen((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc')
    })
    expect(await send({ url: endless, timeout_ms: 300 })).toMatchObject({ status: 200 })
  })

  it('says why there was no response', async () => {
    const gone = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
    const url = `http://127.0.0.1:${gone.port}/`
    await gone.stop(true)
    expect(await send({ url })).toMatchObject({ fault: 'connection_refused' })
    const late: Resolve = () => new Promise(() => {})
    const slow = createSender(toGuard(late))
    expect(await send({ url: 'http://hook.example/', timeout_ms: 100 }, slow)).toMatchObject({
      fault: 'timeout',
    })
  })
})
