import { afterAll, beforeAll, expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { pruneRows } from '../../../shared/host/prune.ts'
import type { SecurityEvent } from '../../../shared/schemas/security-event.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { createStores } from '@campus/store/open.ts'
import type { Store } from '@campus/store/store.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { startForTest, testPassword, type TestSystem } from '../../testing/system.ts'
import { usersTables } from '../tables.ts'
import { createSecurityEvents } from './security-events.ts'
import { forgeCursor } from '../../testing/forged-cursor.ts'
import { day_ms, minute_ms } from '../../../shared/duration.ts'

describeStores('security events', (makeDatabase) => {
  let system: TestSystem
  let now = Date.parse('2027-03-01T09:00:00Z')
  let anna: User
  let admin: User
  beforeAll(async () => {
    system = await startForTest(makeDatabase, { clock: () => now })
    anna = await me('anna')
    admin = await me('admin')
  }, 30_000)
  afterAll(() => system.close())

  const me = async (as: string) =>
    (await (await system.send('GET', '/api/users/me', { as })).json()) as User
  async function list(query = '') {
    const answer = await system.send('GET', `/api/security_events?${query}`)
    expect(answer.status).toBe(200)
    return {
      events: (await answer.json()) as SecurityEvent[],
      next: /cursor=([^&>]+)/.exec(answer.headers.get('link') ?? '')?.[1],
    }
  }
  const logIn = (username: string, password: string) =>
    system.send('POST', '/api/login', { as: null, body: { username, password } })
  async function withStore(run: (store: Store) => Promise<void>) {
    const stores = createStores()
    await run(await stores.open(system.databaseUrlOf('users')))
    await stores.close()
  }
  const toContext = (store: Store) => ({
    store,
    clock: () => now,
    id: Bun.randomUUIDv7,
    stopping: new AbortController().signal,
    config: { SECURITY_EVENT_DAYS: 365 },
  })

  it('refuse an invalid cursor', async () => {
    const link = forgeCursor('/api/security_events', [1e300, anna.id])
    const answer = await system.send('GET', link)
    expect(answer.status).toBe(400)
  })

  it('show an administrator who did what to whom, by ids only', async () => {
    const path = `/api/users/${anna.id}`
    const headers = { 'x-request-id': 'of-the-role' }
    await system.send('PATCH', path, { body: { role: 'admin' }, headers })
    await system.send('PATCH', path, { body: { role: 'member' } })
    const { events } = await list(`actor=${admin.id}&kind=role_changed`)
    expect(events).toHaveLength(2)
    expect(events.at(-1)).toMatchObject({
      kind: 'role_changed',
      actor: admin.id,
      user_id: anna.id,
      count: 1,
      request_id: 'of-the-role',
      detail: { from: 'member', to: 'admin' },
      at: new Date(now).toISOString(),
    })
  })

  it('hold no password, name or address', async () => {
    const typed = 'my password in the wrong field'
    await logIn(typed, 'x')
    await logIn('anna', typed)
    await list()
    await withStore(async ({ rows }) => {
      const kept = JSON.stringify(
        await rows(sql`SELECT kind, actor, request_id, detail
        FROM security_events`),
      )
      expect(kept).toContain('login_failed')
      for (const secret of [typed, testPassword, 'test.example', '127.0.0.1']) {
        expect(kept).not.toContain(secret)
      }
    })
  })

  it('are for administrators only', async () => {
    for (const path of ['/api/security_events', '/api/security_events/export']) {
      expect((await system.send('GET', path, { as: 'anna' })).status).toBe(403)
      expect((await system.send('GET', path, { as: null })).status).toBe(401)
    }
  })

  it('are found by actor, kind and time, page by page, newest first', async () => {
    now += day_ms
    const from = new Date(now).toISOString()
    for (let time = 0; time < 5; time++) {
      await logIn('anna', testPassword)
      now += minute_ms
    }
    const to = new Date(now).toISOString()
    now += minute_ms
    await logIn('anna', testPassword)
    const query = `actor=${anna.id}&kind=login&from=${from}&to=${to}`
    const { events } = await list(query)
    expect(events).toHaveLength(5)
    expect(events.map(({ at }) => at)).toEqual(
      events
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    )
    const first = await list(`${query}&limit=3`)
    const second = await list(`${query}&limit=3&cursor=${first.next}`)
    expect([...first.events, ...second.events]).toEqual(events)
    expect(second.next).toBeUndefined()
    expect((await list('kind=no_such_thing')).events).toEqual([])
    for (const bad of ['cursor=abc', 'from=yesterday', 'actor=%00', 'kind=DROP TABLE']) {
      const answer = await system.send('GET', `/api/security_events?${bad}`)
      expect([bad, answer.status]).toEqual([bad, bad.startsWith('cursor') ? 400 : 422])
    }
  })

  it('are exported as CSV, with the same filter', async () => {
    const answer = await system.send('GET', '/api/security_events/export?kind=role_changed')
    expect(answer.headers.get('content-type')).toStartWith('text/csv')
    expect(answer.headers.get('content-disposition')).toContain('security-events.csv')
    const [heading, ...lines] = (await answer.text()).trimEnd().split('\r\n')
    expect(heading).toBe('At,Until,Count,Kind,Actor,User,Request,Detail')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain(`1,role_changed,${admin.id},${anna.id},`)
  })

  it('of a flood are counted in few rows, so that rare ones stay visible', async () => {
    now += day_ms
    const from = new Date(now).toISOString()
    await withStore(async (store) => {
      const recorder = createSecurityEvents(toContext(store), usersTables(store.columns))
      for (let time = 0; time < 10_000; time++) {
        // A thousand accounts are tried, ten times each.
        const user = `01a1fe45-0000-7000-8000-${String(time % 1000).padStart(12, '0')}`
        recorder.record('login_failed', { actor: 'anonymous', user })
        if (time === 5000) recorder.record('role_changed', { actor: admin.id, user: anna.id })
      }
      await recorder.flush()
      recorder.record('login_failed', { actor: 'anonymous' })
      await recorder.flush()
    })
    const { events } = await list(`from=${from}&kind=login_failed&limit=200`)
    expect(events.length).toBeLessThanOrEqual(21)
    expect(events.reduce((sum, { count }) => sum + count, 0)).toBe(10_001)
    expect((await list(`from=${from}&kind=role_changed`)).events).toHaveLength(1)
  })

  it('are buffered while the database is away, and counted once when it is back', async () => {
    now += day_ms
    const from = new Date(now).toISOString()
    await withStore(async (store) => {
      let isAway = true
      const db = new Proxy(store.db, {
        get: (target, name, receiver) => {
          if (isAway && name === 'insert') throw new Error('The database is away')
          return Reflect.get(target, name, receiver) as unknown
        },
      })
      const context = toContext({ ...store, db })
      const recorder = createSecurityEvents(context, usersTables(store.columns))
      recorder.record('login', { actor: anna.id })
      await expect(recorder.flush()).rejects.toThrow('away')
      recorder.record('login', { actor: anna.id })
      isAway = false
      await recorder.flush()
      await recorder.flush()
    })
    const { events } = await list(`from=${from}&kind=login&actor=${anna.id}`)
    expect(events).toMatchObject([{ count: 2 }])
  })

  it('that are serious are a row each: noise by the same actor hides none', async () => {
    now += day_ms
    const from = new Date(now).toISOString()
    const idOf = (at: number) => `01a1fe45-0000-7000-8000-${String(at).padStart(12, '0')}`
    await withStore(async (store) => {
      const recorder = createSecurityEvents(toContext(store), usersTables(store.columns))
      for (let at = 0; at < 60; at++) {
        recorder.record('group_member_set', { actor: admin.id, user: idOf(at) })
        recorder.record('forbidden', { actor: admin.id, user: idOf(at) })
        recorder.record('role_changed', { actor: admin.id, user: idOf(at), to: 'admin' })
        recorder.record('api_key_created', { actor: anna.id, user: anna.id, key: idOf(at) })
      }
      recorder.record('second_factor_off', { actor: admin.id, user: anna.id })
      await recorder.flush()
    })
    const find = async (kind: string) => (await list(`from=${from}&kind=${kind}&limit=200`)).events
    const roles = await find('role_changed')
    expect(new Set(roles.map(({ user_id }) => user_id)).size).toBe(60)
    const keys = await find('api_key_created')
    expect(new Set(keys.map(({ detail }) => detail?.['key'])).size).toBe(60)
    expect(await find('second_factor_off')).toMatchObject([{ user_id: anna.id }])
    for (const kind of ['group_member_set', 'forbidden']) {
      const events = await find(kind)
      expect([kind, events.length]).toEqual([kind, 21])
      expect(events.find(({ user_id }) => user_id === null)?.count).toBe(40)
    }
  })

  it('include those of other services, and refusals', async () => {
    now += day_ms
    const from = new Date(now).toISOString()
    const refused = await system.send('GET', '/api/webhooks', { as: 'anna' })
    expect(refused.status).toBe(403)
    const hook = { url: 'https://hooks.example.org/secret-path', events: ['*'] }
    const webhook = (await (await system.send('POST', '/api/webhooks', { body: hook })).json()) as {
      id: string
    }
    const made = await system.send('POST', '/api/calendars', { as: 'anna', body: {} })
    const calendar = (await made.json()) as { id: string; url: string }
    expect((await system.send('DELETE', `/api/calendars/${calendar.id}`)).status).toBe(204)
    const wall = { name: 'At the gate', type: 'Car' }
    const hung = await system.send('POST', '/api/displays', { body: wall })
    const display = (await hung.json()) as { id: string; url: string }
    expect((await system.send('DELETE', `/api/displays/${display.id}`)).status).toBe(204)
    const kinds = [
      'forbidden',
      'webhook_created',
      'calendar_created',
      'calendar_revoked',
      'display_created',
      'display_revoked',
    ]
    let found: SecurityEvent[] = []
    do {
      found = (await list(`from=${from}`)).events.filter(({ kind }) => kinds.includes(kind))
    } while (found.length < kinds.length)
    const about = (kind: string) => found.find((event) => event.kind === kind)
    expect(about('forbidden')).toMatchObject({ actor: anna.id, detail: { code: 'forbidden' } })
    const calendars = { user_id: anna.id, detail: { calendar: calendar.id }, count: 1 }
    expect(about('webhook_created')).toMatchObject({
      actor: admin.id,
      detail: { webhook: webhook.id },
      request_id: expect.any(String),
    })
    expect(about('calendar_created')).toMatchObject({ actor: anna.id, ...calendars })
    expect(about('calendar_revoked')).toMatchObject({ actor: admin.id, ...calendars })
    for (const kind of ['display_created', 'display_revoked']) {
      const whose = { actor: admin.id, user_id: null, detail: { display: display.id } }
      expect(about(kind)).toMatchObject({ ...whose, request_id: expect.any(String) })
    }
    const shown = JSON.stringify(found)
    const address = /display\.[\w-]{43}/.exec(display.url)?.[0] ?? 'display.'
    for (const secret of [
      'secret-path',
      address,
      /feed\.[\w-]+/.exec(calendar.url)?.[0] ?? 'feed',
    ]) {
      expect(shown).not.toContain(secret)
      expect(system.logged()).not.toContain(secret)
    }
  })

  it('repeated by another service update their count, and never lower it', async () => {
    const id = Bun.randomUUIDv7()
    const event = { id, at: now, until: now, count: 1, kind: 'forbidden', actor: 'anonymous' }
    const report = async (count: number, headers: Record<string, string>) => {
      const about = { ...event, count, user_id: null, request_id: null, detail: null }
      const path = '/api/security_events/report'
      const body = { events: [about] }
      return (await system.send('POST', path, { as: null, body, headers })).status
    }
    const token = { 'x-service-token': await system.signServiceToken('books', 'users') }
    for (const count of [1, 3, 2]) expect(await report(count, token)).toBe(204)
    const { events } = await list(`from=${new Date(now).toISOString()}&kind=forbidden`)
    expect(events.find((each) => each.id === id)?.count).toBe(3)
    const headers = { authorization: `Bearer ${await system.tokenOf('admin')}` }
    expect(await report(9, headers)).toBe(403)
  })

  it('are pruned after a year, oldest first', async () => {
    await withStore(async (store) => {
      const { prunable } = createSecurityEvents(toContext(store), usersTables(store.columns))
      const before = (await list('limit=200')).events
      const oldest = Math.min(...before.map(({ at }) => Date.parse(at)))
      await pruneRows(store, oldest + 365 * day_ms, prunable)
      expect((await list('limit=200')).events.length).toBe(before.length)
      await pruneRows(store, oldest + 366 * day_ms, prunable)
      const after = (await list('limit=200')).events
      expect(after.length).toBeLessThan(before.length)
      expect(after.length).toBeGreaterThan(0)
    })
  })
})
