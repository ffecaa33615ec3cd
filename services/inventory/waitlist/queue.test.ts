import { afterEach, expect, it, setDefaultTimeout } from 'bun:test'
import { StoreBusyError } from '@campus/store/error.ts'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { createDailyLimit } from '../../../shared/daily-limit.ts'
import { removed } from '../../../shared/removed.ts'
import { unavailable } from '../../../shared/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import type { WaitlistRow } from '../tables.ts'
import { at, useRules } from '../testing/use-rules.ts'
import { createWaitlist, entriesOfUserMax } from './waitlist.ts'

setDefaultTimeout(30_000)

const [ana, ben] = ['0190aaaa-0000-7000-8000-00000000000a', '0190aaaa-0000-7000-8000-00000000000b']
const member = (id: string, groups: string[] = []): Caller => {
  return { id, role: 'member', email: '', login: '', groups }
}
const admin: Caller = { ...member('root'), role: 'admin' }
const span = {
  type: 'Car',
  from_datetime: new Date(at(9)).toISOString(),
  to_datetime: new Date(at(10)).toISOString(),
}

describeStores('the queue', (makeDatabase) => {
  const { store, tables, addResource, wait, entry, byHand, onStatement } = useRules(makeDatabase)
  const past = () => (store().dialect === 'sqlite' ? '1000' : `'1970-01-02'`)

  function start(check: () => Promise<void> = async () => {}) {
    const id = () => Bun.randomUUIDv7()
    const context = { store: store(), clock: Date.now, id } as unknown as Context
    const limit = createDailyLimit(context, 'bookings', 0)
    // Those of a type need neither.
    const unused = { resources: undefined as never, types: undefined as never }
    return createWaitlist(context, tables(), { ...unused, limit, check })
  }
  const join = (caller: Caller, body: object = {}, check?: () => Promise<void>) =>
    start(check).join({ body: { ...span, ...body }, caller, idempotencyKey: undefined })
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: { code?: string; status?: number }) => error.code ?? error.status,
    )
  async function fill(count: number, values: Partial<WaitlistRow>): Promise<void> {
    const { id, number: _, ...row } = await entry(await wait(values))
    const rows = Array.from({ length: count - 1 }, () => ({ ...row, id: Bun.randomUUIDv7() }))
    expect(id).toBeDefined()
    await store().db.insert(tables().waitlist).values(rows)
  }
  const typeOf = async (name: string) =>
    (await store().db.select().from(tables().resource_types)).find((one) => one.name === name)
      ?.number ?? 0
  const ids = async (...given: Parameters<ReturnType<typeof start>['list']>) =>
    (await start().list(...given)).items.map(({ id }) => id)
  /** Runs before the first statement like this. */
  function before(pattern: RegExp, change: () => Promise<unknown>): void {
    let isDone = false
    onStatement(async (text, run) => {
      if (!isDone && pattern.test(text)) {
        isDone = true
        await change()
      }
      return run()
    })
  }
  afterEach(() => {
    onStatement((_, run) => run())
    return byHand(`UPDATE resources SET decommissioned = ${past()}; DELETE FROM waitlist;
      UPDATE resource_types SET managed_by = NULL`)
  })

  it('of a type has two thousand who wait, whoever else does or did', async () => {
    await fill(1999, { created_by: 'many' })
    await fill(100, { created_by: ana, closed: 5000 })
    await fill(100, { created_by: 'many', type_number: await typeOf('Truck') })
    expect(await codeOf(join(member(ana)))).toBe('done')
    expect(await codeOf(join(member(ana)))).toBe('waitlist_full')
    expect(await codeOf(join(admin))).toBe('waitlist_full')
    expect(await codeOf(join(admin, { type: 'Truck' }))).toBe('done')
    // Somebody leaves before the reason is found.
    before(/^select count.* from "waitlist" where.*type_number/is, () =>
      byHand(`DELETE FROM waitlist WHERE created_by = '${ana}'`),
    )
    expect(await codeOf(join(admin))).toBe('done')
  })

  it('has fifty entries of a user, whoever made them', async () => {
    await fill(25, { created_by: ana })
    await fill(24, { created_by: 'root', booked_for: ana })
    await fill(10, { created_by: ana, closed: 5000 })
    await fill(10, { created_by: ana, booked_for: ben })
    expect(await codeOf(join(member(ana)))).toBe('done')
    expect(await codeOf(join(member(ana)))).toBe('too_many_entries')
    expect(await codeOf(join(admin, { booked_for: ana }))).toBe('too_many_entries')
    before(/^select count.* from "waitlist"/i, () =>
      byHand(`DELETE FROM waitlist WHERE booked_for = '${ana}'`),
    )
    expect(await codeOf(join(member(ana)))).toBe('done')
    expect(entriesOfUserMax).toBe(50)
  })

  it('counts those ahead who want the same time, not those before or after it', async () => {
    const [car, other] = [await addResource(), await addResource()]
    const ten = { earliest: at(10), latest_start: at(10), latest: at(11), until: at(10) }
    const one = { resource_number: car }
    await wait({ ...one, ...ten })
    await wait({ resource_number: other })
    await wait({ ...one, closed: 5000 })
    await wait({ ...one, until: 5000 })
    const mine = [await wait(one), await wait({}), await wait({ ...one, ...ten })]
    const positions = mine.map(async (id) => (await start().get(id, admin)).value.position)
    expect(await Promise.all(positions)).toEqual([1, 3, 2])
  })

  it('is not for members where another service books by its rules', async () => {
    await byHand(`UPDATE resource_types SET managed_by = 'bookings' WHERE name = 'Car'`)
    expect(await codeOf(join(member(ana)))).toBe('managed')
    expect(await codeOf(join(admin))).toBe('done')
  })

  it('knows what whoever waits may see', async () => {
    const groups = ['0190dddd-0000-7000-8000-000000000001']
    const made = [await join(admin), await join(member(ana, groups)), await join(member(ben))]
    const rows = await Promise.all(made.map(({ value }) => entry(value.id)))
    expect(rows.map(({ sees }) => sees)).toEqual([null, JSON.stringify(groups), '[]'])
  })

  it('is read by state, page by page, by administrators or each their own', async () => {
    const car = await addResource()
    const done = { served_resource: car, served_from: at(1), closed: 5000 }
    const all = [
      await wait({ created_by: ana }),
      await wait({ created_by: ben }),
      await wait({ created_by: ana, until: 5000 }),
      await wait({ created_by: ben, ...done }),
      await wait({ created_by: 'root' }),
    ]
    const at0 = (...places: number[]) => places.map((place) => all[place] ?? '')
    expect(await ids({ status: 'waiting' }, admin)).toEqual(at0(0, 1, 4))
    expect(await ids({ status: 'served' }, admin)).toEqual(at0(3))
    expect(await ids({ status: 'expired' }, admin)).toEqual(at0(2))
    expect([await ids({}, admin), await ids({ mine: 'true' }, admin)]).toEqual([all, at0(4)])
    expect(await ids({}, member(ben))).toEqual(at0(1, 3))
    const { next = '', items } = await start().list({ limit: '3' }, admin)
    expect(items.map(({ id }) => id)).toEqual(at0(0, 1, 2))
    expect(await ids({ limit: '3', cursor: next }, admin)).toEqual(at0(3, 4))
    for (const place of [null, 5, {}, [], { number: 'x' }, { number: 1.5 }, { number: 2 ** 31 }]) {
      const cursor = Buffer.from(JSON.stringify(place)).toString('base64url')
      expect([place, await codeOf(ids({ cursor }, admin))]).toEqual([place, 'cursor_invalid'])
    }
    const cursor = Buffer.from(JSON.stringify({ number: 2 ** 31 - 1 })).toString('base64url')
    expect(await ids({ cursor }, admin)).toEqual([])
  })

  it('is left in the state that was seen, or not at all', async () => {
    const car = await addResource()
    const { get, leave } = start()
    const serve = () =>
      byHand(`UPDATE waitlist SET closed = ${past()}, served_resource = ${car},
        served_from = earliest`)
    const give = () => byHand(`UPDATE waitlist SET booked_for = '${ana}'`)
    const add = async () => {
      const id = await wait({ created_by: ana, booked_for: ben })
      return { id, ifMatch: [(await get(id, admin)).version] }
    }
    const leaving = async (how: 'ifMatch' | 'any', meanwhile?: () => Promise<void>) => {
      const { id, ifMatch } = await add()
      const other = await wait({ created_by: ben })
      if (meanwhile) before(/^delete from "waitlist"/i, meanwhile)
      const change = {
        body: undefined,
        caller: admin,
        ifMatch: how === 'any' ? undefined : ifMatch,
      }
      const code = await codeOf(leave(id, change))
      const isThere = (await ids({}, admin)).includes(id)
      expect(await ids({}, admin)).toContain(other)
      await byHand('DELETE FROM waitlist')
      return [code, isThere]
    }
    expect(await leaving('any')).toEqual(['done', false])
    expect(await leaving('ifMatch')).toEqual(['done', false])
    expect(await leaving('any', serve)).toEqual(['already_served', true])
    expect(await leaving('ifMatch', serve)).toEqual(['precondition_failed', true])
    expect(await leaving('any', give)).toEqual(['done', false])
    expect(await leaving('ifMatch', give)).toEqual(['precondition_failed', true])
    const { id } = await add()
    const change = { body: undefined, caller: admin, ifMatch: [1] }
    expect([await codeOf(leave(id, change)), await ids({}, admin)]).toEqual([
      'precondition_failed',
      [id],
    ])
    expect(await codeOf(leave(id, { ...change, caller: member(ana) }))).toBe('forbidden')
  })

  it('forgets whoever is removed, and that they waited for others', async () => {
    const own = [await wait({ created_by: ana }), await wait({ created_by: 'x', booked_for: ana })]
    const given = await wait({ created_by: ana, booked_for: ben })
    const other = await wait({ created_by: ben })
    await start().forget([])
    expect(await ids({}, admin)).toEqual([...own, given, other])
    await start().forget([ana])
    expect(await ids({}, admin)).toEqual([given, other])
    const rows = [await entry(given), await entry(other)]
    expect(rows.map(({ created_by }) => created_by)).toEqual([removed, ben])
  })

  it('is joined, even if what is free cannot be searched at the moment', async () => {
    const busy = unavailable('too_many_scans', 'Too many at once.')
    const away = Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })
    const full = new StoreBusyError('queue_full', 'Too many.')
    const wrapped = new Error('Failed query', { cause: full })
    for (const error of [busy, full, wrapped, away]) {
      const { value } = await join(admin, {}, () => Promise.reject(error))
      expect(value).toMatchObject({ status: 'waiting', position: expect.any(Number) })
    }
    const mistake = new TypeError('a mistake')
    const failed = await join(admin, {}, () => Promise.reject(mistake)).catch((error) => error)
    expect(failed).toBe(mistake)
    // Nor be read.
    const isRead = /inner join "resource_types"/i
    onStatement((text, run) => (isRead.test(text) ? Promise.reject(busy) : run()))
    const { value } = await join(admin)
    expect(value).toMatchObject({ status: 'waiting', position: null, resource_type: 'Car' })
  })
})
