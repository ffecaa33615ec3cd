import { expect, it } from 'bun:test'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { Utilisation, UtilisationRow } from '../../../shared/schemas/utilisation.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'

const monday = `from=${at('00:00')}&to=${at('00:00', 2)}`
describeStores('a report of use', (makeDatabase) => {
  const { call, system, addResource, addType, setPolicy, addGroup, book, idOf } =
    useBookings(makeDatabase)

  const report = async (query: string, as = 'admin') => {
    const path = `/api/bookings/utilisation?${query}`
    return call<Utilisation & Problem>('GET', path, { as })
  }
  const rowOf = async (query: string, key: string | null, as?: string) => {
    const { status, body } = await report(query, as)
    expect([status, body]).toEqual([200, expect.anything()])
    return body.rows.find((row) => row.key === key) as UtilisationRow
  }
  const isSqlite = () => system().databaseUrlOf('bookings').startsWith('sqlite:')
  const byHand = (text: string) => changeByHand(system().databaseUrlOf('bookings'), text)
  const end = async (id: string, how: string) =>
    expect(
      (await call('POST', `/api/bookings/${id}/${how}`, { body: { reason: 'x' } })).status,
    ).toBe(200)

  it('sums bookings inside the window, by resource and by type', async () => {
    const type = await addType()
    const [first, second] = [await addResource(type), await addResource(type)]
    await book({ items: [{ resource_id: first }], from: at('09:00'), to: at('11:00') })
    // Six hours of it are on Monday.
    await book({ items: [{ resource_id: first }], from: at('18:00'), to: at('12:00', 2) })
    await book({ items: [{ type, count: 2 }], from: at('12:00'), to: at('13:30') })
    const given = await book({
      items: [{ resource_id: second }],
      from: at('15:00'),
      to: at('16:00'),
    })
    await end(given.body.id, 'cancel')
    const query = `by=resource&type=${encodeURIComponent(type)}&${monday}`
    expect(await rowOf(query, first)).toMatchObject({
      bookings: 3,
      booked_hours: 9.5,
      used_hours: 0,
      no_shows: 0,
      capacity_hours: 24,
      idle_hours: 14.5,
    })
    expect(await rowOf(query, second)).toMatchObject({ bookings: 1, booked_hours: 1.5 })
    // It began before this window, and ends after it.
    const within = `by=resource&from=${at('23:00')}&to=${at('03:00', 2)}`
    expect(await rowOf(within, first)).toMatchObject({ bookings: 1, booked_hours: 4 })
    const { body } = await report(`by=type&type=${encodeURIComponent(type)}&${monday}`)
    expect(body).toMatchObject({ by: 'type', from: at('00:00'), to: at('00:00', 2), left_out: 0 })
    expect(body.rows).toEqual([
      expect.objectContaining({ key: type, bookings: 4, capacity_hours: 48, idle_hours: 37 }),
    ])
  })

  it('counts a refused series as one request, with the length of its refused days', async () => {
    const type = await addType()
    const car = await addResource(type)
    const items = [{ resource_id: car }]
    await book({ items, from: at('09:00', 2), to: at('10:00', 2) })
    await book({ items, from: at('09:00', 4), to: at('10:00', 4) })
    const body = {
      items,
      from: at('09:00'),
      to: at('11:00'),
      title: 'A round',
      rule: 'FREQ=DAILY;COUNT=5',
      time_zone: 'UTC',
    }
    const refused = await call<Problem>('POST', '/api/bookings/series', { body, as: 'anna' })
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_all_free' } })
    const today = Math.floor(Date.now() / 86_400_000) * 86_400_000
    const day = (after: number) => new Date(today + after * 86_400_000).toISOString()
    const query = `by=resource&type=${encodeURIComponent(type)}&from=${day(0)}&to=${day(1)}`
    const found = await rowOf(query, car)
    expect(found).toMatchObject({ refused: 1, refused_hours: 4 })
  })

  it('follows a booking that is moved, shortened by hand, or changes state', async () => {
    const type = await addType()
    const id = await addResource(type)
    const { body } = await book({
      items: [{ resource_id: id }],
      from: at('09:00'),
      to: at('11:00'),
    })
    const change = { from: at('20:00'), to: at('02:00', 2) }
    const path = `/api/bookings/${body.id}`
    expect((await call('PATCH', path, { body: change })).status).toBe(200)
    const query = `by=resource&type=${encodeURIComponent(type)}&${monday}`
    expect(await rowOf(query, id)).toMatchObject({ bookings: 1, booked_hours: 4 })
    // A booking not picked up in time counts as missed without any write.
    const past = isSqlite() ? '1' : `'1970-01-02'`
    const where = `WHERE number = '${body.number}'`
    await byHand(`UPDATE bookings SET check_in_by = ${past} ${where}`)
    expect(await rowOf(query, id)).toMatchObject({ bookings: 1, no_shows: 1, no_show_hours: 4 })
    await byHand(`UPDATE bookings SET check_in_by = NULL ${where}`)
    expect(await rowOf(query, id)).toMatchObject({ bookings: 1, no_shows: 0, no_show_hours: 0 })
    await byHand(`UPDATE bookings SET state = 'returned' WHERE number = '${body.number}'`)
    expect(await rowOf(query, id)).toMatchObject({ booked_hours: 4, used_hours: 4 })
    await byHand(`UPDATE bookings SET state = 'no_show' WHERE number = '${body.number}'`)
    expect(await rowOf(query, id)).toMatchObject({ used_hours: 0, no_shows: 1, no_show_hours: 4 })
    await byHand(`DELETE FROM bookings WHERE number = '${body.number}'`)
    expect(await rowOf(query, id)).toMatchObject({ bookings: 0, booked_hours: 0 })
  })

  it('has a row for each person and each group, and for people without one', async () => {
    const type = await addType()
    const id = await addResource(type)
    const group = await addGroup('ben')
    await book({ items: [{ resource_id: id }], from: at('09:00'), to: at('10:00') }, 'anna')
    await book({ items: [{ resource_id: id }], from: at('10:00'), to: at('13:00') }, 'ben')
    const query = `type=${encodeURIComponent(type)}&${monday}`
    const [anna, ben] = [await idOf('anna'), await idOf('ben')]
    const people = (await report(`by=person&${query}`)).body.rows
    expect(people.map(({ key, booked_hours }) => [key, booked_hours])).toEqual([
      [ben, 3],
      [anna, 1],
    ])
    expect(people[0]).toMatchObject({ name: expect.any(String), capacity_hours: null })
    expect(await rowOf(`by=group&${query}`, group)).toMatchObject({
      name: expect.stringMatching(/^G /),
      bookings: 1,
      booked_hours: 3,
    })
    expect(await rowOf(`by=group&${query}`, null)).toMatchObject({ name: null, booked_hours: 1 })
  })

  it('counts refusals by rule, once per request, but not unknown targets', async () => {
    const type = await addType()
    const id = await addResource(type)
    await setPolicy({ type, rules: { maximum_duration: 'PT4H' } })
    await book({ items: [{ resource_id: id }] })
    for (let time = 0; time < 3; time++) {
      expect((await book({ items: [{ resource_id: id }] }, 'ben')).status).toBe(409)
      expect((await book({ items: [{ type }], to: at('23:00') }, 'ben')).status).toBe(422)
    }
    const nowhere = [{ resource_id: Bun.randomUUIDv7() }]
    expect((await book({ items: nowhere }, 'ben')).status).toBe(409)
    // Counted on the day of the request.
    const now = Date.now()
    const [from, to] = [now - 1000, now + 86_400_000].map((time) => new Date(time).toISOString())
    const today = `from=${from}&to=${to}`
    const query = `type=${encodeURIComponent(type)}&${today}`
    expect(await rowOf(`by=resource&${query}`, id)).toMatchObject({ refused: 3, refused_hours: 6 })
    // Three of two hours and three of fourteen.
    expect(await rowOf(`by=type&${query}`, type)).toMatchObject({ refused: 6, refused_hours: 48 })
    const ben = await idOf('ben')
    expect(await rowOf(`by=person&${today}`, ben)).toMatchObject({ refused: 6, refused_hours: 48 })
    const groups = (await report(`by=group&${today}`)).body.rows
    expect(groups.map(({ refused }) => refused)).toContain(6)
  })

  it('knows the opening hours', async () => {
    const type = await addType()
    const id = await addResource(type)
    await setPolicy({
      type,
      rules: {
        time_zone: 'Europe/Berlin',
        opening_hours: [{ days: ['monday', 'tuesday'], from: '08:00', to: '18:00' }],
        closed: ['2027-03-02'],
      },
    })
    const week = `from=${at('00:00')}&to=${at('00:00', 8)}&type=${encodeURIComponent(type)}`
    expect(await rowOf(`by=resource&${week}`, id)).toMatchObject({ capacity_hours: 10 })
    const morning = `from=${at('08:00')}&to=${at('10:00')}&type=${encodeURIComponent(type)}`
    expect(await rowOf(`by=resource&${morning}`, id)).toMatchObject({ capacity_hours: 2 })
    const past = 'from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z'
    expect(await rowOf(`by=resource&${past}`, id)).toBeUndefined()
  })

  it('is for managers, about what they manage', async () => {
    const [type, others] = [await addType(), await addType()]
    const [own, other] = [await addResource(type), await addResource(others)]
    const group = await addGroup('petra')
    await setPolicy({
      type,
      rules: {
        rights: [
          { group: null, may: 'book' },
          { group, may: 'manage' },
        ],
      },
    })
    await setPolicy({ type: others, rules: { rights: [{ group: null, may: 'book' }] } })
    await setPolicy({ rules: { rights: [{ group: null, may: 'book' }] } })
    await book({ items: [{ resource_id: own }, { resource_id: other }] })
    const seen = (await report(`by=resource&${monday}`, 'petra')).body.rows
    expect(seen.map(({ key }) => key)).toEqual([own])
    const person = (await report(`by=person&${monday}`, 'petra')).body.rows
    expect(person).toEqual([expect.objectContaining({ booked_hours: 2, refused: null })])
    expect(await report(`by=resource&${monday}`, 'anna')).toMatchObject({ status: 403 })
  })

  it('refuses a window that is invalid, or longer than a year, and says so', async () => {
    const ask = async (query: string) => {
      const { status, body } = await report(query)
      return [status, body.code]
    }
    const year = `from=2027-01-01T00:00:00Z&to=2028-01-03T00:00:00Z`
    expect(await ask(`by=type&${year}`)).toEqual([422, 'window_too_long'])
    expect(await ask(`by=type&from=${at('10:00')}&to=${at('10:00')}`)).toEqual([422, 'empty_span'])
    expect((await report(`by=colour&${monday}`)).status).toBe(422)
    expect((await report('by=type')).status).toBe(422)
    const none = await report(`by=type&type=nothing&${monday}`)
    expect([none.status, none.body.errors?.[0]?.pointer]).toEqual([422, '?type'])
  })

  it('is CSV with a header that spreadsheets do not take for a formula', async () => {
    const type = await addType()
    const name = `=1+1,"${Date.now()}"`
    const made = await call<{ id: string }>('POST', '/api/resources', {
      body: { resource_type: type, name },
    })
    await book({ items: [{ resource_id: made.body.id }] })
    const query = `by=resource&type=${encodeURIComponent(type)}&${monday}`
    const path = `/api/bookings/utilisation.csv?${query}`
    const answer = await system().send('GET', path, { as: 'admin' })
    expect(answer.headers.get('content-type')).toStartWith('text/csv')
    expect(answer.headers.get('content-disposition')).toContain('utilisation-by-resource.csv')
    const [head, line, end] = (await answer.text()).split('\r\n')
    expect(head).toStartWith('key,name,bookings,booked_hours,used_hours,no_shows')
    expect(line).toStartWith(`${made.body.id},"'${name.replaceAll('"', '""')}",1,2,0,0,0,24,22,0,0`)
    expect(end).toBe('')
    expect((await system().send('GET', path, { as: 'anna' })).status).toBe(403)
  })
})
