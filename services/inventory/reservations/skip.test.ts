import { expect, it } from 'bun:test'
import type { AllocatedBundle } from '../../../shared/schemas/allocation-bundle.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useSystem } from '../../testing/use-system.ts'

const span = { from_datetime: '2027-03-01T08:00:00Z', to_datetime: '2027-03-01T09:00:00Z' }

describeStores('a reservation that skips what is taken', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)

  it('is refused if everything is taken', async () => {
    const addCar = async (name: string) =>
      (await call<Resource>('POST', '/api/cars', { body: { name } })).body.id
    const cars = [await addCar('One'), await addCar('Two')]
    const token = await system().signServiceToken('bookings', 'inventory')
    const hold = (key: string) =>
      call<AllocatedBundle & Omit<Problem, 'status'>>('POST', '/api/reservations', {
        as: null,
        headers: { 'x-service-token': token, 'idempotency-key': key },
        body: {
          items: cars.map((resource_id) => ({ resource_id })),
          ...span,
          mode: 'skip',
          hold_for: 'PT1M',
          viewer: { id: cars[0], groups: null },
        },
      })
    await call('POST', `/api/cars/${cars[0]}/allocations`, { body: span })
    const rest = await hold('rest')
    expect(rest.status).toBe(201)
    expect(rest.body.allocations.map(({ resource_id }) => resource_id)).toEqual(cars.slice(1))
    const none = await hold('none')
    expect([none.status, none.body.code]).toEqual([409, 'not_all_free'])
  })
})
