import { sql } from 'drizzle-orm'
import { expect, it } from 'bun:test'
import type { BookingSeries } from '../../shared/schemas/booking-series.ts'
import { createStores } from '@campus/store/open.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useBookings } from './fixture.ts'
import { useHandovers } from './handover/fixture.ts'

const [resources, each, days] = [20, 30, 150]

describeStores('changes left unsettled by an outage', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, system, addResource, book } = tools
  const { byHand, inSql } = useHandovers(tools)

  async function listLeft(): Promise<string[]> {
    const stores = createStores()
    const store = await stores.open(system().databaseUrlOf('bookings'))
    const rows = await store.rows<{ number: string }>(
      sql`SELECT number FROM bookings WHERE unsettled IS NOT NULL`,
    )
    await stores.close()
    return rows.map(({ number }) => number)
  }

  it('are completed without a pause, while requests are served', async () => {
    const numbers: string[] = []
    const bookAll = async (resource_id: string) => {
      for (let hour = 0; hour < each; hour++) {
        const [from = '', to = ''] = [hour, hour + 1].map((at) =>
          new Date(Date.UTC(2027, 2, 1, at)).toISOString(),
        )
        const made = await book({ items: [{ resource_id }], from, to }, 'admin')
        expect(made.status).toBe(201)
        numbers.push(made.body.number)
      }
    }
    const cars: string[] = []
    for (let at = 0; at < resources; at++) cars.push(await addResource())
    await Promise.all(cars.map(bookAll))
    // The oldest can never be completed, as somebody edited it by hand.
    const [bad = ''] = numbers
    await byHand('bookings', `UPDATE bookings SET unsettled = ${inSql(-1)}`)
    const unreadable = `moving = '{"booked_for":5}', unsettled = ${inSql(-2)}`
    await byHand('bookings', `UPDATE bookings SET ${unreadable} WHERE number = '${bad}'`)
    expect(await listLeft()).toHaveLength(resources * each)
    const began = Date.now()
    system().startTasks()
    while ((await listLeft()).length > 1 && Date.now() - began < 60_000) {
      expect((await call('GET', '/api/bookings/pending', { as: 'anna' })).status).toBe(200)
      await Bun.sleep(100)
    }
    expect(await listLeft()).toEqual([bad])
    // A hundred every five seconds would take half a minute.
    expect(Date.now() - began).toBeLessThan(20_000)
    const tries = () => system().logged().split('a booking is not settled yet').length - 1
    const before = tries()
    await Bun.sleep(6000)
    expect(tries() - before).toBeLessThanOrEqual(2)
  }, 120_000)

  it('are not delayed by many days that cannot be settled together', async () => {
    const made = await call<BookingSeries>('POST', '/api/bookings/series', {
      body: {
        items: [{ resource_id: await addResource() }],
        from: '2027-06-01T09:00:00Z',
        to: '2027-06-01T10:00:00Z',
        title: 'Each day',
        rule: `FREQ=DAILY;COUNT=${days}`,
        time_zone: 'UTC',
      },
    })
    expect(made.status).toBe(201)
    const { body } = await book({ items: [{ resource_id: await addResource() }] }, 'admin')
    const unreadable = `moving = '{"title":null}', moving_with = series_id`
    await byHand(
      'bookings',
      `UPDATE bookings SET ${unreadable}, unsettled = ${inSql(-2)} WHERE series_id IS NOT NULL`,
    )
    const ofOther = `number = '${body.number}'`
    await byHand('bookings', `UPDATE bookings SET unsettled = ${inSql(-1)} WHERE ${ofOther}`)
    system().startTasks()
    const began = Date.now()
    const isLeft = async () => (await listLeft()).includes(body.number)
    while ((await isLeft()) && Date.now() - began < 30_000) await Bun.sleep(200)
    expect(await isLeft()).toBe(false)
    // None of them is forgotten.
    expect((await listLeft()).length).toBeGreaterThanOrEqual(days)
  }, 60_000)
})
