import { expect, it } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { AllocatedBundle } from '../../../shared/schemas/allocation-bundle.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useSystem } from '../../testing/use-system.ts'

const at = (hour: number) => `2027-03-01T${String(hour).padStart(2, '0')}:00:00.000Z`

describeStores('a move of a reservation that comes late', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)
  let made = 0

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
    const kept = await ask('POST', '/keep', { ids: [id], held_until: null, by: car })
    expect([held.status, kept.status]).toEqual([201, 204])
    const path = `/api/cars/${car}/allocations`
    return {
      path,
      move: async (fence: number, hour: number) => {
        const place = { resource_id: car, from_datetime: at(hour), to_datetime: at(hour + 1) }
        const body = { items: [{ id, ...place }], fence, by: car }
        const answer = await ask<Problem | null>('POST', '/move', body)
        return answer.body?.code ?? answer.status
      },
      place: async () => {
        const { body } = await call<Allocation>('GET', `${path}/${id}`)
        return new Date(body.from_datetime ?? '').getUTCHours()
      },
    }
  }

  it('does nothing when another was carried out since; the last one can be repeated', async () => {
    const { move, place } = await reserve()
    expect([await move(2, 10), await move(3, 8)]).toEqual([204, 204])
    expect(await move(2, 10)).toBe('reservation_superseded')
    expect(await place()).toBe(8)
    expect(await move(3, 8)).toBe(204)
    expect(await place()).toBe(8)
  })

  it('does nothing when it was refused before, whatever is free by then', async () => {
    const { path, move, place } = await reserve()
    const blocker = { from_datetime: at(12), to_datetime: at(13) }
    const { body } = await call<Allocation>('POST', path, { body: blocker })
    expect(await move(2, 12)).toBe('not_all_free')
    expect((await call('DELETE', `${path}/${body.id}`)).status).toBe(204)
    expect(await move(2, 12)).toBe('not_all_free')
    expect(await place()).toBe(8)
    expect([await move(3, 12), await place()]).toEqual([204, 12])
  })

  it('loses to later ones, in whatever order they all come', async () => {
    const { move, place } = await reserve()
    const fences = [5, 2, 7, 3, 6, 4, 2, 7, 5]
    await Promise.all(fences.map((fence) => move(fence, fence + 8)))
    expect(await place()).toBe(15)
  })
})
