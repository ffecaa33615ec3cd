import { expect, it } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { FileRecord } from '../../shared/schemas/file.ts'
import type { Policy } from '../../shared/schemas/policy.ts'
import type { Resource, ResourcePhotoLink } from '../../shared/schemas/resource.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'
import { besides, planned, requested, today } from './sample-data.ts'
import { day_ms } from '../../shared/duration.ts'

describeStores('the sample of bookings', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)

  it('is an organisation at work: months of bookings, requests, one out, one late', async () => {
    await system().fillSamples()
    await system().fillSamples()
    const list = async () => (await call<Booking[]>('GET', '/api/bookings?limit=200')).body
    let body = await list()
    while (!body.some(({ state }) => state === 'late')) {
      await Bun.sleep(100)
      body = await list()
    }
    const days = 8
    const all = [...planned, ...besides, ...requested, ...today]
    expect(body).toHaveLength(all.length + days)
    const titled = (title: string) => body.find((it) => it.title === title)
    expect(titled('Visit to a customer in Kassel')?.state).toBe('confirmed')
    const inState = (state: string) => body.filter((it) => it.state === state).map((it) => it.title)
    expect(inState('requested')).toEqual(requested.map(({ title }) => title))
    expect(inState('late')).toEqual(['Airport and back'])
    expect(inState('checked_out')).toEqual(['Sand for the yard'])
    expect(inState('returned')).toEqual(['Bank and post office'])
    expect(body.filter(({ series_id }) => series_id !== null)).toHaveLength(days)
    const starts = body.map(({ from }) => Date.parse(from)).toSorted((a, b) => a - b)
    expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeGreaterThan(90 * day_ms)
    const { body: policies } = await call<Policy[]>('GET', '/api/policies')
    expect(policies.map(({ type }) => type).toSorted()).toEqual(['Meeting room', 'Truck'])
    // Nobody was given more than these say, not even for a moment.
    const { body: ever } = await call<Policy[]>('GET', '/api/policies?ended=true')
    expect(ever).toEqual(policies)
    const truck = policies.find(({ type }) => type === 'Truck')
    expect(titled('Fair stand to Hanover')?.items[0]?.policies).toEqual([truck?.id ?? ''])
    const { body: resources } = await call<Resource[]>('GET', '/api/resources?limit=200')
    const shown = resources.filter(({ photo }) => photo !== null)
    expect(shown.map(({ resource_type }) => resource_type).toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => 'Car'),
      'Lorry',
      ...Array.from({ length: 3 }, () => 'Meeting room'),
      'Truck',
    ])
    const ids = shown.map(({ id }) => id).join()
    const links = await call<ResourcePhotoLink[]>('GET', `/api/resources/photos?ids=${ids}`)
    expect(links.body).toHaveLength(shown.length)
    // They are nobody's files.
    expect((await call<FileRecord[]>('GET', '/api/files?q=webp')).body).toEqual([])
    const { body: audit } = await call('GET', '/api/bookings/audit')
    const none = { unbacked: 0, orphaned: 0, rule_broken: 0, over_quota: 0 }
    expect(audit).toEqual({ bookings: body.length, ...none })
  })
})
