import { expect, it, setDefaultTimeout } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { AllocationVersion } from '../../shared/schemas/allocation-history.ts'
import type { AllocatedBundle } from '../../shared/schemas/allocation-bundle.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { WaitlistEntry } from '../../shared/schemas/waitlist.ts'
import type { WithdrawalPlan } from '../../shared/schemas/withdrawal.ts'
import { createStores } from '@campus/store/open.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useVisibility } from './testing/visibility-fixture.ts'
import { nowhere, span } from './testing/visibility-rows.ts'

setDefaultTimeout(60_000)

interface Refused extends Omit<Problem, 'status'> {
  items: { code: string; conflicts: object[]; peers: { id: string }[] }[]
}

describeStores('groups that may see a resource', (makeDatabase) => {
  const { call, system, group, join, leave, add, book, addType } = useVisibility(makeDatabase)
  const morning = span(9, 12)
  const get = (id: string, as = 'admin') => call<Resource>('GET', `/api/resources/${id}`, { as })
  const change = (id: string, body: object) =>
    call<Resource & Problem>('PATCH', `/api/resources/${id}`, { body })
  const take = (items: object[], as: string, more: object = {}) =>
    call<AllocatedBundle & Refused>('POST', '/api/allocations', {
      as,
      body: { items, ...morning, ...more },
    })
  const byHand = (text: string) => changeByHand(system().databaseUrl, text)
  const inSql = (id: string) =>
    system().databaseUrl.startsWith('sqlite:') ? `unhex('${id}', '-')` : `'${id}'`

  it('are set, widened and removed by administrators, who see everything', async () => {
    await join('inside')
    const other = crypto.randomUUID()
    const { id, visible_to } = await add('Car', [other, group(), other])
    expect(visible_to).toEqual([other, group()].toSorted())
    // Members are told of groups they are in.
    expect((await get(id, 'inside')).body.visible_to).toEqual([group()])
    expect((await get(id, 'outside')).status).toBe(404)
    expect((await change(id, { visible_to: [] })).body.visible_to).toEqual([])
    expect((await get(id, 'inside')).status).toBe(404)
    expect((await get(id)).status).toBe(200)
    expect((await change(id, { visible_to: null })).body.visible_to).toBeNull()
    expect((await get(id, 'outside')).body.visible_to).toBeNull()
    const many = Array.from({ length: 21 }, () => crypto.randomUUID())
    for (const wrong of [['Board'], many, 'everybody', [null]]) {
      expect((await change(id, { visible_to: wrong })).status).toBe(422)
    }
  })

  it('leave administrators only when a group is removed', async () => {
    const { body } = await call<{ id: string }>('POST', '/api/groups', { body: { name: 'Gone' } })
    const { id } = await add('Car', [body.id])
    expect((await call('DELETE', `/api/groups/${body.id}`)).status).toBe(204)
    expect((await get(id, 'outside')).status).toBe(404)
    expect((await get(id)).body.visible_to).toEqual([body.id])
  })

  it('hold against SQL by hand, and must be a list of ids', async () => {
    const { id } = await add('Car', null)
    const set = (text: string) =>
      byHand(`UPDATE resources SET visible_to = ${text} WHERE id = ${inSql(id)}`)
    const before = (await get(id)).headers.get('etag')
    await set(`'["${group()}"]'`)
    expect((await get(id, 'outside')).status).toBe(404)
    expect((await get(id)).headers.get('etag')).not.toBe(before)
    for (const text of [`'board'`, `'{}'`, `'["\\u0000"]'`]) {
      expect(await set(text).catch(() => 'refused')).toBe('refused')
    }
    await set('NULL')
    expect((await get(id, 'outside')).status).toBe(200)
  })

  it('limit any-of and peers', async () => {
    await join('inside')
    const type = await addType()
    const open = await add(type, null)
    const secret = await add(type)
    await book(open.id, morning, 'outside')
    const refused = await take([{ type, prefer: [secret.id] }], 'outside')
    expect([refused.status, refused.body.items]).toEqual([
      409,
      [{ item: 0, code: 'none_free', conflicts: [], next_free: null, peers: [] }] as never,
    ])
    const peersFor = async (as: string) =>
      (await take([{ resource_id: open.id }], as)).body.items[0]?.peers.map(({ id }) => id)
    expect(await peersFor('outside')).toEqual([])
    expect(await peersFor('inside')).toEqual([secret.id])
    const skipped = await take([{ resource_id: secret.id }, { type }], 'outside', { mode: 'skip' })
    expect(skipped.body.items.map(({ code }) => code)).toEqual(['resource_not_found', 'none_free'])
    const got = await take([{ type }], 'inside')
    expect(got.body.allocations.map(({ resource_id }) => resource_id)).toEqual([secret.id])
  })

  it('leave existing bookings to their makers: to see and to release', async () => {
    await join('visitor')
    const { id } = await add('Car')
    const own = await book(id, morning, 'visitor')
    const held = await book(id, { ...span(13, 14), hold_for: 'PT15M' }, 'visitor')
    const others = await book(id, span(12, 13), 'admin')
    await leave('visitor')
    const as = 'visitor'
    const mine = await call<Allocation[]>('GET', '/api/allocations?mine=true', { as })
    expect(mine.body.map((one) => one.id)).toEqual([own.id, held.id])
    const path = (one: { id: string }) => `/api/resources/${id}/allocations/${one.id}`
    expect((await call('GET', path(own), { as })).body).toEqual(own)
    const history = await call<AllocationVersion[]>('GET', `/api/allocations/${own.id}/history`, {
      as,
    })
    expect(history.body).toHaveLength(1)
    expect((await call('GET', path(others), { as })).status).toBe(404)
    expect((await get(id, as)).status).toBe(404)
    const later = { as, body: span(14, 15) }
    expect((await call('PATCH', path(own), later)).status).toBe(404)
    expect((await call('POST', `/api/resources/${id}/allocations`, later)).status).toBe(404)
    expect((await call('POST', `/api/allocations/${held.id}/confirm`, { as })).status).toBe(200)
    expect((await call('POST', `/api/allocations/${held.id}/release`, { as })).status).toBe(204)
    expect((await call('POST', `/api/allocations/${others.id}/release`, { as })).status).toBe(404)
    expect((await call('DELETE', path(own), { as })).status).toBe(204)
    const after = await call<AllocationVersion[]>('GET', `/api/allocations/${own.id}/history`, {
      as,
    })
    expect(after.body.map((one) => one.change)).toEqual(['released'])
  })

  it('decide who in the waiting list of a type gets freed time, by hand in SQL too', async () => {
    await join('inside')
    const type = await addType()
    const secret = await add(type)
    const taken = await book(secret.id, morning, 'admin')
    const wait = async (as: string) => {
      const body = { type, ...morning }
      return (await call<WaitlistEntry>('POST', '/api/waitlist', { as, body })).body
    }
    const statusOf = async ({ id }: WaitlistEntry) =>
      (await call<WaitlistEntry>('GET', `/api/waitlist/${id}`)).body.status
    const [first, second, third] = [
      await wait('outside'),
      await wait('inside'),
      await wait('admin'),
    ]
    await byHand(`DELETE FROM allocations WHERE id = ${inSql(taken.id)}`)
    expect(await Promise.all([first, second, third].map(statusOf))).toEqual([
      'waiting',
      'served',
      'waiting',
    ])
    expect((await call('POST', `/api/allocations/${second.id}/release`)).status).toBe(204)
    expect(await Promise.all([first, third].map(statusOf))).toEqual(['waiting', 'served'])
    const { body } = await call('GET', '/api/allocations/audit')
    expect(body).toMatchObject({ overlaps: 0, waiters_passed_over: 0 })
    // A resource opened to everybody is offered to the waiting list.
    await call('POST', `/api/allocations/${third.id}/release`)
    await change(secret.id, { visible_to: null })
    system().startTasks()
    while ((await statusOf(first)) !== 'served') await Bun.sleep(50)
  })

  it('are updated for those who wait, who join and leave groups meanwhile', async () => {
    system().startTasks()
    const type = await addType()
    const secret = await add(type)
    await join('leaver')
    const taken = await book(secret.id, morning, 'admin')
    const wait = async (as: string) => {
      const body = { type, ...morning }
      return (await call<WaitlistEntry>('POST', '/api/waitlist', { as, body })).body
    }
    const leaver = await wait('leaver')
    const comer = await wait('comer')
    const stores = createStores()
    const store = await stores.open(system().databaseUrl)
    const seenBy = async ({ created_by }: WaitlistEntry) => {
      const [row] = await store.rows<{ sees: string }>(
        sql`SELECT sees FROM waitlist WHERE created_by = ${created_by}`,
      )
      return row?.sees
    }
    expect([await seenBy(leaver), await seenBy(comer)]).toEqual([`["${group()}"]`, '[]'])
    await leave('leaver')
    await join('comer')
    while ((await seenBy(leaver)) !== '[]' || (await seenBy(comer)) === '[]') await Bun.sleep(50)
    await stores.close()
    await call('POST', `/api/allocations/${taken.id}/release`)
    const statuses = [leaver, comer].map(async ({ id }) => {
      return (await call<WaitlistEntry>('GET', `/api/waitlist/${id}`)).body.status
    })
    expect(await Promise.all(statuses)).toEqual(['waiting', 'served'])
  })

  it('are those of the user an entry was handed to, not of its former user', async () => {
    const type = await addType()
    const secret = await add(type)
    await join('giver')
    const taken = await book(secret.id, morning, 'admin')
    const wish = { as: 'giver', body: { resource_id: secret.id, ...morning } }
    const { id, created_by } = (await call<WaitlistEntry>('POST', '/api/waitlist', wish)).body
    const { body: taker } = await call<{ id: string }>('GET', '/api/users/me', { as: 'taker' })
    const body = { to: taker.id, bookings: true }
    expect((await call('POST', `/api/users/${created_by}/hand_over`, { body })).status).toBe(200)
    await call('POST', `/api/allocations/${taken.id}/release`)
    const read = async () => (await call<WaitlistEntry>('GET', `/api/waitlist/${id}`)).body
    expect(await read()).toMatchObject({ status: 'waiting', created_by: taker.id })
    await join('taker')
    system().startTasks()
    while ((await read()).status !== 'served') await Bun.sleep(50)
  })

  it('limit where a withdrawal moves bookings', async () => {
    const type = await addType()
    const [open, secret] = [await add(type, null), await add(type)]
    const body = { ...morning }
    const plan = async (id: string) =>
      (await call<WithdrawalPlan>('POST', `/api/resources/${id}/withdrawal`, { body })).body
    const booked = await book(open.id, morning, 'outside')
    expect(await plan(open.id)).toMatchObject({ moves: [], stranded: [booked.id] })
    const another = await add(type, [group(), nowhere])
    const other = await book(secret.id, morning, 'inside')
    expect((await plan(secret.id)).moves).toEqual([{ allocation: other.id, to: another.id }])
    expect((await plan(another.id)).moves).toEqual([])
  })

  it('hide resources out of service, too', async () => {
    await join('inside')
    const { id } = await add('Car')
    expect((await call('DELETE', `/api/resources/${id}`)).status).toBe(204)
    const retiredFor = async (as: string) => {
      const { body } = await call<Resource[]>('GET', '/api/resources?retired=true', { as })
      return body.map((one) => one.id)
    }
    expect(await retiredFor('inside')).toContain(id)
    expect(await retiredFor('outside')).not.toContain(id)
    const history = `/api/resources/${id}/history`
    expect((await call('GET', history, { as: 'inside' })).status).toBe(200)
    expect((await call('GET', history, { as: 'outside' })).status).toBe(404)
  })
})
