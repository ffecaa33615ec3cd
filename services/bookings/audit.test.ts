import { expect, it } from 'bun:test'
import type { BookingAudit } from '../../shared/schemas/booking.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useBookings } from './fixture.ts'
import { useHandovers } from './handover/fixture.ts'

describeStores('the audit of bookings', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, system, addResource, addType, book, setPolicy } = tools
  const audit = async () => (await call<BookingAudit>('GET', '/api/bookings/audit')).body
  const { byHand, inSql } = useHandovers(tools)

  it('compares both sides, and counts broken rules and quotas, from the rows', async () => {
    const type = await addType()
    const [one, other] = [await addResource(type), await addResource(type)]
    const rules = { time_zone: 'UTC', maximum_duration: 'PT4H' }
    await setPolicy({ type, rules: { ...rules, quotas: [{ per: 'day', hours: 6 }] } })
    const none = { unbacked: 0, orphaned: 0, rule_broken: 0, over_quota: 0 }
    const first = await book({ items: [{ resource_id: one }] })
    const second = await book({
      items: [{ resource_id: other }],
      from: at('12:00'),
      to: at('14:00'),
    })
    expect([first.status, second.status]).toEqual([201, 201])
    expect(await audit()).toEqual({ bookings: 2, ...none })

    // An allocation without a record, and a booking without an allocation.
    const forgotten = `DELETE FROM booking_items WHERE booking_id =
      (SELECT id FROM bookings WHERE number = '${first.body.number}')`
    await byHand('bookings', forgotten)
    const gone = `DELETE FROM allocations WHERE reference = '${second.body.number}'`
    await byHand('inventory', gone)
    // It might still be recorded, at first.
    expect(await audit()).toEqual({ bookings: 1, ...none, unbacked: 1 })
    const isFirst = `reference = '${first.body.number}'`
    await byHand('inventory', `UPDATE allocations SET created = ${inSql(-1)} WHERE ${isFirst}`)
    expect(await audit()).toEqual({ bookings: 1, ...none, unbacked: 1, orphaned: 1 })

    const isSqlite = system().databaseUrlOf('bookings').startsWith('sqlite:')
    const longer = isSqlite ? 'to_datetime + 36000000' : "to_datetime + interval '10 hours'"
    await byHand('bookings', `UPDATE booking_items SET to_datetime = ${longer}`)
    expect(await audit()).toMatchObject({ bookings: 1, rule_broken: 1, over_quota: 1 })
  })

  it('is for administrators', async () => {
    expect((await call('GET', '/api/bookings/audit', { as: 'anna' })).status).toBe(403)
  })
})
