import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { CreatedApiKey } from '../../shared/schemas/api-key.ts'
import type { StreamTicket } from '../../shared/schemas/event.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Tokens } from '../../shared/schemas/user.ts'
import { describeStores, type TestDatabase } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import { startForTest, testPassword, type TestSystem } from '../testing/system.ts'

setDefaultTimeout(60_000)

const bookings = '/api/allocations/events'
const changes = '/api/changes/events'
const unread = '/api/notifications/events'

describeStores('a ticket for a stream', (makeDatabase) => {
  const clock = { now: Date.parse('2027-03-01T09:00:00Z') }
  let database: TestDatabase
  let replicas: TestSystem[]
  let system: TestSystem

  beforeAll(async () => {
    database = await makeDatabase({ migrated: true })
    const share = async () => ({ url: database.url, remove: async () => {} })
    const options = { clock: () => clock.now }
    replicas = [await startForTest(share, options), await startForTest(share, options)]
    system = replicas[0] as TestSystem
  })
  afterAll(async () => {
    for (const replica of replicas) await replica.close()
    await database.remove()
  })

  async function ask(stream: string, as: string, headers = {}): Promise<string> {
    const response = await system.send('POST', `${stream}/tickets`, { as, headers })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    return ((await response.json()) as StreamTicket).ticket
  }

  const open = (stream: string, ticket: string, at = system) =>
    at.send('GET', `${stream}?ticket=${ticket}`, { as: null })

  /** Why it was not opened; what was is closed again. */
  async function refusal(response: Response): Promise<string> {
    if (response.status !== 200) return ((await response.json()) as Problem).code
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    await response.body?.cancel()
    return 'opened'
  }

  it('opens each stream once', async () => {
    for (const stream of [bookings, changes, unread]) {
      const ticket = await ask(stream, 'anna')
      expect(await refusal(await open(stream, ticket))).toBe('opened')
      const again = await open(stream, ticket)
      expect([again.status, again.headers.get('cache-control')]).toEqual([401, 'no-store'])
      expect(await refusal(again)).toBe('ticket_invalid')
    }
  })

  it('opens nothing else', async () => {
    const ticket = await ask(bookings, 'anna')
    for (const stream of [changes, unread]) {
      expect(await refusal(await open(stream, ticket))).toBe('ticket_invalid')
    }
    for (const path of ['/api/cars', '/api/users/me', '/api/changes', `${bookings}/tickets`]) {
      const method = path.endsWith('tickets') ? 'POST' : 'GET'
      const refused = await system.send(method, `${path}?ticket=${ticket}`, { as: null })
      expect(await refusal(refused)).toBe('token_missing')
    }
    const headers = { authorization: `Bearer ${ticket}` }
    expect((await system.send('GET', '/api/cars', { as: null, headers })).status).toBe(401)
    expect(await refusal(await open(bookings, `${ticket.slice(0, -2)}AA`))).toBe('ticket_invalid')
    expect(await refusal(await open(bookings, 'x'.repeat(10_000)))).toBe('ticket_invalid')
    // None of that has spent it.
    expect(await refusal(await open(bookings, ticket))).toBe('opened')
  })

  it('is valid for a minute', async () => {
    const [first, second] = [await ask(bookings, 'anna'), await ask(bookings, 'anna')]
    clock.now += 59_999
    expect(await refusal(await open(bookings, first))).toBe('opened')
    clock.now += 1
    expect(await refusal(await open(bookings, second))).toBe('ticket_invalid')
  })

  it('is accepted by one of two simultaneous replicas', async () => {
    for (let round = 0; round < 20; round++) {
      const ticket = await ask(changes, 'anna')
      const opened = replicas.map((replica) => open(changes, ticket, replica))
      const told = await Promise.all((await Promise.all(opened)).map(refusal))
      expect(told.toSorted()).toEqual(['opened', 'ticket_invalid'])
    }
  })

  it("counts as one of its owner's ten streams", async () => {
    const tickets = await Promise.all(Array.from({ length: 11 }, () => ask(bookings, 'ben')))
    const streams = []
    for (const ticket of tickets) streams.push(await open(bookings, ticket))
    expect(streams.map(({ status }) => status)).toEqual([...Array(10).fill(200), 429])
    expect(await refusal(streams.pop() as Response)).toBe('too_many_streams')
    for (const stream of streams) await stream.body?.cancel()
  })

  it('is limited to sixty a minute', async () => {
    for (let count = 0; count < 60; count++) await ask(unread, 'zoe')
    const late = await system.send('POST', `${unread}/tickets`, { as: 'zoe' })
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '60'])
    expect(((await late.json()) as Problem).code).toBe('too_many_tickets')
    await ask(unread, 'anna')
    clock.now += 60_000
    await ask(unread, 'zoe')
  })

  it('ends with the login of its owner, and so does its stream', async () => {
    await system.tokenOf('cleo')
    const body = { username: 'cleo', password: testPassword }
    const login = await system.send('POST', '/api/login', { as: null, body })
    const { access_token, refresh_token } = (await login.json()) as Tokens
    const own = { authorization: `Bearer ${access_token}` }
    const [first, second] = [await ask(bookings, 'cleo', own), await ask(bookings, 'cleo', own)]
    const stream = await open(bookings, first)
    const ended = stream.text()
    await system.send('POST', '/api/logout', { as: null, body: { refresh_token } })
    await system.refresh()
    expect(await ended).toStartWith('retry: ')
    expect(await refusal(await open(bookings, second))).toBe('token_invalid')
  })

  it('is available to readers: also to a read-only key', async () => {
    const make = async (scope: string) => {
      const body = { name: scope, scopes: [scope] }
      const made = await system.send('POST', '/api/api_keys', { as: 'anna', body })
      return { authorization: `Bearer ${((await made.json()) as CreatedApiKey).key}` }
    }
    const ticket = await ask(bookings, 'anna', await make('inventory:read'))
    expect(await refusal(await open(bookings, ticket))).toBe('opened')
    const headers = await make('books:manage')
    const refused = await system.send('POST', `${bookings}/tickets`, { as: null, headers })
    expect(await refusal(refused)).toBe('scope_missing')
  })

  it('passes the gateway, which cannot read it, and is in no log', async () => {
    const url = listenForTest(system.app)
    const environment = { USERS_URL: url, INVENTORY_URL: url, NOTIFICATIONS_URL: url }
    const gateway = await startForTest(makeDatabase, {
      clock: () => clock.now,
      parts: ['gateway'],
      environment,
    })
    const front = listenForTest(gateway.app)
    for (const stream of [bookings, unread]) {
      const ticket = await ask(stream, 'anna')
      const address = `${front}${stream}?ticket=${ticket}`
      expect(await refusal(await fetch(address))).toBe('opened')
      expect(await refusal(await fetch(address))).toBe('ticket_invalid')
      expect(await refusal(await fetch(front + stream))).toBe('token_missing')
      const logs = gateway.logged() + system.logged()
      expect(logs).toContain(`"path":"${stream}"`)
      expect(logs).not.toContain(ticket)
      expect(logs).not.toContain(ticket.split('.').at(-2) ?? '')
    }
    await gateway.close()
  })
})
