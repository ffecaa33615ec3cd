import { expect, it } from 'bun:test'
import type { ResourceNow } from '../../../shared/schemas/handover.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'
import { fromNow, useHandovers } from './fixture.ts'

describeStores('a code on a resource', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, addType, book, setPolicy } = tools
  const { checkOut, bringBack, bookNow, moveBack } = useHandovers(tools)

  const draw = (id: string, as: string | null = 'admin') =>
    call<string>('GET', `/api/qr_codes/${id}`, { as })
  const read = (code: string, as = 'anna') =>
    call<ResourceNow & Problem>('GET', `/api/resource_codes/${code}`, { as })
  const addCode = async (resource: string) =>
    />([0-9A-Z]{5}-[0-9A-Z]{5})</.exec((await draw(resource)).body)?.[1] ?? ''

  it('is printed as SVG, always the same, with the text to type below it', async () => {
    const car = await addResource()
    const drawn = await draw(car)
    expect(drawn.status).toBe(200)
    expect(drawn.headers.get('content-type')).toContain('image/svg+xml')
    expect(drawn.body).toStartWith('<svg xmlns="http://www.w3.org/2000/svg"')
    expect((await draw(car, 'anna')).body).toBe(drawn.body)
    const code = await addCode(car)
    expect(await addCode(await addResource())).not.toBe(code)
    expect((await read(code.toLowerCase())).body).toMatchObject({ code, resource_id: car })
    expect((await draw(car, null)).status).toBe(401)
  })

  it('of a hidden resource is 404', async () => {
    const car = await addResource()
    const code = await addCode(car)
    await call('PATCH', `/api/resources/${car}`, { body: { visible_to: [] } })
    expect(await read(code)).toMatchObject({ status: 404, body: { code: 'code_not_found' } })
    expect((await draw(car, 'anna')).status).toBe(404)
    expect((await read(code, 'admin')).status).toBe(200)
    expect((await read('00000-00000')).status).toBe(404)
    expect((await read('0000')).status).toBe(422)
    expect((await draw('01a1fe45-0000-7000-8000-000000000000')).status).toBe(404)
  })

  it('shows the current state, and what the caller can do', async () => {
    const car = await addResource()
    const code = await addCode(car)
    const say = async (as = 'anna') => (await read(code, as)).body
    const free = { state: 'free', until: null, booking_id: null, offers: ['take', 'book'] }
    expect(await say()).toMatchObject(free)
    const later = { items: [{ resource_id: car }], from: fromNow(5), to: fromNow(6) }
    const next = (await book(later, 'bert')).body
    expect(await say()).toMatchObject({ ...free, until: fromNow(5) })
    expect(await say('bert')).toMatchObject({ ...free, until: fromNow(5), booking_id: next.id })
    const own = await bookNow([car])
    const taken = { state: 'taken', until: own.to }
    expect(await say('bert')).toMatchObject({ ...taken, offers: ['book'] })
    expect(await say()).toMatchObject({ ...taken, offers: ['book', 'check_out'] })
    await checkOut(own.id)
    const out = { state: 'out', until: own.to, booking_id: own.id, offers: ['book', 'return'] }
    expect(await say()).toMatchObject(out)
    // A manager may return it for them.
    expect(await say('admin')).toMatchObject(out)
    expect(await say('bert')).toMatchObject({ state: 'out', offers: ['book'] })
    await moveBack(own)
    expect(await say()).toMatchObject({ ...out, state: 'late', until: null })
    await bringBack(own.id)
    expect(await say()).toMatchObject({ ...free, until: fromNow(5) })
  })

  it('free_by_the_rules: shows until when it is free, and offers what is allowed', async () => {
    const type = await addType()
    const car = await addResource(type)
    const code = await addCode(car)
    const say = async (as = 'anna') => (await read(code, as)).body
    const clock = (hours: number) =>
      Temporal.Instant.fromEpochMilliseconds(Date.parse(fromNow(hours)))
        .toZonedDateTimeISO('UTC')
        .toPlainTime()
        .toString({ smallestUnit: 'minute' })
    const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
    const allow = (rules: object) => setPolicy({ type, rules: { time_zone: 'UTC', ...rules } })
    await allow({ maximum_duration: 'PT2H' })
    const most = Date.parse((await say()).until ?? '') - Date.now()
    expect(Math.round(most / 60_000)).toBe(120)
    const later = { items: [{ resource_id: car }], from: fromNow(1), to: fromNow(2) }
    await call('PATCH', `/api/resources/${car}`, { body: { buffer_after_seconds: 900 } })
    expect((await book(later, 'bert')).status).toBe(201)
    expect(await say()).toMatchObject({
      state: 'free',
      until: fromNow(0.75),
      offers: ['take', 'book'],
    })
    // Too short to be allowed now, or approval comes first: it can be booked for later.
    await allow({ minimum_duration: 'PT1H' })
    expect(await say()).toMatchObject({ state: 'free', until: fromNow(0.75), offers: ['book'] })
    await allow({ approval: { when: 'always' } })
    expect((await say()).offers).toEqual(['book'])
    await allow({ rights: [{ group: null, may: 'see' }] })
    expect((await say()).offers).toEqual([])
    expect((await say('admin')).offers).toEqual(['take', 'book'])
    // Closed for an hour that begins in half an hour, or has begun, perhaps across midnight.
    const open = (from: number, to: number) => {
      const [begin, end] = [clock(from), clock(to)]
      const wraps = begin >= end
      const parts = wraps
        ? [
            ['00:00', end],
            [begin, '24:00'],
          ]
        : [[begin, end]]
      return parts.filter(([a, b]) => a !== b).map(([from, to]) => ({ days, from, to }))
    }
    await allow({ opening_hours: open(-2, 0.5) })
    const closes = Date.parse(fromNow(0.5))
    expect(Date.parse((await say()).until ?? '')).toBe(closes - (closes % 60_000))
    await allow({ opening_hours: open(1, 3) })
    expect(await say()).toMatchObject({ state: 'free', offers: ['book'] })
  })

  it('taken_by_its_buffer: is not free before the buffer after a booking is over', async () => {
    const car = await addResource()
    const code = await addCode(car)
    await call('PATCH', `/api/resources/${car}`, { body: { buffer_after_seconds: 7200 } })
    const span = { from: fromNow(0.5), to: fromNow(1) }
    expect((await book({ items: [{ resource_id: car }], ...span }, 'bert')).status).toBe(201)
    const { state, until } = (await read(code)).body
    expect([state, until]).toEqual(['taken', fromNow(3)])
  })
})
