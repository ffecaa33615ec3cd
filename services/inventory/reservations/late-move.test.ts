import { expect, it } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { AllocatedBundle } from '../../../shared/schemas/allocation-bundle.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { ReservationOutcomes } from '../../../shared/schemas/reservation.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import type { WaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useSystem } from '../../testing/use-system.ts'

const in_ms = (time: number) => new Date(Date.now() + time).toISOString()
const until = in_ms(60 * 60_000)
const at = (hour: number) => `2027-03-01T${String(hour).padStart(2, '0')}:00:00.000Z`

describeStores('a late change of a reservation', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)
  let made = 0

  /** Ends a hold by hand, as if its time had passed. */
  const expire = (id: string) => {
    const isSqlite = system().databaseUrl.startsWith('sqlite:')
    return changeByHand(
      system().databaseUrl,
      isSqlite
        ? `UPDATE allocations SET held_until = 1 WHERE id = unhex('${id}', '-')`
        : `UPDATE allocations SET held_until = '1970-01-02' WHERE id = '${id}'`,
    )
  }

  async function ask<T>(method: string, path: string, body?: object) {
    const token = await system().signServiceToken('bookings', 'inventory')
    const headers = { 'x-service-token': token, 'idempotency-key': `late-${++made}` }
    return call<T>(method, `/api/reservations${path}`, { as: null, body, headers })
  }

  async function reserve() {
    const wish = { name: `Late ${++made}` }
    const car = (await call<Resource>('POST', '/api/cars', { body: wish })).body.id
    const held = await ask<AllocatedBundle>('POST', '', {
      items: [{ resource_id: car }],
      from_datetime: at(8),
      to_datetime: at(9),
      hold_for: 'PT1M',
      viewer: { id: car, groups: null },
    })
    const id = held.body.allocations[0]?.id ?? ''
    const term = { ids: [id], by: car }
    const keep = async (fence: number, held_until: string | null) => {
      const { body } = await ask<ReservationOutcomes>('POST', '/keep', {
        terms: [{ ...term, fence, held_until }],
      })
      return body.outcomes[0]
    }
    expect([held.status, await keep(1, until)]).toEqual([201, 'kept'])
    const path = `/api/cars/${car}/allocations`
    return {
      path,
      move: async (fence: number, hour: number) => {
        const place = { resource_id: car, from_datetime: at(hour), to_datetime: at(hour + 1) }
        const body = { items: [{ id, ...place }], fence, by: car }
        const answer = await ask<Problem | null>('POST', '/move', body)
        return answer.body?.code ?? answer.status
      },
      id,
      keep,
      release: () => ask('POST', '/release', term),
      heldUntil: async () => (await call<Allocation>('GET', `${path}/${id}`)).body.held_until,
      place: async () => {
        const { body } = await call<Allocation>('GET', `${path}/${id}`)
        return new Date(body.from_datetime ?? '').getUTCHours()
      },
    }
  }

  it('has no effect after a newer one; the newest can be retried', async () => {
    const { move, place } = await reserve()
    expect([await move(2, 10), await move(3, 8)]).toEqual([204, 204])
    expect(await move(2, 10)).toBe('reservation_superseded')
    expect(await place()).toBe(8)
    expect(await move(3, 8)).toBe(204)
    expect(await place()).toBe(8)
  })

  it('has no effect if it was refused before, whatever is free by then', async () => {
    const { path, move, place } = await reserve()
    const blocker = { from_datetime: at(12), to_datetime: at(13) }
    const { body } = await call<Allocation>('POST', path, { body: blocker })
    expect(await move(2, 12)).toBe('not_all_free')
    expect((await call('DELETE', `${path}/${body.id}`)).status).toBe(204)
    expect(await move(2, 12)).toBe('not_all_free')
    expect(await place()).toBe(8)
    expect([await move(3, 12), await place()]).toEqual([204, 12])
  })

  it('takes the place of a hold that has expired', async () => {
    const { path, move, place } = await reserve()
    const span = { from_datetime: at(12), to_datetime: at(13), hold_for: 'PT15M' }
    const { body } = await call<Allocation>('POST', path, { body: span })
    await expire(body.id)
    expect([await move(2, 12), await place()]).toEqual([204, 12])
  })

  it('leaves an expired hold to the user who waits for its time', async () => {
    const { path, move, place } = await reserve()
    const span = { from_datetime: at(12), to_datetime: at(13) }
    const { body } = await call<Allocation>('POST', path, { body: { ...span, hold_for: 'PT15M' } })
    const wish = { resource_id: body.resource_id, ...span }
    const { id } = (await call<WaitlistEntry>('POST', '/api/waitlist', { body: wish })).body
    const status = async () => (await call<WaitlistEntry>('GET', `/api/waitlist/${id}`)).body.status
    expect(await status()).toBe('waiting')
    await expire(body.id)
    expect([await move(2, 12), await status()]).toEqual(['not_all_free', 'served'])
    expect(await place()).toBe(8)
  })

  it('tells nothing about the place of what is not its own', async () => {
    const { id, path } = await reserve()
    const span = { from_datetime: at(12), to_datetime: at(13) }
    const { body } = await call<Allocation>('POST', path, { body: span })
    const look = async (which: string) => {
      const asked = { items: [{ id: which, ...span }], viewer: { id, groups: null } }
      return ask<Problem>('POST', '/move_outlook', asked)
    }
    expect((await look(id)).status).toBe(200)
    expect((await look(body.id)).body.code).toBe('reservation_gone')
  })

  it('does not change the hold set by a newer one', async () => {
    const { keep, move, heldUntil } = await reserve()
    const [sooner, later] = [in_ms(30 * 60_000), in_ms(120 * 60_000)]
    expect([await keep(3, later), await keep(2, sooner), await keep(1, null)]).toEqual([
      'kept',
      'superseded',
      'superseded',
    ])
    expect(await heldUntil()).toBe(later)
    expect([await move(4, 10), await keep(3, sooner)]).toEqual([204, 'superseded'])
    expect(await heldUntil()).toBe(later)
    expect([await keep(4, sooner), await keep(4, null), await keep(4, null)]).toEqual([
      'kept',
      'kept',
      'kept',
    ])
    expect(await heldUntil()).toBeNull()
  })

  it('keeps each of many independently, and reports each result', async () => {
    const all = [await reserve(), await reserve(), await reserve(), await reserve()]
    const [gone, moved, ...others] = all
    expect((await gone?.release())?.status).toBe(204)
    expect(await moved?.move(2, 10)).toBe(204)
    const terms = all.map(({ id }) => ({ ids: [id], held_until: null, fence: 1, by: 'somebody' }))
    const pair = { ...terms[0], ids: [terms[0]?.ids[0], terms[2]?.ids[0]] }
    const { body } = await ask<ReservationOutcomes>('POST', '/keep', { terms: [...terms, pair] })
    expect(body.outcomes).toEqual(['gone', 'superseded', 'kept', 'kept', 'gone'])
    for (const { heldUntil } of others) expect(await heldUntil()).toBeNull()
    expect(await moved?.heldUntil()).toBe(until)
  })

  it('loses to newer ones, in any order of arrival', async () => {
    const { move, place } = await reserve()
    const fences = [5, 2, 7, 3, 6, 4, 2, 7, 5]
    await Promise.all(fences.map((fence) => move(fence, fence + 8)))
    expect(await place()).toBe(15)
  })
})
