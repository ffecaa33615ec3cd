import { expect, it } from 'bun:test'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { WaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'
import { fromNow, useHandovers } from './fixture.ts'

describeStores('handovers', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, addType, addGroup, setPolicy, book, allocationsOf, idOf } = tools
  const { checkOut, bringBack, bookNow, listHandovers, moveBack, addPhoto } = useHandovers(tools)
  const codeOf = async (answer: Promise<{ body: object }>) => ((await answer).body as Problem).code
  const pointersOf = ({ body }: { body: object }) =>
    (body as Problem).errors?.map(({ pointer }) => pointer)

  it("are a check-out and a return, by the booking's person, with their records", async () => {
    const car = await addResource()
    const { id, number } = await bookNow([car])
    const files = [await addPhoto()]
    const out = await checkOut(id, [{ odometer: 48_210, fuel: 80, condition: 'good', files }])
    expect(out).toMatchObject({ status: 200, body: { state: 'checked_out' } })
    expect((await listHandovers(`resource_id=${car}&out=true`))[0]?.returned).toBeNull()
    const back = await bringBack(id, [{ odometer: 48_290, fuel: 65, note: 'Needs washing' }])
    expect(back).toMatchObject({ status: 200, body: { state: 'returned' } })
    const by = await idOf('anna')
    expect(await listHandovers(`resource_id=${car}`)).toMatchObject([
      {
        booking_id: id,
        number,
        booked_for: by,
        late: false,
        checked_out: { by, odometer: 48_210, fuel: 80, condition: 'good', files, note: '' },
        returned: { by, odometer: 48_290, condition: null, files: [], note: 'Needs washing' },
        repair: null,
      },
    ])
    expect(await listHandovers(`resource_id=${car}&out=true`)).toEqual([])
    expect(await listHandovers(`resource_id=${car}`, 'bert')).toEqual([])
  })

  it('cover all that is booked together: none is handed over unseen with another', async () => {
    const [van, trailer] = [await addResource(), await addResource()]
    const { id } = await bookNow([van, trailer])
    const one = [{ resource_id: trailer, note: 'Fine' }]
    expect(await codeOf(checkOut(id, one))).toBe('handover_incomplete')
    expect((await checkOut(id)).status).toBe(200)
    const refused = await bringBack(id, one)
    expect([refused.status, pointersOf(refused)]).toEqual([422, ['#/items/1/resource_id']])
    expect((await listHandovers(`resource_id=${van}&out=true`)).length).toBe(1)
    expect((await bringBack(id, [...one, { resource_id: van }])).status).toBe(200)
  })

  it('release the rest at once on an early return, to those who book or wait', async () => {
    const [car, other] = [await addResource(), await addResource()]
    const [one, two] = [await bookNow([car]), await bookNow([other])]
    const wanted = { from_datetime: fromNow(1), to_datetime: fromNow(2) }
    const waiting = await call<WaitlistEntry>('POST', '/api/waitlist', {
      body: { resource_id: other, ...wanted, on_free: 'book' },
    })
    expect(waiting.status).toBe(201)
    for (const { id, from, to } of [one, two]) {
      expect((await checkOut(id)).status).toBe(200)
      // The agreed time stays.
      expect((await bringBack(id)).body).toMatchObject({ state: 'returned', from, to })
    }
    const [short, ...none] = await allocationsOf(car)
    expect(none).toEqual([])
    expect(Date.parse(short?.to_datetime ?? '')).toBeLessThanOrEqual(Date.now())
    const rest = { items: [{ resource_id: car }], from: fromNow(1), to: one.to }
    expect((await book(rest, 'bert')).status).toBe(201)
    const starts = (await allocationsOf(other)).map((it) => it.from_datetime)
    expect(starts).toContain(wanted.from_datetime)
  })

  it('require what the policy says, and name all that is missing', async () => {
    const type = await addType()
    const [one, two] = [await addResource(type), await addResource(type)]
    const handover = { check_out: ['odometer', 'files'], return: ['condition'] }
    await setPolicy({ type, rules: { handover } })
    const { id } = await bookNow([one, two])
    const bare = await checkOut(id)
    expect(bare).toMatchObject({ status: 422, body: { code: 'handover_incomplete' } })
    const all = ['0/odometer', '0/files', '1/odometer', '1/files'].map((it) => `#/items/${it}`)
    expect(pointersOf(bare)).toEqual(all)
    const first = { resource_id: one, odometer: 5, files: [await addPhoto()] }
    const second = { ...first, resource_id: two }
    const bad: [object[], string][] = [
      [[{ ...second, files: [] }, first], '#/items/0/files'],
      [[first, { ...second, odometer: undefined }], '#/items/1/odometer'],
      [[{ ...first, resource_id: undefined }], '#/items/0/resource_id'],
      [[first, first], '#/items/1/resource_id'],
      [[first, { ...first, resource_id: await addResource(type) }], '#/items/1/resource_id'],
      [[{ ...first, fuel: 101 }, second], '#/items/0/fuel'],
      [[{ ...first, odometer: -1 }, second], '#/items/0/odometer'],
      [[{ ...first, condition: 'lost' }, second], '#/items/0/condition'],
    ]
    for (const [items, pointer] of bad) {
      const refused = await checkOut(id, items)
      expect([refused.status, pointersOf(refused)]).toEqual([422, [pointer]])
    }
    expect((await call<Booking>('GET', `/api/bookings/${id}`)).body.state).toBe('confirmed')
    expect((await checkOut(id, [second, first])).body.state).toBe('checked_out')
    const condition = ['#/items/0/condition', '#/items/1/condition']
    expect(pointersOf(await bringBack(id))).toEqual(condition)
  })

  it("are for the booking's person and for managers", async () => {
    const type = await addType()
    const group = await addGroup('gina')
    const rights = [
      { group: null, may: 'book' },
      { group, may: 'manage' },
    ]
    await setPolicy({ type, rules: { rights } })
    const { id } = await bookNow([await addResource(type)])
    expect((await checkOut(id, [], 'bert')).status).toBe(403)
    expect((await checkOut(id, [], 'gina')).status).toBe(200)
    expect((await bringBack(id, [], 'bert')).status).toBe(403)
    expect((await bringBack(id, [], null)).status).toBe(401)
    const damage = [{ condition: 'damaged', note: 'The mirror' }]
    expect((await bringBack(id, damage, 'gina')).status).toBe(200)
    // Maintenance is for managers.
    const [resource = ''] = (await listHandovers(`booking_id=${id}`)).map((it) => it.resource_id)
    const [own] = await listHandovers('damaged=true', 'anna')
    const [managed] = await listHandovers('damaged=true', 'gina')
    expect(own?.repair).toBeNull()
    expect(managed).toMatchObject({
      checked_out: { by: await idOf('gina') },
      repair: {
        maintenance: `/api/resources/${resource}/allocations`,
        withdrawal: `/api/resources/${resource}/withdrawal`,
      },
    })
  })

  it('name what is still damaged: until somebody says that it is good', async () => {
    const [car, other] = [await addResource(), await addResource()]
    const hasDamage = async (id: string) =>
      (await listHandovers(`damaged=still&resource_id=${id}`, 'admin')).length
    const use = async (id: string, condition?: string) => {
      const booking = await bookNow([id])
      await checkOut(booking.id)
      const back = await bringBack(booking.id, condition === undefined ? [] : [{ condition }])
      expect(back.status).toBe(200)
    }
    await use(other, 'damaged')
    await use(car, 'good')
    await use(car, 'damaged')
    expect([await hasDamage(car), await hasDamage(other)]).toEqual([1, 1])
    await use(car)
    expect(await hasDamage(car)).toBe(1)
    await use(car, 'good')
    expect([await hasDamage(car), await hasDamage(other)]).toEqual([0, 1])
    expect(await listHandovers(`damaged=true&resource_id=${car}`)).toHaveLength(1)
  })

  it('happen once: of ten simultaneous check-outs or returns one succeeds', async () => {
    const { id } = await bookNow([await addResource()])
    const many = async (step: typeof checkOut) => {
      const all = await Promise.all(Array.from({ length: 10 }, () => step(id)))
      return all.map(({ status }) => status).toSorted()
    }
    const once = [200, ...Array<number>(9).fill(409)]
    expect(await many(checkOut)).toEqual(once)
    expect(await many(bringBack)).toEqual(once)
    expect(await listHandovers(`booking_id=${id}`)).toHaveLength(1)
  })

  it('happen within their time, and in order', async () => {
    const car = await addResource()
    const items = [{ resource_id: car }]
    const later = (await book({ items, from: fromNow(3), to: fromNow(4) })).body
    const over = (await book({ items, from: fromNow(-3), to: fromNow(-2) })).body
    expect(await codeOf(checkOut(over.id))).toBe('booking_over')
    const { id } = await bookNow([car])
    expect(await codeOf(bringBack(id))).toBe('not_checked_out')
    expect((await checkOut(id)).status).toBe(200)
    expect(await codeOf(checkOut(id))).toBe('already_checked_out')
    const cancel = { as: 'anna', body: { reason: 'No' } }
    expect(await codeOf(call('POST', `/api/bookings/${id}/cancel`, cancel))).toBe('booking_closed')
    await call('POST', `/api/bookings/${later.id}/cancel`, cancel)
    expect(await codeOf(checkOut(later.id))).toBe('not_confirmed')
  })

  it('handover_snatches: nobody else checks out a resource that is still out', async () => {
    const car = await addResource()
    const first = await bookNow([car])
    await checkOut(first.id)
    await moveBack(first)
    const next = await bookNow([car], 'bert')
    const refused = await checkOut(next.id, [], 'bert')
    expect(refused).toMatchObject({ status: 409, body: { code: 'still_out' } })
    expect((refused.body as unknown as Problem).detail).toContain(first.number)
    expect((await bringBack(first.id, [], 'admin')).status).toBe(200)
    expect((await checkOut(next.id, [], 'bert')).status).toBe(200)
  })
})
