import { expect, it, setDefaultTimeout } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { CreatedApiKey } from '../../../shared/schemas/api-key.ts'
import type { Calendar } from '../../../shared/schemas/calendar.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { createStores } from '@campus/store/open.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useCalendars } from './fixture.ts'

setDefaultTimeout(60_000)

const path = '/api/calendars'

describeStores('the addresses of calendars', (makeDatabase) => {
  const tools = useCalendars(makeDatabase)
  const { call, system, subscribe, poll, addResource, idOf } = tools
  const list = async (as: string, query = '') =>
    (await call<Calendar[]>('GET', `${path}${query}`, { as })).body

  it('are shown once, and are neither in the database nor in the log', async () => {
    const { url, ...calendar } = await subscribe({ name: 'Mine' }, 'ada')
    expect(url).toMatch(/\/api\/calendars\/feeds\/feed\.[\w-]{43}\/campus\.ics$/)
    expect((await poll({ ...calendar, url })).status).toBe(200)
    const [found, ...rest] = await list('ada')
    expect(rest).toEqual([])
    expect(found).toEqual({ ...calendar, last_read: expect.any(String) })
    const secret = /feed\.([\w-]{43})/.exec(url)?.[1] ?? ''
    const stores = createStores()
    const store = await stores.open(system().databaseUrlOf('bookings'))
    for (const table of ['calendars', 'idempotency_keys']) {
      const rows = await store.rows(sql`SELECT * FROM ${sql.identifier(table)}`)
      expect(JSON.stringify(rows)).not.toContain(secret)
    }
    await stores.close()
    expect(system().logged()).toContain('/api/calendars/feeds/feed.…/campus.ics')
    expect(system().logged()).not.toContain(secret)
  })

  it('only allow reading, and any other address is 404', async () => {
    const made = await subscribe({}, 'ada')
    expect(
      (await call('DELETE', new URL(made.url, 'http://localhost').pathname, { as: null })).status,
    ).toBe(405)
    const address = made.url.split('/').at(-2) ?? ''
    const others = [
      address.slice(0, -1),
      `${address}x`,
      address.toUpperCase(),
      made.id,
      `feed.${'a'.repeat(43)}`,
      '%00',
    ]
    const answers = await Promise.all(
      others.map((other) =>
        call<Problem>('GET', `${path}/feeds/${other}/campus.ics`, { as: null }),
      ),
    )
    for (const { status, body } of answers) {
      expect([status, body.code]).toEqual([404, 'calendar_not_found'])
    }
  })

  it('are revoked by their owner or an administrator, and nobody else', async () => {
    const [first, second] = [await subscribe({}, 'bea'), await subscribe({}, 'bea')]
    const revoke = (id: string, as: string) => call('DELETE', `${path}/${id}`, { as })
    expect((await revoke(first.id, 'cem')).status).toBe(404)
    expect((await poll(first)).status).toBe(200)
    expect((await revoke(first.id, 'bea')).status).toBe(204)
    expect((await revoke(first.id, 'bea')).status).toBe(404)
    expect((await poll(first)).status).toBe(404)
    const ofBea = `?user_id=${await idOf('bea')}`
    expect((await call('GET', `${path}${ofBea}`, { as: 'cem' })).status).toBe(403)
    expect((await list('admin', ofBea)).map(({ id }) => id)).toEqual([second.id])
    expect((await revoke(second.id, 'admin')).status).toBe(204)
    expect((await poll(second)).status).toBe(404)
  })

  it('are 404 while the account is disabled, and are removed with it', async () => {
    const made = await subscribe({}, 'dan')
    const user = `/api/users/${await idOf('dan')}`
    const disable = (disabled: boolean) => call('PATCH', user, { body: { disabled } })
    expect((await disable(true)).status).toBe(200)
    const refused = await poll(made)
    expect([refused.status, (refused.body as unknown as Problem).code]).toEqual([
      404,
      'calendar_not_found',
    ])
    await disable(false)
    expect((await poll(made)).status).toBe(200)
    const query = `?user_id=${user.slice(-36)}`
    expect(await list('admin', query)).toHaveLength(1)
    expect((await call('DELETE', user)).status).toBe(204)
    expect((await poll(made)).status).toBe(404)
    system().startTasks()
    const end = Date.now() + 20_000
    while ((await list('admin', query)).length > 0 && Date.now() < end) await Bun.sleep(100)
    expect(await list('admin', query)).toEqual([])
  })

  it('are at most 20 per user, even if 40 are created simultaneously', async () => {
    await system().tokenOf('eve')
    const make = () => call<Problem>('POST', path, { as: 'eve', body: {} })
    const answers = await Promise.all(Array.from({ length: 40 }, make))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20)
    const refused = answers.filter(({ status }) => status === 409)
    expect(refused).toHaveLength(20)
    expect(refused[0]?.body.code).toBe('too_many_calendars')
    const [one] = await list('eve')
    await call('DELETE', `${path}/${one?.id}`, { as: 'eve' })
    expect((await make()).status).toBe(201)
    expect(await list('eve')).toHaveLength(20)
  })

  it('cannot be created by an API key, whose scopes they would ignore', async () => {
    const body = { name: 'a script', scopes: ['manage'] }
    const { key } = (await call<CreatedApiKey>('POST', '/api/api_keys', { as: 'fay', body })).body
    const headers = { authorization: `Bearer ${key}` }
    const made = await call<Problem>('POST', path, { as: null, headers, body: {} })
    expect([made.status, made.body.code]).toEqual([403, 'forbidden'])
    expect((await call('GET', path, { as: null, headers })).status).toBe(200)
  })

  it('are only of what their maker can see', async () => {
    const [hidden, car] = [await addResource(), await addResource()]
    await call('PATCH', `/api/resources/${hidden}`, { body: { visible_to: [] } })
    const make = (body: object) => call<Problem & Calendar>('POST', path, { as: 'gus', body })
    for (const id of [hidden, Bun.randomUUIDv7()]) {
      const { status, body } = await make({ resource_id: id })
      expect([status, body.code]).toEqual([404, 'resource_not_found'])
    }
    expect((await make({ type: 'Spaceship' })).body.code).toBe('resource_type_not_found')
    const both = await make({ type: 'Car', resource_id: car })
    expect([both.status, both.body.errors?.[0]?.pointer]).toEqual([422, '#/type'])
    expect((await make({ resource_id: car })).body.name).toMatch(/^No\. /)
    expect((await make({ type: 'Car' })).body).toMatchObject({ name: 'Car', type: 'Car' })
  })

  it('are read at most 60 times in ten minutes, by all readers together', async () => {
    const made = await subscribe({}, 'hal')
    const answers = await Promise.all(Array.from({ length: 62 }, () => poll(made)))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(2)
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(500)
    // A new address grants no new reads.
    expect((await poll(await subscribe({}, 'hal'))).status).toBe(429)
    expect((await poll(await subscribe({}, 'ida'))).status).toBe(200)
  })
})
