import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../shared/schemas/booking-series.ts'
import type { Calendar, CreatedCalendar } from '../../shared/schemas/calendar.ts'
import type { CreatedDisplay, Display, DisplayNow } from '../../shared/schemas/display.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { readEvents } from './calendars/fixture.ts'
import { useBookings } from './fixture.ts'
import { fromNow } from './handover/fixture.ts'

setDefaultTimeout(60_000)

// Advanced beyond the shared response of a display.
let ahead_ms = 0

describeStores('a type whose name another one gets', (makeDatabase) => {
  const { call, system, book, addResource, addType } = useBookings(makeDatabase, {
    clock: () => Date.now() + ahead_ms,
  })

  async function show({ url }: CreatedDisplay) {
    ahead_ms += 3001
    const path = `/api/displays/now/${url.split('/').at(-1)}`
    const { status, body } = await call<DisplayNow>('GET', path, { as: null })
    expect(status).toBe(200)
    return body.resources.map(({ next }) => next?.title)
  }
  async function read({ url }: CreatedCalendar) {
    const path = new URL(url, 'http://localhost').pathname
    const { status, body } = await call<string>('GET', path, { as: null })
    expect(status).toBe(200)
    return readEvents(body).map(({ summary }) => summary)
  }
  const bookOne = async (type: string, title: string) => {
    const items = [{ resource_id: await addResource(type) }]
    const { status, body } = await book({ items, from: fromNow(5), to: fromNow(6), title })
    expect(status).toBe(201)
    return body
  }
  const cancel = async ({ id }: Booking) =>
    expect((await call('POST', `/api/bookings/${id}/cancel`, { body: {} })).status).toBe(200)
  const idOf = async (name: string) => {
    const { body } = await call<ResourceType[]>('GET', '/api/resource_types')
    return body.find((it) => it.name === name)?.id ?? ''
  }
  const subscribe = async (type: string) =>
    (await call<CreatedCalendar>('POST', '/api/calendars', { body: { type }, as: 'anna' })).body
  async function watch(name: string) {
    const made = { name: 'At the gate', type: name, with_names: true }
    const { body: display } = await call<CreatedDisplay>('POST', '/api/displays', { body: made })
    return { name, id: await idOf(name), display, calendar: await subscribe(name) }
  }
  const rename = async (id: string, name: string) =>
    expect((await call('PATCH', `/api/resource_types/${id}`, { body: { name } })).status).toBe(200)
  async function giveToAnother({ name, id }: { name: string; id: string }) {
    const another = { name, segment: `more-${id}` }
    expect((await call('POST', '/api/resource_types', { body: another })).status).toBe(201)
    await bookOne(name, 'Secret visit')
  }
  const makeOld = (table: string, column: string, where: string) =>
    changeByHand(
      system().databaseUrlOf('bookings'),
      `UPDATE ${table} SET ${column} = NULL WHERE ${where}`,
    )

  it('is shown by displays and calendars made before, under its new name', async () => {
    const name = await addType()
    await bookOne(name, 'Own visit')
    const { id, display, calendar } = await watch(name)
    await rename(id, `${name} B`)
    await giveToAnother({ name, id })
    expect([await show(display), await read(calendar)]).toEqual([
      ['Own visit'],
      ['Own visit (anna)'],
    ])
    const { body: displays } = await call<Display[]>('GET', '/api/displays')
    expect(displays.find((it) => it.id === display.id)?.type).toBe(`${name} B`)
    const { body: calendars } = await call<Calendar[]>('GET', '/api/calendars', { as: 'anna' })
    expect(calendars.find((it) => it.id === calendar.id)?.type).toBe(`${name} B`)
  })

  it('has its cancelled bookings in its own calendars only', async () => {
    const name = await addType()
    const { id, calendar } = await watch(name)
    await cancel(await bookOne(name, 'Cancelled visit'))
    await rename(id, `${name} B`)
    await giveToAnother({ name, id })
    expect(await read(await subscribe(name))).toEqual(['Secret visit (anna)'])
    for (const each of [calendar, await subscribe(`${name} B`)]) {
      expect(await read(each)).toEqual(['Cancelled visit (anna)'])
    }
  })

  it('is shown by displays and calendars of an earlier release, made by name', async () => {
    const name = await addType()
    await bookOne(name, 'Own visit')
    const { id, display, calendar } = await watch(name)
    for (const table of ['displays', 'calendars']) {
      await makeOld(table, 'type_id', `resource_type = '${name}'`)
    }
    const own = [['Own visit'], ['Own visit (anna)']]
    expect([await show(display), await read(calendar)]).toEqual(own)
    await rename(id, `${name} B`)
    await giveToAnother({ name, id })
    expect([await show(display), await read(calendar)]).toEqual(own)
  })

  it('shows nothing of a younger type in those that an earlier release made', async () => {
    const name = await addType()
    await bookOne(name, 'Own visit')
    const { id, display, calendar } = await watch(name)
    await rename(id, `${name} B`)
    ahead_ms += 1000
    await giveToAnother({ name, id })
    for (const table of ['displays', 'calendars']) {
      await makeOld(table, 'type_id', `resource_type = '${name}'`)
    }
    expect([await show(display), await read(calendar)]).toEqual([[], []])
    // Nor later.
    await rename(await idOf(name), `${name} C`)
    await rename(id, name)
    expect([await show(display), await read(calendar)]).toEqual([[], []])
  })

  it('shows nothing once it is deleted', async () => {
    const name = await addType()
    const { id, display, calendar } = await watch(name)
    expect((await call('DELETE', `/api/resource_types/${id}`)).status).toBe(204)
    await giveToAnother({ name, id })
    expect([await show(display), await read(calendar)]).toEqual([[], []])
  })

  for (const isOld of [false, true]) {
    const made = isOld ? ' that an earlier release made' : ''
    it(`is what days of a series${made} get that are booked later`, async () => {
      const name = await addType()
      await addResource(name)
      const id = await idOf(name)
      const series = {
        items: [{ type: name }],
        from: fromNow(24),
        to: fromNow(25),
        title: 'A round',
        rule: 'FREQ=DAILY;COUNT=4',
        time_zone: 'UTC',
      }
      const [, second, third, fourth] = [24, 48, 72, 96].map((at) => fromNow(at).slice(0, 10))
      const { status, body } = await call<BookingSeries>('POST', '/api/bookings/series', {
        body: { ...series, exceptions: [second, third, fourth] },
        as: 'anna',
      })
      expect(status).toBe(201)
      const bookDay = (date: string | undefined) =>
        call<Booking & Problem>('POST', `/api/bookings/series/${body.id}/occurrences`, {
          body: { date },
          as: 'anna',
        })
      if (isOld) await makeOld('booking_series', 'type_ids', `title = 'A round'`)
      expect((await bookDay(second)).body.items[0]?.resource_type).toBe(name)
      await rename(id, `${name} B`)
      await giveToAnother({ name, id })
      expect((await bookDay(third)).body.items[0]?.resource_type).toBe(`${name} B`)
    })
  }
})
