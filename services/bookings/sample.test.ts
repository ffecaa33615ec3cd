import { expect, it } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'

describeStores('the sample of bookings', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)

  it('is what its members have booked, once', async () => {
    await system().fillSamples()
    await system().fillSamples()
    const { body } = await call<Booking[]>('GET', '/api/bookings')
    expect(body.map(({ title }) => title)).toEqual([
      'Visit to a customer in Kassel',
      'Site inspection',
      'Fair stand to Hanover',
      'Moving the archive',
    ])
  })
})
