import { connect } from 'node:net'
import { afterEach, expect, it, setDefaultTimeout } from 'bun:test'
import { campaignEnvironment, readAuthorization } from './administrator.ts'
import { openFreshDatabase, type FreshDatabase } from './fresh-database.ts'
import { startSystem } from './run-system.ts'
import { startSplitSystem } from './split-system.ts'

// A start takes a third of a second, and far longer on a busy machine.
setDefaultTimeout(60_000)

const databases: FreshDatabase[] = []
afterEach(async () => {
  for (const database of databases.splice(0)) await database.remove()
})

async function environment(): Promise<Record<string, string>> {
  const database = await openFreshDatabase('sqlite')
  databases.push(database)
  return {
    ...campaignEnvironment,
    DATABASE_URL: database.url,
    SAMPLE_DATA: 'false',
    LOG_LEVEL: 'warn',
  }
}

const isUp = (url: string) =>
  fetch(`${url}/livez`).then(
    ({ ok }) => ok,
    () => false,
  )

it('starts a system that is ready, and stops it', async () => {
  const system = await startSystem({ environment: await environment() })
  expect(await isUp(system.url)).toBe(true)
  await system.stop()
  expect(await isUp(system.url)).toBe(false)
})

it('starts every part as a separate process', async () => {
  const system = await startSplitSystem(await environment())
  const audit = await fetch(`${system.url}/api/allocations/audit`, {
    headers: { authorization: await readAuthorization(system.url) },
  })
  expect(await audit.json()).toMatchObject({ allocations: 0, overlaps: 0 })
  expect(new Set(system.pids).size).toBeGreaterThan(1)
  await system.stop()
  expect(await isUp(system.url)).toBe(false)
})

it('responds with more requests in flight than the runtime has connections', async () => {
  const system = await startSplitSystem(await environment())
  const authorization = await readAuthorization(system.url)
  const { hostname, port } = new URL(system.url)
  // More than the gateway buffers, and never complete.
  const begun = 70_000
  const head =
    'POST /api/files?file_name=a HTTP/1.1\r\nHost: localhost\r\n' +
    `Authorization: ${authorization}\r\n` +
    `Content-Type: text/plain\r\nContent-Length: ${2 * begun}\r\n\r\n`
  const sockets = Array.from({ length: 300 }, () => {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {}).write(head + 'x'.repeat(begun))
    return socket
  })
  await Bun.sleep(2000)
  const answer = await fetch(`${system.url}/api/cars`, {
    headers: { authorization },
    signal: AbortSignal.timeout(5000),
  })
  expect(answer.status).toBe(200)
  for (const socket of sockets) socket.destroy()
  await system.stop()
})

it('reports the output of a process that does not start', async () => {
  const start = startSystem({ environment: { DATABASE_URL: 'nonsense' } })
  await expect(start).rejects.toThrow('DATABASE_URL: expected string to match')
})

it('does not mistake another process on its port for its own', async () => {
  const first = await startSystem({ environment: await environment() })
  const { port } = new URL(first.url)
  const second = startSystem({ environment: { ...(await environment()), PORT: port } })
  await expect(second).rejects.toThrow('in use')
  await first.stop()
})

it('distinguishes a crash from a stop', async () => {
  const system = await startSystem({ environment: await environment() })
  process.kill(system.pids[0] ?? 0, 'SIGKILL')
  await expect(system.stop()).rejects.toThrow('SIGKILL')
})
