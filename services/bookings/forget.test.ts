import { expect, it } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../shared/schemas/booking-series.ts'
import type { Utilisation } from '../../shared/schemas/utilisation.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useBookings } from './fixture.ts'

describeStores('an account that is removed', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, addType, book, idOf, system } = tools

  it('is removed from pending changes, and from refused demand', async () => {
    const [type, dora] = [await addType(), await idOf('dora')]
    const [car, other] = [await addResource(type), await addResource(type)]
    const items = [{ resource_id: car }]
    const own = await book({ items }, 'dora')
    const { body: given } = await book({ items: [{ resource_id: other }] })
    const isSqlite = system().databaseUrlOf('bookings').startsWith('sqlite:')
    const tomorrow = Date.now() + 86_400_000
    const later = isSqlite ? String(tomorrow) : `'${new Date(tomorrow).toISOString()}'`
    const moving = JSON.stringify({ booked_for: dora })
    await changeByHand(
      system().databaseUrlOf('bookings'),
      `UPDATE bookings SET moving = '${moving}', unsettled = ${later}
        WHERE number = '${given.number}'`,
    )
    const series = await call<BookingSeries>('POST', '/api/bookings/series', {
      body: {
        items,
        from: at('09:00', 10),
        to: at('11:00', 10),
        title: 'A round',
        rule: 'FREQ=DAILY;COUNT=2',
        time_zone: 'UTC',
      },
      as: 'dora',
    })
    expect(series.status).toBe(201)
    expect((await book({ items }, 'dora')).status).toBe(409)
    expect((await call('DELETE', `/api/users/${dora}`)).status).toBe(204)
    system().startTasks()
    const read = async <T = Booking>(path: string) => (await call<T>('GET', path)).body
    const ownPath = `/api/bookings/${own.body.id}`
    const end = Date.now() + 30_000
    const until = async (isSo: () => Promise<boolean>) => {
      while (!(await isSo()) && Date.now() < end) await Bun.sleep(100)
      expect(await isSo()).toBe(true)
    }
    await until(async () => (await read(ownPath)).booked_for === 'removed')
    expect((await read(ownPath)).created_by).toBe('removed')
    expect((await read(`/api/bookings/${given.id}`)).booked_for).toBe('removed')
    const seriesPath = `/api/bookings/series/${series.body.id}`
    await until(async () => (await read<BookingSeries>(seriesPath)).booked_for === 'removed')
    expect((await read<BookingSeries>(seriesPath)).created_by).toBe('removed')
    const today = new Date().toISOString().slice(0, 10)
    const asked = `by=person&from=${today}T00:00:00Z&to=${today}T23:59:59Z`
    await until(async () => {
      const report = await call<Utilisation>('GET', `/api/bookings/utilisation?${asked}`)
      return report.status === 200 && !JSON.stringify(report.body).includes(dora)
    })
  }, 60_000)
})
