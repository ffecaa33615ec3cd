import { expect, it, setDefaultTimeout } from 'bun:test'
import type { OpenApiDocument } from '../shared/host/document.ts'
import type { Book } from '../shared/schemas/book.ts'
import type { Booking } from '../shared/schemas/booking.ts'
import type { BookingSeries } from '../shared/schemas/booking-series.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { at, useBookings } from './bookings/fixture.ts'
import committed from './openapi.json'
import { readDocument } from './testing/document-check.ts'

setDefaultTimeout(60_000)

const { operations, compare, typed } = readDocument(committed as unknown as OpenApiDocument)

// A body that is only a Problem would fit all of them: `compare` asks for the type of its code.
describeStores('refusals that have a type', (makeDatabase) => {
  const { call, addResource, addType, setPolicy, book } = useBookings(makeDatabase)
  const met = new Set<string>()
  const refused = async (id: string, path: string, body?: object) => {
    const as = path.startsWith('/api/bookings') ? 'anna' : 'admin'
    const operation = operations.find((it) => it.id === id)
    if (!operation) throw new Error(`There is no ${id}`)
    const { status, headers, body: answer } = await call(operation.method, path, { body, as })
    expect([id, status >= 400, compare(operation, { status, headers, body: answer })]).toEqual([
      id,
      true,
      [],
    ])
    const { code } = answer as { code: string }
    met.add(code)
    return [status, code]
  }
  const span = (from: string, to: string) => ({ from_datetime: at(from), to_datetime: at(to) })

  it('are of it: of resources', async () => {
    const car = await addResource()
    const place = `/api/cars/${car}/allocations`
    await call('POST', place, { body: span('09', '10') })
    const { body } = await call<{ id: string }>('POST', place, { body: span('11', '12') })
    const overlap = [409, 'allocation_overlap']
    expect(await refused('allocateCar', place, span('09', '10'))).toEqual(overlap)
    const other = `/api/resources/${car}/allocations`
    expect(await refused('allocateResource', other, span('09', '10'))).toEqual(overlap)
    expect(await refused('changeCarAllocation', `${place}/${body.id}`, span('09', '10'))).toEqual(
      overlap,
    )
    const items = { items: [{ resource_id: car }], ...span('09', '10') }
    const taken = [409, 'not_all_free']
    expect(await refused('allocateMany', '/api/allocations', items)).toEqual(taken)
    const inUse = [409, 'resource_in_use']
    expect(await refused('decommissionCar', `/api/cars/${car}`)).toEqual(inUse)
    expect(await refused('decommissionResource', `/api/resources/${car}`)).toEqual(inUse)
  })

  it('are of it: of books', async () => {
    const [one, two] = [1, 2].map((at) => ({ title: `Typed ${at}`, author: 'A' }))
    await call('POST', '/api/books', { body: one })
    const path = `/api/books/${(await call<Book>('POST', '/api/books', { body: two })).body.id}`
    const exists = [409, 'book_exists']
    expect(await refused('addBook', '/api/books', one)).toEqual(exists)
    expect(await refused('changeBook', path, { title: 'Typed 1' })).toEqual(exists)
    expect(await refused('replaceBook', path, one)).toEqual(exists)
  })

  it('are of it: of bookings and series', async () => {
    const type = await addType()
    await setPolicy({ type, rules: { maximum_duration: 'PT2H' } })
    const resource_id = await addResource(type)
    const items = [{ resource_id }]
    const broken = [422, 'policy_refused']
    const taken = [409, 'not_all_free']
    const title = 'Typed'
    const wanted = { items, title, from: at('09:00'), to: at('10:00') }
    const { body } = await book(wanted)
    const path = `/api/bookings/${body.id}`
    const other = (await book({ ...wanted, from: at('11:00'), to: at('12:00') })).body as Booking
    const create = (change: object) =>
      refused('createBooking', '/api/bookings', { ...wanted, ...change })
    expect(await create({})).toEqual(taken)
    expect(await create({ to: at('15:00') })).toEqual(broken)
    const change = (span: object) => refused('changeBooking', path, span)
    expect(await change({ to: at('15:00') })).toEqual(broken)
    expect(await change({ from: other.from, to: other.to })).toEqual(taken)

    const place = '/api/bookings/series'
    const repeat = { ...wanted, rule: 'FREQ=DAILY;COUNT=2', time_zone: 'UTC' }
    const long = { ...repeat, to: at('15:00') }
    expect(await refused('createBookingSeries', place, repeat)).toEqual(taken)
    expect(await refused('createBookingSeries', place, long)).toEqual(broken)
    const late = { ...repeat, from: at('14:00'), to: at('15:00') }
    const made = await call<BookingSeries>('POST', place, { body: late, as: 'anna' })
    const own = `${place}/${made.body.id}`
    const move = (change: object) =>
      refused('changeBookingSeries', own, { scope: 'all', ...change })
    expect(await move({ start_time: '11:00' })).toEqual(taken)
    expect(await move({ duration: 'PT5H' })).toEqual(broken)
  })

  it('are of it: of what is cancelled too late', async () => {
    const type = await addType()
    await setPolicy({ type, rules: { cancel_until: 'P3650D' } })
    const broken = [422, 'policy_refused']
    const items = [{ resource_id: await addResource(type) }]
    const wanted = { items, title: 'Typed', from: at('09:00'), to: at('10:00') }
    const path = `/api/bookings/${(await book(wanted)).body.id}/cancel`
    expect(await refused('cancelBooking', path, {})).toEqual(broken)
    const repeat = { ...wanted, from: at('11:00'), to: at('12:00'), rule: 'FREQ=DAILY;COUNT=2' }
    const body = { ...repeat, time_zone: 'UTC' }
    const made = await call<BookingSeries>('POST', '/api/bookings/series', { body, as: 'anna' })
    const own = `/api/bookings/series/${made.body.id}/cancel`
    expect(await refused('cancelBookingSeries', own, { scope: 'all' })).toEqual(broken)
  })

  it('are all met', () => {
    expect([...met].toSorted()).toEqual([...typed].toSorted())
  })
})
