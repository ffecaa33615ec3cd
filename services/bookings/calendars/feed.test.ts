import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { Booking } from '../../../shared/schemas/booking.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { toInputDay, useCalendars } from './fixture.ts'

setDefaultTimeout(60_000)

// Within the window of every calendar.
const day = toInputDay(20)
const at = (hour: string) => `${day}T${hour}:00:00.000Z`

describeStores('a calendar', (makeDatabase) => {
  const tools = useCalendars(makeDatabase)
  const { call, system, subscribe, poll, read, addResource, addGroup, idOf, setPolicy } = tools

  async function book(resource: string, body: object = {}, as = 'anna'): Promise<Booking> {
    const items = [{ resource_id: resource }]
    const made = await tools.book({ items, from: at('09'), to: at('11'), ...body }, as)
    expect([made.status, made.body]).toEqual([201, made.body])
    return made.body
  }
  const change = ({ id }: Booking, body: object, as: string) =>
    call<Booking>('PATCH', `/api/bookings/${id}`, { as, body })
  const cancel = ({ id }: Booking, as: string) =>
    call<Booking>('POST', `/api/bookings/${id}/cancel`, { as, body: { reason: 'Ill' } })
  const nameOf = async (id: string) =>
    (await call<{ name: string }>('GET', `/api/resources/${id}`)).body.name

  it("has its owner's bookings, with their text intact", async () => {
    const [car, lorry] = [await addResource(), await addResource('Lorry')]
    const mine = await subscribe({ name: 'Ünïted; 1,2 \\ "x"' }, 'ada')
    expect(await read(mine)).toEqual([])
    const title = 'Größe; Maß, \\n is not a break 🚚🚚🚚 — übermäßig lange Überschrift, 100 % voll'
    const note = 'First line\r\nsecond\nthird\ttab \u0007 bell; end\\'
    const items = [{ resource_id: car }, { resource_id: lorry }]
    const made = await book(car, { items, title, note }, 'ada')
    const other = await book(await addResource(), {}, 'bert')
    const [event, ...rest] = await read(mine)
    expect(rest).toEqual([])
    expect(event).toEqual({
      uid: made.id,
      sequence: 0,
      status: 'CONFIRMED',
      summary: title,
      location: `${await nameOf(car)}, ${await nameOf(lorry)}`,
      description: `First line\nsecond\nthird\ttab  bell; end\\\n\n${made.number}`,
      from: at('09'),
      to: at('11'),
      revised: `${made.created.slice(0, 19)}.000Z`,
      busy: 'OPAQUE',
    })
    expect((await poll(mine)).body).not.toContain(other.number)
    expect((await poll(mine)).headers.get('content-type')).toBe('text/calendar; charset=utf-8')
  })

  it('prefers future bookings when not all fit', async () => {
    const car = await addResource()
    const fleet = await subscribe({ resource_id: car }, 'admin')
    const { databaseUrlOf } = system()
    const url = databaseUrlOf('inventory')
    const isSqlite = url.startsWith('sqlite:')
    const id = isSqlite ? `unhex('${car}', '-')` : `'${car}'`
    const [began, numbers, instant, newId] = isSqlite
      ? [
          'unixepoch() / 60 * 60 - 86400',
          `WITH RECURSIVE n (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at < 1000)`,
          (text: string) => `(${text}) * 1000`,
          'randomblob(16)',
        ]
      : [
          `floor(extract(epoch FROM now()) / 60) * 60 - 86400`,
          'WITH n (at) AS (SELECT generate_series(0, 1000))',
          (text: string) => `to_timestamp(${text})`,
          'gen_random_uuid()',
        ]
    const from = `${began} + at * 60`
    await changeByHand(
      url,
      `${numbers} INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
        allocation_type, description, dump, created, created_by)
      SELECT ${newId}, number, ${instant(from)}, ${instant(`${from} + 60`)}, 'booking', 'past',
        '{}', ${instant(from)}, 'hand' FROM resources, n WHERE id = ${id}`,
    )
    const made = await book(car)
    expect((await read(fleet)).map(({ uid }) => uid)).toEqual([made.id])
  })

  it('keeps the UID of a booking; its SEQUENCE rises with each change, by hand too', async () => {
    const [car, other] = [await addResource(), await addResource()]
    const mine = await subscribe({}, 'bea')
    const made = await book(car, {}, 'bea')
    const steps = [
      () => change(made, { title: 'Another' }, 'bea'),
      () => change(made, { from: at('08'), to: at('10') }, 'bea'),
      () => {
        const [{ allocation_id } = { allocation_id: '' }] = made.items
        return change(made, { swap: [{ allocation_id, resource_id: other }] }, 'bea')
      },
      () =>
        changeByHand(
          system().databaseUrlOf('bookings'),
          `UPDATE bookings SET title = 'By hand' WHERE number = '${made.number}'`,
        ),
      () => cancel(made, 'bea'),
    ]
    let [before] = await read(mine)
    for (const [index, step] of steps.entries()) {
      await step()
      const [after, ...rest] = await read(mine)
      expect([index, rest]).toEqual([index, []])
      expect(after?.uid).toBe(made.id)
      expect(after?.sequence).toBeGreaterThan(before?.sequence ?? Infinity)
      expect(Date.parse(after?.revised ?? '')).toBeGreaterThanOrEqual(
        Date.parse(before?.revised ?? ''),
      )
      before = after
    }
    expect(before).toMatchObject({ status: 'CANCELLED', summary: 'By hand', from: at('08') })
    expect(before).toMatchObject({ busy: 'TRANSPARENT', location: await nameOf(other) })
  })

  it('forgets what was cancelled a month ago', async () => {
    const mine = await subscribe({}, 'cem')
    const made = await book(await addResource(), {}, 'cem')
    await cancel(made, 'cem')
    expect(await read(mine)).toMatchObject([{ status: 'CANCELLED' }])
    const days = system().databaseUrl.startsWith('sqlite')
      ? 'revised - 31 * 86400000'
      : "revised - interval '31 days'"
    const url = system().databaseUrlOf('bookings')
    await changeByHand(url, `UPDATE booking_revisions SET revised = ${days}`)
    expect(await read(mine)).toEqual([])
  })

  it('shows a request as tentative until it is decided', async () => {
    const type = await tools.addType()
    await setPolicy({ type, rules: { approval: { when: 'always' } } })
    const car = await addResource(type)
    const mine = await subscribe({}, 'dan')
    const made = await book(car, {}, 'dan')
    expect(await read(mine)).toMatchObject([{ uid: made.id, status: 'TENTATIVE' }])
    await call('POST', `/api/bookings/${made.id}/approve`, { body: {} })
    expect(await read(mine)).toMatchObject([{ uid: made.id, status: 'CONFIRMED' }])
  })

  it('has allocations made in inventory directly', async () => {
    const car = await addResource()
    const anna = await idOf('anna')
    const span = { from_datetime: at('12'), to_datetime: at('13') }
    const made = await call<Allocation>('POST', `/api/cars/${car}/allocations`, {
      as: 'anna',
      body: { ...span, description: 'Dentist' },
    })
    const ever = { from_infinity: true, to_datetime: at('01'), allocation_type: 'maintenance' }
    expect((await call('POST', `/api/cars/${car}/allocations`, { body: ever })).status).toBe(201)
    const { display_name } = (
      await call<{ display_name: string }>('GET', `/api/users/${anna}`, { as: 'anna' })
    ).body
    const ofCar = await subscribe({ resource_id: car }, 'eve')
    expect(await read(ofCar)).toMatchObject([
      { summary: 'maintenance (admin)', to: at('01'), sequence: 0 },
      {
        uid: made.body.id,
        summary: `Dentist (${display_name})`,
        from: at('12'),
        location: await nameOf(car),
        busy: 'TRANSPARENT',
      },
    ])
    const move = { from_datetime: at('14'), to_datetime: at('15') }
    const one = `/api/cars/${car}/allocations/${made.body.id}`
    await call('PATCH', one, { as: 'anna', body: move })
    const moved = (await read(ofCar)).at(-1)
    expect(moved).toMatchObject({ uid: made.body.id, from: at('14') })
    expect(moved?.sequence).toBeGreaterThan(0)
    const own = (await read(await subscribe({}, 'anna'))).filter(({ uid }) => uid === made.body.id)
    expect(own).toMatchObject([{ summary: 'Dentist', busy: 'OPAQUE' }])
  })

  it('of a resource or a type shows what its owner can see now', async () => {
    const type = await tools.addType()
    const [open, board] = [await addResource(type), await addResource(type)]
    const group = await addGroup('fay')
    const seen = await book(board, { title: 'Board meeting', note: 'Secret' }, 'admin')
    const ofType = await subscribe({ type }, 'fay')
    const ofBoard = await subscribe({ resource_id: board }, 'fay')
    // As on the console's board: title and name, but neither note nor revisions of others.
    expect(await read(ofBoard)).toMatchObject([
      { summary: 'Board meeting (admin)', description: seen.number },
    ])
    expect((await poll(ofType)).body).not.toContain('Secret')
    const ofAdmin = await read(await subscribe({ type }, 'admin'))
    expect(ofAdmin).toMatchObject([{ uid: seen.id, description: `Secret\n\n${seen.number}` }])
    const limit = (visible_to: string[] | null) =>
      call('PATCH', `/api/resources/${board}`, { body: { visible_to } })
    await limit([])
    for (const calendar of [ofType, ofBoard]) {
      expect(await read(calendar)).toEqual([])
      const { body } = await poll(calendar)
      for (const secret of ['Board meeting', seen.number, seen.id]) {
        expect(body).not.toContain(secret)
      }
    }
    await limit([group])
    expect(await read(ofBoard)).toHaveLength(1)
    await book(open, {}, 'gus')
    expect(await read(ofType)).toHaveLength(2)
    const member = `/api/groups/${group}/members/${await idOf('fay')}`
    expect((await call('DELETE', member)).status).toBe(204)
    expect(await read(ofBoard)).toEqual([])
    expect(await read(ofType)).toHaveLength(1)
  })

  it("keeps its owner's bookings of a resource they can no longer see", async () => {
    const car = await addResource()
    const name = await nameOf(car)
    const made = await book(car, {}, 'hal')
    const mine = await subscribe({}, 'hal')
    await call('PATCH', `/api/resources/${car}`, { body: { visible_to: [] } })
    expect(await read(mine)).toMatchObject([{ uid: made.id, location: 'Car' }])
    expect((await poll(mine)).body).not.toContain(name)
  })

  it('has no more rights than its owner has now', async () => {
    const car = await addResource()
    await call('PATCH', `/api/resources/${car}`, { body: { visible_to: [] } })
    const made = await book(car, { title: 'Budget' }, 'admin')
    const user = `/api/users/${await idOf('ida')}`
    await call('PATCH', user, { body: { role: 'admin' } })
    await system().refresh()
    const ofCar = await subscribe({ resource_id: car }, 'ida')
    expect(await read(ofCar)).toMatchObject([{ uid: made.id }])
    await call('PATCH', user, { body: { role: 'member' } })
    expect(await read(ofCar)).toEqual([])
  })

  it('is 304 while nothing has changed', async () => {
    const mine = await subscribe({}, 'jo')
    const made = await book(await addResource(), {}, 'jo')
    const first = await poll(mine)
    const tag = first.headers.get('etag') ?? ''
    expect(tag).toMatch(/^"[\w-]{43}"$/)
    for (const tags of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await poll(mine, { 'if-none-match': tags })
      expect([tags, again.status, again.body]).toEqual([tags, 304, null as never])
      expect(again.headers.get('etag')).toBe(tag)
    }
    expect((await poll(mine, { 'if-none-match': '"other"' })).body).toBe(first.body)
    await change(made, { title: 'Another' }, 'jo')
    const changed = await poll(mine, { 'if-none-match': tag })
    expect(changed.status).toBe(200)
    expect(changed.headers.get('etag')).not.toBe(tag)
  })

  it('of one booking is for those who may see it', async () => {
    const car = await addResource()
    const made = await book(car, { note: 'At the gate' }, 'kim')
    const file = `/api/bookings/${made.id}/ics`
    const own = await call<string>('GET', file, { as: 'kim' })
    expect(own.status).toBe(200)
    expect(own.headers.get('content-disposition')).toBe('attachment; filename="booking.ics"')
    const [event, ...rest] = tools.readEvents(own.body)
    expect(rest).toEqual([])
    expect(event).toMatchObject({ uid: made.id, summary: 'A visit', busy: 'OPAQUE' })
    const ofAdmin = await call<string>('GET', file)
    expect(tools.readEvents(ofAdmin.body)).toMatchObject([{ summary: 'A visit (kim)' }])
    expect((await call('GET', file, { as: 'lea' })).status).toBe(403)
    expect((await call('GET', file, { as: null })).status).toBe(401)
  })
})
