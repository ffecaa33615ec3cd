import { expect, it } from 'bun:test'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { SecurityEvent } from '../../../shared/schemas/security-event.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useSystem } from '../../testing/use-system.ts'

const someone = '01a1fe45-0000-7000-8000-000000000001'

// A compromised service, and rows edited by hand.
describeStores('the security log', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase, { parts: ['users'] })

  const toEvent = (more: object) => ({
    id: Bun.randomUUIDv7(),
    at: Date.now(),
    until: Date.now(),
    count: 1,
    kind: 'forbidden',
    actor: 'anonymous',
    user_id: null,
    request_id: null,
    detail: null,
    ...more,
  })
  async function report(service: string, ...events: object[]) {
    const headers = { 'x-service-token': await system().signServiceToken(service, 'users') }
    const body = { events: events.map(toEvent) }
    return call<Problem>('POST', '/api/security_events/report', { as: null, headers, body })
  }
  const statusOf = async (service: string, ...events: object[]) =>
    (await report(service, ...events)).status
  const list = async (filter = '') =>
    (await call<SecurityEvent[]>('GET', `/api/security_events?limit=200&${filter}`)).body

  it('accepts from each service only its own kinds', async () => {
    const own: [string, string][] = [
      ['bookings', 'calendar_created'],
      ['bookings', 'display_revoked'],
      ['notifications', 'webhook_secret_created'],
      ['files', 'forbidden'],
      ['gateway', 'forbidden'],
    ]
    for (const [service, kind] of own) {
      const said = { kind, actor: someone, request_id: `by ${service}` }
      expect([service, kind, await statusOf(service, said)]).toEqual([service, kind, 204])
      const kept = (await list(`kind=${kind}`)).find(({ actor }) => actor === someone)
      expect(kept?.request_id).toBe(`by ${service}`)
    }
    const others: [string, string][] = [
      ['files', 'calendar_created'],
      ['bookings', 'webhook_removed'],
      ['notifications', 'display_created'],
      ['bookings', 'role_changed'],
      ['notifications', 'password_reset'],
      ['gateway', 'login'],
      ['books', 'no_such_kind'],
    ]
    const before = await list()
    for (const [service, kind] of others) {
      // Nor together with one of its own.
      const { status, body } = await report(service, {}, { kind, actor: someone })
      expect([kind, status, body.code]).toEqual([kind, 403, 'forbidden'])
    }
    expect(await list()).toEqual(before)
  })

  it('refuses a missing actor, and a detail that is too large, too deep or no object', async () => {
    const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    for (const detail of ['{"code":"x"}', '{}', deep(4), `{"a":"${'x'.repeat(990)}"}`]) {
      expect([detail, await statusOf('files', { detail })]).toEqual([detail, 204])
    }
    const long = `{"a":"${'x'.repeat(1000)}"}`
    const wrong = ['no JSON', '', '7', 'null', '[1]', '{"a":', deep(5), deep(150), long]
    for (const detail of wrong) {
      const { status, body } = await report('files', {}, { detail })
      expect([detail, status, body.errors?.[0]?.pointer]).toEqual([
        detail,
        422,
        '#/events/1/detail',
      ])
    }
    for (const actor of ['', 'system', 'anna', 'service:', `${someone} `, '../..']) {
      expect([actor, await statusOf('files', { actor })]).toEqual([actor, 422])
    }
  })

  it('has no future events, and ignores counts of other services', async () => {
    const id = Bun.randomUUIDv7()
    await statusOf('bookings', { id, kind: 'calendar_created', at: 8e15, until: 8.64e15 })
    const find = async () => (await list()).find((event) => event.id === id)
    expect(Date.parse((await find())?.at ?? '')).toBeLessThanOrEqual(Date.now())
    expect(Date.parse((await find())?.until ?? '')).toBeLessThanOrEqual(Date.now())
    expect(await statusOf('files', { id, kind: 'forbidden', count: 900 })).toBe(204)
    expect(await statusOf('bookings', { id, kind: 'calendar_created', count: 3 })).toBe(204)
    expect(await find()).toMatchObject({ kind: 'calendar_created', count: 3 })
  })

  it('is listed and exported whatever was written into it by hand', async () => {
    const isSqlite = system().databaseUrl.startsWith('sqlite:')
    const now = isSqlite ? String(Date.now()) : 'now()'
    const never = isSqlite ? '9007199254740991' : `'infinity'`
    const write = async (detail: string, { at = now, count = 1 } = {}) => {
      const id = isSqlite ? 'randomblob(16)' : 'gen_random_uuid()'
      await changeByHand(
        system().databaseUrlOf('users'),
        `INSERT INTO security_events (id, at, until, count, kind, actor, detail)
          VALUES (${id}, ${at}, ${never}, ${count}, 'By Hand', '=1+1', '${detail}')`,
      )
    }
    const details = ['no JSON', '', '[1]', '"text"', '{"a":', '['.repeat(100_000), '{"a":1}']
    for (const detail of details) await write(detail)
    await write('{"b":1}', { at: never })
    await write('{"c":1}', { count: -5 })
    const found = (await list()).filter(({ kind }) => kind === 'By Hand')
    expect(found).toHaveLength(details.length + 1)
    const unreadable = found.filter(({ detail }) => detail !== null && 'unreadable' in detail)
    expect(unreadable).toHaveLength(details.length - 1)
    expect(JSON.stringify(unreadable).length).toBeLessThan(10_000)
    expect(found.map(({ detail }) => detail)).toContainEqual({ a: 1 })
    expect(found.every(({ count }) => count >= 1)).toBe(true)
    const exported = await call<string>('GET', '/api/security_events/export')
    expect(exported.status).toBe(200)
    expect(exported.body.split('By Hand')).toHaveLength(details.length + 2)
    // No page of a list begins at a time that cannot be written.
    let next: string | undefined = '/api/security_events?limit=1'
    let pages = 0
    while (next !== undefined) {
      const page: { status: number; headers: Headers } = await call('GET', next)
      expect(page.status).toBe(200)
      next = /<([^>]+)>/.exec(page.headers.get('link') ?? '')?.[1]
      pages++
    }
    expect(pages).toBeGreaterThan(details.length)
  })
})
