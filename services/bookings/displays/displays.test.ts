import { expect, it, setDefaultTimeout } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { ApiKey, CreatedApiKey } from '../../../shared/schemas/api-key.ts'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { PendingBookings } from '../../../shared/schemas/booking.ts'
import type { CreatedDisplay, Display, DisplayNow } from '../../../shared/schemas/display.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { createStores } from '@campus/store/open.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'
import { fromNow, useHandovers } from '../handover/fixture.ts'

setDefaultTimeout(60_000)

// Advanced beyond the shared response.
let ahead_ms = 0
let stopped_ms: number | undefined

describeStores('displays', (makeDatabase) => {
  const tools = useBookings(makeDatabase, {
    clock: () => (stopped_ms ?? Date.now()) + ahead_ms,
  })
  const { call, system, book, addResource, addType, addGroup, setPolicy, idOf } = tools
  const { bookNow, checkOut, bringBack, moveBack } = useHandovers(tools)

  const make = (body: object, as = 'admin') =>
    call<CreatedDisplay & Omit<Problem, 'title'>>('POST', '/api/displays', {
      body: { name: 'At the gate', ...body },
      as,
    })
  const addressOf = ({ url }: CreatedDisplay) => url.split('/').at(-1) ?? ''
  const look = (display: CreatedDisplay, headers = {}) =>
    call<DisplayNow & Problem>('GET', `/api/displays/now/${addressOf(display)}`, {
      as: null,
      headers,
    })
  async function show(body: object): Promise<DisplayNow> {
    const made = await make(body)
    expect([made.status, made.body.detail]).toEqual([201, undefined as never])
    return (await look(made.body)).body
  }
  const stateOf = async (car: string) => (await show({ resource_ids: [car] })).resources[0]
  const list = async (as = 'admin') => (await call<Display[]>('GET', '/api/displays', { as })).body
  const revoke = (id: string, as = 'admin') => call('DELETE', `/api/displays/${id}`, { as })

  it('show a stranger what is free, until when, and what is next, but no people', async () => {
    const car = await addResource()
    expect(await stateOf(car)).toMatchObject({ state: 'free', until: null, now: null, next: null })
    const next = { items: [{ resource_id: car }], from: fromNow(5), to: fromNow(6) }
    await book({ ...next, title: 'Board meeting' }, 'bert')
    const free = await stateOf(car)
    expect(free).toMatchObject({ state: 'free', until: fromNow(5), now: null })
    expect(free?.next).toEqual({ from: fromNow(5), to: fromNow(6) })
    const { from } = await bookNow([car])
    const taken = await stateOf(car)
    expect(taken).toMatchObject({ state: 'taken', until: fromNow(2), now: { from } })
    const body = JSON.stringify(await show({ resource_ids: [car] }))
    for (const secret of ['Board meeting', 'A visit', 'bert', 'anna', car, await idOf('anna')]) {
      expect(body).not.toContain(secret)
    }
    const named = await show({ resource_ids: [car], with_names: true })
    expect(named.resources[0]).toMatchObject({
      now: { title: 'A visit', person: expect.stringMatching(/anna/i) },
      next: { title: 'Board meeting', person: expect.stringMatching(/bert/i) },
    })
  })

  it('show what is late, out of use, or kept free around a booking', async () => {
    const [late, broken] = [await addResource(), await addResource()]
    const out = await bookNow([late])
    await checkOut(out.id)
    expect(await stateOf(late)).toMatchObject({ state: 'taken', until: out.to })
    await moveBack(out)
    expect(await stateOf(late)).toMatchObject({ state: 'late', until: null, now: null })
    await bringBack(out.id)
    expect(await stateOf(late)).toMatchObject({ state: 'free' })

    const allocations = `/api/resources/${broken}/allocations`
    const repair = { allocation_type: 'maintenance', from_infinity: true, to_infinity: true }
    const made = await call<Allocation>('POST', allocations, { body: repair })
    expect(made.status).toBe(201)
    expect(await stateOf(broken)).toMatchObject({
      state: 'out_of_use',
      until: null,
      now: { from: null, to: null },
    })

    const kept = await addResource()
    const buffers = { buffer_before_seconds: 1800, buffer_after_seconds: 3600 }
    await call('PATCH', `/api/resources/${kept}`, { body: buffers })
    const span = { from_datetime: fromNow(4), to_datetime: fromNow(5) }
    await call('POST', `/api/resources/${kept}/allocations`, { body: span })
    expect(await stateOf(kept)).toMatchObject({
      until: fromNow(3.5),
      next: { from: fromNow(4), to: fromNow(5) },
    })
  })

  it('show neither expired holds nor retired resources', async () => {
    const car = await addResource()
    const path = `/api/resources/${car}/allocations`
    const hold = { from_datetime: fromNow(-1), to_datetime: fromNow(1), hold_for: 'PT5M' }
    expect((await call('POST', path, { body: hold })).status).toBe(201)
    expect(await stateOf(car)).toMatchObject({ state: 'taken' })
    ahead_ms += 301_000
    expect(await stateOf(car)).toMatchObject({ state: 'free', next: null })
    ahead_ms = 0
    const shown = await make({ resource_ids: [car] })
    await call('DELETE', `/api/resources/${car}?allocations=cancel`)
    expect((await look(shown.body)).body.resources).toEqual([])
  })

  it('of a type have its public resources; hidden ones are named by their maker', async () => {
    const type = await addType()
    const [hidden, plain] = [await addResource(type), await addResource(type)]
    await call('PATCH', `/api/resources/${hidden}`, { body: { visible_to: [] } })
    const ofType = await make({ type })
    expect((await look(ofType.body)).body.resources).toHaveLength(1)
    expect((await show({ resource_ids: [hidden] })).resources).toHaveLength(1)
    const ofPlain = await make({ resource_ids: [plain] })
    await call('PATCH', `/api/resources/${plain}`, { body: { visible_to: [] } })
    ahead_ms += 3001
    expect((await look(ofPlain.body)).body.resources).toEqual([])
    expect((await look(ofType.body)).body.resources).toEqual([])
    const names = await show({ type: 'Launchpad' })
    expect(names).toMatchObject({ name: 'At the gate', more: false, time_zone: null })
  })

  it('are created by managers of their subject, and nobody else', async () => {
    const type = await addType()
    const car = await addResource(type)
    const group = await addGroup('mia')
    await setPolicy({ type, rules: { rights: [{ group, may: 'manage' }] } })
    for (const body of [{ type }, { resource_ids: [car] }]) {
      expect((await make(body, 'mia')).status).toBe(201)
      const refused = await make(body, 'nils')
      expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
    }
    for (const [name, manages] of [
      ['mia', true],
      ['nils', false],
      ['admin', true],
    ] as const) {
      const pending = await call<PendingBookings>('GET', '/api/bookings/pending', { as: name })
      expect([name, pending.body.manages]).toEqual([name, manages])
    }
    const other = await make({ resource_ids: [car, await addResource()] }, 'mia')
    expect(other.status).toBe(403)
    const hidden = await addResource(type)
    await call('PATCH', `/api/resources/${hidden}`, { body: { visible_to: [] } })
    expect((await make({ resource_ids: [hidden] }, 'mia')).body.code).toBe('resource_not_found')
    const [first] = await list('mia')
    expect(await list('nils')).toEqual([])
    expect((await revoke(first?.id ?? '', 'nils')).status).toBe(404)
    expect((await list()).map(({ id }) => id)).toContain(first?.id as string)
    const key = { name: 'script', scopes: ['manage'] }
    const made = await call<CreatedApiKey & ApiKey>('POST', '/api/api_keys', { body: key })
    const headers = { authorization: `Bearer ${made.body.key}` }
    const byKey = await call('POST', '/api/displays', {
      as: null,
      headers,
      body: { name: 'x', type },
    })
    expect(byKey.status).toBe(403)
  })

  it('are refused with what to change', async () => {
    const car = await addResource()
    const faults: [object, string][] = [
      [{}, '#/type'],
      [{ type: 'Car', resource_ids: [car] }, '#/type'],
      [{ type: 'Car', time_zone: 'Mars/Base' }, '#/time_zone'],
      [{ resource_ids: [] }, '#/resource_ids'],
      [{ type: 'Car', language: 'fr' }, '#/language'],
    ]
    for (const [body, pointer] of faults) {
      const refused = await make(body)
      expect([refused.status, refused.body.errors?.[0]?.pointer]).toEqual([422, pointer])
    }
    expect((await make({ type: 'Spaceship' })).body.code).toBe('resource_type_not_found')
    const ids = [car, Bun.randomUUIDv7()]
    expect((await make({ resource_ids: ids })).body.code).toBe('resource_not_found')
  })

  it('are shown once, and are neither in the database nor in the log', async () => {
    const { body: made } = await make({ type: 'Car' })
    expect(made.url).toMatch(/\/display\/display\.[\w-]{43}$/)
    await look(made)
    const secret = addressOf(made).slice('display.'.length)
    const stores = createStores()
    const store = await stores.open(system().databaseUrlOf('bookings'))
    expect(JSON.stringify(await store.rows(sql`SELECT * FROM displays`))).not.toContain(secret)
    // By hand too, a display has a subject, and there are at most 200.
    for (const byHand of [sql`resource_type = NULL`, sql`slot = 201`]) {
      const done = store.rows(sql`UPDATE displays SET ${byHand}`)
      expect(await done.then(String, () => 'refused')).toBe('refused')
    }
    await stores.close()
    expect(system().logged()).toContain('/api/displays/now/display.…')
    expect(system().logged()).not.toContain(secret)
    expect(JSON.stringify(await list())).not.toContain(secret)
  })

  it('are 404 once revoked, like any other address', async () => {
    const { body: made } = await make({ type: 'Car' })
    expect((await look(made)).status).toBe(200)
    expect((await revoke(made.id)).status).toBe(204)
    expect((await revoke(made.id)).status).toBe(404)
    const others = [addressOf(made), made.id, `display.${'a'.repeat(43)}`, '%00']
    for (const other of others) {
      const { status, body } = await call<Problem>('GET', `/api/displays/now/${other}`, {
        as: null,
      })
      expect([status, body.code]).toEqual([404, 'display_not_found'])
    }
  })

  it('cost the same for any number of readers, and are 304 while nothing changes', async () => {
    const car = await addResource()
    const { body: made } = await make({ resource_ids: [car] })
    stopped_ms = Date.now()
    const answers = await Promise.all(Array.from({ length: 50 }, () => look(made)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const [first] = answers
    const etag = first?.headers.get('etag') ?? ''
    expect(first?.headers.get('cache-control')).toBe('private, no-cache')
    ahead_ms += 3001
    expect((await look(made, { 'if-none-match': etag })).status).toBe(304)
    await bookNow([car])
    // The shared response is computed once.
    expect((await look(made)).body.resources[0]?.state).toBe('free')
    stopped_ms = undefined
    ahead_ms += 3001
    const changed = await look(made, { 'if-none-match': etag })
    expect([changed.status, changed.body.resources[0]?.state]).toEqual([200, 'taken'])
  })

  it('stay when their maker leaves', async () => {
    const type = await addType()
    const group = await addGroup('olga')
    await setPolicy({ type, rules: { rights: [{ group, may: 'manage' }] } })
    const { body: made } = await make({ type }, 'olga')
    expect((await call('DELETE', `/api/users/${await idOf('olga')}`)).status).toBe(204)
    system().startTasks()
    const isNamed = async () =>
      (await list()).find(({ id }) => id === made.id)?.created_by === 'removed'
    const end = Date.now() + 20_000
    while (!(await isNamed()) && Date.now() < end) await Bun.sleep(50)
    expect(await isNamed()).toBe(true)
    expect((await look(made)).status).toBe(200)
  })
})
