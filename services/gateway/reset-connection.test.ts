import { expect, it, onTestFinished } from 'bun:test'
import { connectRaw, startListening } from './fixture.ts'

// After a reset the server no longer knows whom it talks to, which must open nothing.

const connectionsMax = 300
// Nobody here is allowed: the tests call from 127.0.0.1.
const environment = { ALLOWED_CALLERS: '10.9.0.0/16', ADDRESS_LIMIT_PER_MINUTE: '5' }

type Listening = Awaited<ReturnType<typeof startListening>>

async function start(options: Parameters<typeof startListening>[0]): Promise<Listening> {
  const system = await startListening(options)
  onTestFinished(async () => {
    await system.app.stop(true)
    await system.close()
  })
  return system
}

/** Sends a request many times, each reset at once. Tells with which status they were logged. */
async function sendAndReset({ url, logged }: Listening, path: string, headers = '') {
  for (let sent = 0; sent < connectionsMax; sent++) {
    const connection = connectRaw(url)
    connection.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`)
    await connection.sent
    connection.reset()
  }
  await Bun.sleep(100)
  const lines = logged().match(new RegExp(`.*"path":"${path.split('?')[0]}".*`, 'g')) ?? []
  return lines.map((line) => (JSON.parse(line) as { status: number }).status)
}

it('a caller without an address is not an allowed one', async () => {
  const inventory = await start({ parts: ['users', 'inventory'], environment })
  const statuses = await sendAndReset(inventory, '/api/users/ping')
  expect(statuses.length).toBeGreaterThan(0)
  expect(new Set(statuses)).not.toContain(200)
}, 30_000)

it('a client without an address is no service, reads no metrics and is limited', async () => {
  const gateway = await start({ environment })
  const token = `X-Service-Token: ${await gateway.signServiceToken()}\r\n`
  for (const [path, headers, okMax] of [
    ['/api/logins/ended', token, 0],
    ['/metrics', '', 0],
    ['/api/users/ping', '', 5],
  ] as const) {
    const statuses = await sendAndReset(gateway, path, headers)
    expect(statuses.length).toBeGreaterThan(0)
    const served = statuses.filter((status) => status === 200).length
    expect([path, served <= okMax, served]).toEqual([path, true, served])
  }
}, 30_000)
