import { describe, expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { request as requestPlainly, type RequestOptions } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { productionEnvironment } from '../scripts/harness/administrator.ts'
import { hasCaddy, startCaddy } from '../scripts/harness/caddy.ts'
import { startSystem } from '../scripts/harness/run-system.ts'
import { waitUntil } from '../scripts/harness/wait.ts'

setDefaultTimeout(120_000)

const wrong = { username: 'admin', password: 'not the password' }
const right = { username: 'admin', password: String(productionEnvironment.ADMIN_PASSWORD) }
// As in .env.example.
const LOGIN_LIMIT_PER_MINUTE = '5'

describe.skipIf(!hasCaddy)('behind Caddy', () => {
  it('limits password guesses per client, and trusts no forged header', async () => {
    const { system, caddy } = await start('127.0.0.1/32')
    const logIn = (from: string, body: object, headers = {}) =>
      send(`https://localhost:${caddy.port}/api/login`, { from, body, headers })
    const guess = (headers = {}) => logIn('127.0.0.2', wrong, headers)
    for (let at = 0; at < 5; at++) expect(await guess()).toBe(401)
    expect(await guess()).toBe(429)
    expect(await logIn('127.0.0.3', right)).toBe(200)
    for (const address of ['127.0.0.9', '203.0.113.7, 127.0.0.1']) {
      expect(await guess({ 'x-forwarded-for': address })).toBe(429)
    }
    // Without Caddy, from an address that is not a proxy's.
    const direct = { from: '127.0.0.2', body: wrong, headers: { 'x-forwarded-for': '127.0.0.9' } }
    expect(await send(`${system.url}/api/login`, direct)).toBe(429)
    await waitUntil('it is logged', () => system.output().includes('"address":"127.0.0.3"'))
    expect(system.output()).not.toContain('"address":"127.0.0.9"')
  })

  it('warns of an unnamed proxy, as all clients then look like one', async () => {
    const { system, caddy } = await start('')
    const logIn = (from: string, body: object) =>
      send(`https://localhost:${caddy.port}/api/login`, { from, body })
    for (let at = 0; at < 5; at++) expect(await logIn('127.0.0.2', wrong)).toBe(401)
    expect(await logIn('127.0.0.3', right)).toBe(429)
    await waitUntil('it is logged', () => system.output().includes('proxy not trusted'))
    expect(system.output()).toContain('TRUSTED_PROXIES')
  })

  it('logs no secret URL', async () => {
    const { caddy } = await start('127.0.0.1/32')
    const url = `https://localhost:${caddy.port}`
    const paths = ['/api/calendars/feeds/s3cret.ics', '/display/s3cret', '/api/files/links/s3cret']
    for (const path of paths) await send(url + path, { from: '127.0.0.1' })
    await waitUntil('they are logged', () => caddy.output().split('/…').length > paths.length)
    expect(caddy.output()).not.toContain('s3cret')
  })
})

describe('callers by name', () => {
  it('are the addresses of the name, and no others', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'campus-callers-'))
    const system = await startSystem({
      parts: ['users'],
      environment: { ...(await productionIn(folder)), ALLOWED_CALLERS: 'localhost' },
    })
    onTestFinished(async () => {
      await system.kill()
      await rm(folder, { recursive: true })
    })
    const url = `${system.url}/livez`
    expect(await send(url, { from: '127.0.0.1' })).toBe(200)
    expect(await send(url, { from: '127.0.0.2' })).toBe(403)
  })
})

async function start(TRUSTED_PROXIES: string) {
  const folder = await mkdtemp(join(tmpdir(), 'campus-proxy-'))
  const own = await productionIn(folder)
  const environment = { ...own, TRUSTED_PROXIES, LOGIN_LIMIT_PER_MINUTE }
  const system = await startSystem({ environment })
  const caddy = await startCaddy(new URL(system.url).host)
  onTestFinished(async () => {
    await caddy.stop()
    await system.kill()
    await rm(folder, { recursive: true })
  })
  return { system, caddy }
}

async function productionIn(folder: string): Promise<Record<string, string>> {
  return {
    ...productionEnvironment,
    DATABASE_URL: `sqlite:${folder}/{service}.sqlite`,
    BLOB_URL: `file:${folder}/blobs`,
    KEYS_FILE: join(folder, 'keys.json'),
    LOG_FORMAT: 'json',
    LOG_LEVEL: 'info',
  }
}

interface Sent {
  from: string
  body?: object
  headers?: Record<string, string>
}

/** Sends from an address of this machine; each of 127/8 is one. */
function send(url: string, { from, body, headers = {} }: Sent): Promise<number> {
  const text = JSON.stringify(body)
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    method: body ? 'POST' : 'GET',
    localAddress: from,
    family: 4,
    rejectUnauthorized: false,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
  }
  return new Promise((resolve, reject) => {
    const make = url.startsWith('https:') ? request : requestPlainly
    const sent = make(url, options, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end(body && text)
  })
}
