import { describe, expect, it } from 'bun:test'
import postgres from 'postgres'
import type { BookingSeries } from '../../../shared/schemas/booking-series.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { makePostgres } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'

// Only PostgreSQL lets a statement wait for one row while another changes.
describe('cancelling a series while a day of it is changed', () => {
  const { call, addResource, addType, setPolicy, system } = useBookings(makePostgres)

  it('cancels none if it is too late for that day by then', async () => {
    const type = await addType()
    const car = await addResource(type)
    await setPolicy({ type, rules: { cancel_until: 'P1D' } })
    const made = await call<BookingSeries>('POST', '/api/bookings/series', {
      body: {
        items: [{ resource_id: car }],
        from: at('09:00'),
        to: at('11:00'),
        title: 'A round',
        rule: 'FREQ=DAILY;COUNT=5',
        time_zone: 'Europe/Berlin',
      },
      as: 'anna',
    })
    expect(made.status).toBe(201)
    const { id, occurrences } = made.body
    const sql = postgres(system().databaseUrlOf('bookings'), { max: 2, onnotice: () => {} })
    const cancel = () =>
      call<Problem>('POST', `/api/bookings/series/${id}/cancel`, {
        body: { scope: 'all', reason: 'Off' },
        as: 'anna',
      })
    const waiting = () => sql`SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`
    const refused = await sql.begin(async (changing) => {
      await changing`UPDATE bookings SET version = version + 1,
        from_datetime = now() + interval '1 hour' WHERE id = ${occurrences[2]?.booking_id ?? ''}`
      const answer = cancel()
      while ((await waiting()).length === 0) await Bun.sleep(20)
      return { answer }
    })
    expect(await refused.answer).toMatchObject({ status: 422, body: { code: 'policy_refused' } })
    const found = await call<BookingSeries>('GET', `/api/bookings/series/${id}`, { as: 'anna' })
    expect(found.body.occurrences.map(({ state }) => state)).toEqual(
      Array.from({ length: 5 }, () => 'confirmed'),
    )
    await sql.end()
  })
})
