import { expect, it } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Policy } from '../../shared/schemas/policy.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'

describeStores('the sample of bookings', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)

  it('is what its members have booked in three months, once, and rules for trucks', async () => {
    await system().fillSamples()
    await system().fillSamples()
    const { body } = await call<Booking[]>('GET', '/api/bookings')
    expect(body.map(({ title }) => title).slice(0, 4)).toEqual([
      'Visit to a customer in Kassel',
      'Site inspection',
      'Fair stand to Hanover',
      'Moving the archive',
    ])
    expect(body).toHaveLength(12)
    const { body: policies } = await call<Policy[]>('GET', '/api/policies')
    expect(policies).toMatchObject([{ type: 'Truck', version: 1 }])
    expect(body[2]?.items[0]?.policies).toEqual([policies[0]?.id ?? ''])
    const { body: audit } = await call('GET', '/api/bookings/audit')
    const none = { unbacked: 0, orphaned: 0, rule_broken: 0, over_quota: 0 }
    expect(audit).toEqual({ bookings: 12, ...none })
  })
})
