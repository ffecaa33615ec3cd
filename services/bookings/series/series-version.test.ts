import { expect, it } from 'bun:test'
import type { BookingSeries, BookingSeriesOutlook } from '../../../shared/schemas/booking-series.ts'
import type { BookingEvent, BookingEvents } from '../../../shared/schemas/booking-event.ts'
import type { Progress } from '../../../shared/schemas/leaving.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'
import { useSplit } from '../testing/split.ts'

const path = '/api/bookings/series'
type Said = Progress & BookingSeriesOutlook & BookingSeries & Problem

describeStores('a series that two people are viewing', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, system, addResource, addType, addGroup, setPolicy, idOf } = tools

  const ask = (
    method: string,
    what: string,
    given: { as: string; body?: object; headers?: object },
  ) => call<Said>(method, `${path}${what}`, given as never)
  const see = async (id: string, as = 'anna') => {
    const { headers, body } = await ask('GET', `/${id}`, { as })
    return { etag: headers.get('etag') ?? '', body }
  }
  const codeOf = ({ status, body }: { status: number; body: Problem }) => [status, body?.code]
  const statesOf = async (id: string) => (await see(id)).body.occurrences.map(({ state }) => state)

  /** Of a type whose bookings gina approves, if needed. */
  async function repeat(may: 'request' | 'book' = 'request') {
    const type = await addType()
    const group = await addGroup('gina')
    const rights = [
      { group: null, may },
      { group, may: 'manage' },
    ]
    await setPolicy({ type, rules: { rights } })
    const made = await ask('POST', '', {
      as: 'anna',
      body: {
        items: [{ resource_id: await addResource(type) }],
        from: at('09:00'),
        to: at('10:00'),
        title: 'A round',
        rule: 'FREQ=DAILY;COUNT=4',
        time_zone: 'UTC',
      },
    })
    expect(made.status).toBe(201)
    return made.body
  }

  async function eventsOf({ occurrences }: BookingSeries, kind: string): Promise<BookingEvent[]> {
    const ids = new Set(occurrences.map(({ booking_id }) => booking_id))
    const token = await system().signServiceToken('notifications', 'bookings')
    const found: BookingEvent[] = []
    for (let after = ''; ;) {
      const headers = { 'x-service-token': token }
      const page = await call<BookingEvents>('GET', `/api/bookings/events${after}`, {
        as: null,
        headers,
      })
      if (page.body.events.length === 0) return found
      found.push(...page.body.events.filter((it) => ids.has(it.booking_id) && it.kind === kind))
      after = `?after=${page.body.next}`
    }
  }

  it('decides_what_was_shown: does not approve a request that has changed since', async () => {
    const { id } = await repeat()
    const seen = await see(id, 'gina')
    const body = { scope: 'all', start_time: '08:00', duration: 'PT12H' }
    expect((await ask('PATCH', `/${id}`, { as: 'anna', body })).status).toBe(200)
    const decide = (etag: string) =>
      ask('POST', `/${id}/decide`, {
        as: 'gina',
        body: { approve: true },
        headers: { 'if-match': etag },
      })
    expect(codeOf(await decide(seen.etag))).toEqual([412, 'precondition_failed'])
    expect(new Set(await statesOf(id))).toEqual(new Set(['requested']))
    const decided = await decide((await see(id, 'gina')).etag)
    expect(decided).toMatchObject({ status: 200, body: { done: 4, left: 0 } })
    expect(decided.headers.get('etag')?.split('-')[0]).toBe(
      (await see(id)).etag.split('-')[0] ?? '',
    )
  })

  it('is changed by the one with the current version; the other gets 412', async () => {
    const { id } = await repeat('book')
    const { etag } = await see(id)
    const headers = { 'if-none-match': etag }
    expect((await ask('GET', `/${id}`, { as: 'anna', headers })).status).toBe(304)
    const change = (body: object, tag = etag) =>
      ask('PATCH', `/${id}`, {
        as: 'anna',
        body: { scope: 'all', ...body },
        headers: { 'if-match': tag },
      })
    const trial = await change({ title: 'Trial', dry_run: true })
    expect(trial.headers.get('etag')?.split('-')[0]).toBe(etag.split('-')[0] ?? '')
    const first = await change({ title: 'First' })
    expect(first.status).toBe(200)
    expect(codeOf(await change({ title: 'Second' }))).toEqual([412, 'precondition_failed'])
    expect((await see(id)).body.title).toBe('First')
    expect((await change({ title: 'Third' }, first.headers.get('etag') ?? '')).status).toBe(200)
    const cancel = { scope: 'all', reason: 'No more' }
    const refused = await ask('POST', `/${id}/cancel`, {
      as: 'anna',
      body: cancel,
      headers: { 'if-match': etag },
    })
    expect(codeOf(refused)).toEqual([412, 'precondition_failed'])
    expect((await ask('POST', `/${id}/cancel`, { as: 'anna', body: cancel })).status).toBe(200)
  })

  it('never repeats a version, even if a day is booked again', async () => {
    const { id, occurrences } = await repeat('book')
    const versions: number[] = []
    const look = async () => versions.push(Number(/v(\d+)/.exec((await see(id)).etag)?.[1]))
    await look()
    const date = occurrences[1]?.date ?? ''
    for (let n = 0; n < 2; n++) {
      const body = { scope: 'this', date, reason: 'Not then' }
      expect((await ask('POST', `/${id}/cancel`, { as: 'anna', body })).status).toBe(200)
      await look()
      const again = await ask('POST', `/${id}/occurrences`, { as: 'anna', body: { date } })
      expect(again.status).toBe(201)
      await look()
    }
    const own = { scope: 'this', date, title: 'Other' }
    expect((await ask('PATCH', `/${id}`, { as: 'anna', body: own })).status).toBe(200)
    await look()
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b))
  })

  it('is decided and changed once, however often the request is sent', async () => {
    const { id } = await repeat()
    const once = (key: string) => ({ 'idempotency-key': `${key}-${id}` })
    const change = (start_time: string) => {
      const body = { scope: 'all', start_time }
      return ask('PATCH', `/${id}`, { as: 'anna', body, headers: once('change') })
    }
    const decide = () => {
      const given = { as: 'gina', body: { approve: true }, headers: once('decide') }
      return ask('POST', `/${id}/decide`, given)
    }
    for (const step of [() => change('11:00'), decide]) {
      const all = await Promise.all(Array.from({ length: 8 }, step))
      expect(all.map(({ status }) => status)).toEqual(Array(8).fill(200))
      expect(new Set(all.map(({ headers }) => headers.get('etag'))).size).toBe(1)
      const fresh = all.filter(({ headers }) => !headers.has('idempotent-replayed'))
      expect(fresh).toHaveLength(1)
      expect((await step()).headers.get('idempotent-replayed')).toBe('true')
    }
    const other = await change('12:00')
    expect(codeOf(other)).toEqual([422, 'idempotency_key_reused'])
  })

  it('one_telling: each person is notified once of a decision, and once of a change', async () => {
    const series = await repeat()
    const { id } = series
    const bert = await idOf('bert')
    const give = { scope: 'this', date: series.occurrences[1]?.date, booked_for: bert }
    expect((await ask('PATCH', `/${id}`, { as: 'admin', body: give })).status).toBe(200)
    const body = { approve: true }
    expect((await ask('POST', `/${id}/decide`, { as: 'gina', body })).body.done).toBe(4)
    const shift = { scope: 'all', start_time: '12:00', duration: 'PT1H' }
    expect((await ask('PATCH', `/${id}`, { as: 'admin', body: shift })).status).toBe(200)
    for (const kind of ['booking.approved', 'booking.changed']) {
      const events = (await eventsOf(series, kind)).filter(
        ({ data }) => data.was?.booked_for === undefined,
      )
      expect(events).toHaveLength(4)
      const told = events.filter(({ data }) => data.series?.first !== false)
      const anna = await idOf('anna')
      const days = told.map(({ data }) => `${data.booked_for} ${data.series?.count ?? 1}`)
      expect(days.toSorted()).toEqual([`${anna} 3`, `${bert} 1`].toSorted())
    }
    const refuse = await repeat()
    const no = { approve: false, reason: 'Closed' }
    expect((await ask('POST', `/${refuse.id}/decide`, { as: 'gina', body: no })).body.done).toBe(4)
    const rejected = await eventsOf(refuse, 'booking.rejected')
    expect(rejected.map(({ data }) => data.series?.first)).toEqual([true, false, false, false])
  })
})

describeStores('a series interrupted on its way to inventory', (makeDatabase) => {
  const { bookings, send, tokenOf, addCar, allocationsOf, breakAt, book } = useSplit(makeDatabase)
  const keyed = (key: string) => ({ 'idempotency-key': key })

  async function repeat(car: string) {
    const made = await send<BookingSeries>(bookings(), `POST ${path}`, {
      headers: { authorization: `Bearer ${await tokenOf('anna')}` },
      body: {
        items: [{ resource_id: car }],
        from: at('09:00'),
        to: at('10:00'),
        title: 'A round',
        rule: 'FREQ=DAILY;COUNT=3',
        time_zone: 'UTC',
      },
    })
    expect(made.status).toBe(201)
    return made.body.id
  }
  const get = async (id: string) =>
    (await send<BookingSeries>(bookings(), `GET ${path}/${id}`, {})).body.occurrences
  const setPolicy = (rules: object) =>
    send(bookings(), 'POST /api/policies', { body: { type: 'Car', rules } })

  it('is decided as a whole by the next read, or by the retry', async () => {
    await setPolicy({ approval: { when: 'always' } })
    for (const [at, when] of (['before', 'after'] as const).entries()) {
      const car = await addCar()
      const id = await repeat(car)
      const decide = () =>
        send<Said>(bookings(), `POST ${path}/${id}/decide`, {
          body: { approve: true },
          headers: keyed(`decide-${at}`),
        })
      breakAt({ path: '/api/reservations/keep', when })
      expect((await decide()).status).toBe(503)
      breakAt(undefined)
      expect(await decide()).toMatchObject({ status: 200, body: { done: 3, left: 0 } })
      expect((await get(id)).map(({ state }) => state)).toEqual(Array(3).fill('confirmed'))
      const kept = (await allocationsOf(car)).map(({ status }) => status)
      expect(kept).toEqual(Array(3).fill('confirmed'))
    }
    await setPolicy({ approval: { when: 'never' } })
  })

  it('drops the stored response to a change that turned out to be impossible', async () => {
    const car = await addCar()
    const id = await repeat(car)
    const change = () =>
      send<Said>(bookings(), `PATCH ${path}/${id}`, {
        body: { scope: 'all', start_time: '12:00' },
        headers: keyed('impossible'),
      })
    breakAt({ path: '/api/reservations/move', when: 'before' })
    expect((await change()).status).toBe(503)
    breakAt(undefined)
    const other = await book(car, 'between', { from: at('12:30', 2), to: at('13:00', 2) })
    expect(other.status).toBe(201)
    expect(await change()).toMatchObject({ status: 409, body: { code: 'not_all_free' } })
    expect((await get(id)).map(({ from }) => from.slice(11, 16))).toEqual(Array(3).fill('09:00'))
    const given = { body: { reason: 'Gone' } }
    await send(bookings(), `POST /api/bookings/${other.body.id}/cancel`, given)
    const done = await change()
    expect([done.status, done.headers.get('idempotent-replayed')]).toEqual([200, null])
    expect((await change()).headers.get('idempotent-replayed')).toBe('true')
    expect((await get(id)).map(({ from }) => from.slice(11, 16))).toEqual(Array(3).fill('12:00'))
  })
})
