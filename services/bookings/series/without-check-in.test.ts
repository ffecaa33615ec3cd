import { expect, it } from 'bun:test'
import type { BookingAudit } from '../../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../../shared/schemas/booking-series.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'

describeStores('a series moved once no check-in is required any more', (makeDatabase) => {
  const { call, addResource, addType, setPolicy, allocationsOf } = useBookings(makeDatabase)

  it('has its days for good', async () => {
    const type = await addType()
    const car = await addResource(type)
    const { id: policy } = await setPolicy({ type, rules: { check_in: { within: 'PT30M' } } })
    const { body } = await call<BookingSeries>('POST', '/api/bookings/series', {
      body: {
        items: [{ resource_id: car }],
        from: at('09:00'),
        to: at('10:00'),
        title: 'A round',
        rule: 'FREQ=DAILY;COUNT=2',
        time_zone: 'UTC',
      },
      as: 'anna',
    })
    const held = { status: 'held' }
    expect(await allocationsOf(car)).toMatchObject([held, held])
    expect((await call('DELETE', `/api/policies/${policy}`)).status).toBe(204)
    const moved = await call('PATCH', `/api/bookings/series/${body.id}`, {
      body: { scope: 'all', start_time: '14:00' },
      as: 'anna',
    })
    expect(moved.status).toBe(200)
    const sure = { status: 'confirmed', held_until: null }
    expect(await allocationsOf(car)).toMatchObject([sure, sure])
    const { body: audit } = await call<BookingAudit>('GET', '/api/bookings/audit')
    expect(audit).toMatchObject({ unbacked: 0, orphaned: 0, rule_broken: 0 })
  })
})
