import { expect, it } from 'bun:test'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'
import { useHandovers } from './fixture.ts'

describeStores('an odometer', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { addResource } = tools
  const { checkOut, bringBack, bookNow, byHand, inSql } = useHandovers(tools)

  const drive = async (car: string, out: number, back: number) => {
    const booking = await bookNow([car])
    expect((await checkOut(booking.id, [{ odometer: out }])).status).toBe(200)
    expect((await bringBack(booking.id, [{ odometer: back }])).status).toBe(200)
    return booking
  }
  const ofIt = (number: string) =>
    `booking_id = (SELECT id FROM bookings WHERE number = '${number}')`

  it('never falls, neither during a trip nor between trips', async () => {
    const car = await addResource()
    await drive(car, 100, 250)
    const { id } = await bookNow([car])
    const refused = await checkOut(id, [{ odometer: 249 }])
    expect(refused).toMatchObject({ status: 422, body: { code: 'odometer_falls' } })
    const [error] = (refused.body as unknown as Problem).errors ?? []
    expect(error?.pointer).toBe('#/items/0/odometer')
    expect(error?.detail).toContain('250')
    expect((await checkOut(id, [{ odometer: 250 }])).status).toBe(200)
    const back = await bringBack(id, [{ odometer: 249 }])
    expect(back).toMatchObject({ status: 422, body: { code: 'odometer_falls' } })
    // A handover without a reading does not reset it.
    expect((await bringBack(id)).status).toBe(200)
    const last = await bookNow([car])
    expect((await checkOut(last.id, [{ odometer: 10 }])).status).toBe(422)
  })

  it('does not fall by hand either; a slip in the last one can be corrected', async () => {
    const car = await addResource()
    const first = await drive(car, 100, 200)
    const second = await drive(car, 200, 9000)
    const set = (number: string, text: string) =>
      byHand('bookings', `UPDATE handovers SET ${text} WHERE ${ofIt(number)}`)
    for (const [number, text] of [
      [first.number, 'in_odometer = 201'],
      [first.number, 'out_odometer = 201, in_odometer = 202'],
      [first.number, `checked_out = ${inSql(1)}, returned = ${inSql(2)}`],
      [second.number, 'out_odometer = 199'],
      [second.number, 'in_odometer = 199'],
    ] as const) {
      await expect(set(number, text)).rejects.toThrow(/odometer/)
    }
    await set(second.number, 'in_odometer = 290')
    await byHand('bookings', `DELETE FROM handovers WHERE ${ofIt(first.number)}`)
    const add = (odometer: number) =>
      byHand(
        'bookings',
        `INSERT INTO handovers (id, booking_id, resource_id, resource_type, checked_out,
          checked_out_by, returned, returned_by, out_odometer)
        SELECT resource_id, (SELECT id FROM bookings WHERE number = '${first.number}'), resource_id,
          resource_type, ${inSql(5)}, 'by hand', ${inSql(6)}, 'by hand', ${odometer}
        FROM handovers WHERE ${ofIt(second.number)}`,
      )
    await expect(add(289)).rejects.toThrow(/odometer/)
    await add(290)
  })
})
