import { expect, it } from 'bun:test'
import type { Availability, Slot } from '../../shared/schemas/allocation.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useInventory } from './fixture.ts'

describeStores('availability', (makeDatabase) => {
  const { call, add, book } = useInventory(makeDatabase)
  const span = (from: string | null, to: string | null) => ({
    from_datetime: from && at(from),
    to_datetime: to && at(to),
  })

  it('lists busy and free times within a window, merging adjacent ones', async () => {
    const car = await add()
    for (const [from, to] of [
      ['07', '09'],
      ['09', '10'],
      ['12', '13'],
    ] as const) {
      await book(car, at(from), at(to))
    }
    const window = `from=${at('08')}&to=${at('12:30')}`
    const { body } = await call<Availability>('GET', `${car}/availability?${window}`)
    expect(body).toEqual({
      busy: [span('08', '10'), span('12', '12:30')],
      free: [span('10', '12')],
    })
  })

  it('is unbounded if the window is', async () => {
    const car = await add()
    await book(car, at('09'), at('10'))
    const { body } = await call<Availability>('GET', `${car}/availability`)
    expect(body.free).toEqual([span(null, '09'), span('10', null)])
    const always = await call<Availability>('GET', `${await add()}/availability`)
    expect(always.body).toEqual({ busy: [], free: [span(null, null)] })
  })

  it('finds the resources of a type free for an entire span', async () => {
    const [free, touched, taken] = [await add('trucks'), await add('trucks'), await add('trucks')]
    const next = await add('trucks')
    await book(next, at('10'), at('11'))
    await book(touched, at('08'), at('09'))
    await book(taken, at('08'), at('09:01'))
    const window = `from=${at('09')}&to=${at('10')}`
    const { body } = await call<Resource[]>('GET', `/api/trucks/availability?${window}`)
    const paths = body.map(({ id }) => `/api/trucks/${id}`)
    expect(paths).toEqual([free, touched, next])
  })

  it('shows the grid of an interval type, each slot free or taken', async () => {
    const runway = await add('runways')
    expect((await book(runway, at('09:15'), at('09:45'))).status).toBe(201)
    const window = `from=${at('09:00')}&to=${at('10:00')}`
    const { body } = await call<Slot[]>('GET', `${runway}/slots?${window}`)
    expect(body.map((slot) => slot.free)).toEqual([true, false, false, true])
    expect(body[0]).toMatchObject(span('09:00', '09:15'))
  })

  it('shows whole slots from the one containing the start, also between bookings', async () => {
    const runway = await add('runways')
    for (const [from, to] of [
      ['09:00', '09:15'],
      ['09:30', '10:00'],
      ['10:15', '10:30'],
    ] as const) {
      expect((await book(runway, at(from), at(to))).status).toBe(201)
    }
    const window = `from=${at('09:05')}&to=${at('10:31')}`
    const { body } = await call<Slot[]>('GET', `${runway}/slots?${window}`)
    const free = body.map((slot) => slot.free)
    expect(free).toEqual([false, true, false, false, true, false, true])
    expect(body[0]).toMatchObject(span('09:00', '09:15'))
    expect(body.at(-1)).toMatchObject(span('10:30', '10:45'))
  })

  it("counts slots from the type's origin", async () => {
    const hourly = { kind: 'interval', slot_seconds: 3600, slot_origin: '2000-01-01T00:10:00Z' }
    const type = { name: 'Late court', ...hourly }
    expect((await call('POST', '/api/resource_types', { body: type })).status).toBe(201)
    const body = { resource_type: type.name, name: 'Court 1' }
    const court = (await call('POST', '/api/resources', { body })).headers.get('location') ?? ''
    expect((await book(court, at('09:00'), at('10:00'))).body.code).toBe('not_on_slot_grid')
    expect((await book(court, at('09:10'), at('10:10'))).status).toBe(201)
    const window = `from=${at('08:00')}&to=${at('09:11')}`
    const { body: slots } = await call<Slot[]>('GET', `${court}/slots?${window}`)
    expect(slots).toEqual([
      { ...span('07:10', '08:10'), free: true },
      { ...span('08:10', '09:10'), free: true },
      { ...span('09:10', '10:10'), free: false },
    ])
  })

  it('shows up to 1,500 slots', async () => {
    const runway = await add('runways')
    const end = (slots: number) => new Date(Date.parse(at('00')) + slots * 900_000).toISOString()
    const slots = (to: string) => call<Slot[]>('GET', `${runway}/slots?from=${at('00')}&to=${to}`)
    expect((await slots(end(1500))).body).toHaveLength(1500)
    expect(await slots(end(1501))).toMatchObject({ status: 422, body: { code: 'window_too_long' } })
  })

  it('books slots without end', async () => {
    const runway = await add('runways')
    const body = { from_datetime: at('09:15'), to_infinity: true }
    expect((await call('POST', `${runway}/allocations`, { body })).status).toBe(201)
    const { body: busy } = await call<Availability>('GET', `${runway}/availability`)
    expect(busy).toEqual({ busy: [span('09:15', null)], free: [span(null, '09:15')] })
  })

  it('books whole slots only, and names the grid', async () => {
    const { status, body } = await book(await add('runways'), at('09:10'), at('09:20'))
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'not_on_slot_grid' })
    expect(body.errors?.map((error) => error.pointer)).toEqual(['#/from_datetime', '#/to_datetime'])
    expect(body.detail).toContain('15 minutes')
  })

  it('refuses a window with too many bookings', async () => {
    const car = await add()
    const start = Date.parse(at('00'))
    const toText = (minute: number) => new Date(start + minute * 60_000).toISOString()
    const spans = Array.from(
      { length: 1001 },
      (_, n) => [toText(2 * n), toText(2 * n + 1)] as const,
    )
    const made = await Promise.all(spans.map(([from, to]) => book(car, from, to)))
    expect(made.every((answer) => answer.status === 201)).toBe(true)
    const { status, body } = await call<Problem>('GET', `${car}/availability`)
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'window_too_long' })
    const window = `from=${toText(0)}&to=${toText(1999)}`
    const found = await call<Availability>('GET', `${car}/availability?${window}`)
    expect(found.body.busy).toHaveLength(1000)
  })

  it('refuses an endless grid', async () => {
    const { status, body } = await call('GET', `${await add('runways')}/slots?from=${at('09')}`)
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'window_too_long' })
    expect((await call('GET', `${await add('cars')}/slots`)).status).toBe(404)
  })
})
