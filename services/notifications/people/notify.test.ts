import { beforeAll, expect, it } from 'bun:test'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../../shared/schemas/booking-series.ts'
import type { Exercise } from '../../../shared/schemas/course.ts'
import type { FileRecord } from '../../../shared/schemas/file.ts'
import type { WaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at } from '../../bookings/fixture.ts'
import { fromNow, useHandovers } from '../../bookings/handover/fixture.ts'
import { addition, right } from '../../courses/fixture.ts'
import { notifyAll, useNotifications } from '../fixture.ts'

describeStores('people', (makeDatabase) => {
  const tools = useNotifications(makeDatabase)
  const { call, system, addResource, addType, addGroup, setPolicy, book, idOf } = tools
  const { told, kindsOf, inboxOf } = tools
  const { bookNow, checkOut, byHand, inSql, moveBack } = useHandovers(tools)
  beforeAll(async () => {
    // In these tests, earlier due events are news to somebody.
    await byHand('notifications', `UPDATE journal_start SET began = ${inSql(-24 * 365)}`)
    system().startTasks()
  })

  /** As if due events had not been read for hours. */
  async function lookBack(): Promise<void> {
    const cursor = `'${fromNow(-4)}'`
    await byHand(
      'notifications',
      `INSERT INTO journal_sources (source, cursor) VALUES ('clock', ${cursor})
       ON CONFLICT (source) DO UPDATE SET cursor = ${cursor}`,
    )
  }

  const anybody = { group: null, may: 'request' }

  /** Members of a group whose accounts are older than any other. */
  async function addMembers(group: string, count: number): Promise<void> {
    const isSqlite = system().databaseUrlOf('users').startsWith('sqlite:')
    const id = isSqlite
      ? `unhex(printf('0000000000007000800000000000%04x', n))`
      : `('00000000-0000-7000-8000-00000000' || lpad(to_hex(n), 4, '0'))::uuid`
    const own = isSqlite ? `unhex('${group.replaceAll('-', '')}')` : `'${group}'::uuid`
    const many = `WITH RECURSIVE many (n) AS (
      SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < ${count})`
    await byHand(
      'users',
      `INSERT INTO users (id, username, username_key, email, password_hash, role, created)
       ${many} SELECT ${id}, 'm' || n, 'm' || n, 'm' || n || '@test.example', '', 'member',
       ${inSql(0)} FROM many`,
    )
    await byHand(
      'users',
      `INSERT INTO group_members (group_id, user_id, role, added)
       ${many} SELECT ${own}, ${id}, 'member', ${inSql(0)} FROM many`,
    )
  }

  const post = (step: string, as: string, body?: object) =>
    call<Booking>('POST', `/api/bookings/${step}`, { as, ...(body && { body }) })

  async function addRequested(): Promise<{ booking: Booking; resource: string }> {
    const type = await addType()
    const manage = { group: await addGroup('mona'), may: 'manage' }
    await setPolicy({ type, rules: { rights: [manage, anybody] } })
    const resource = await addResource(type)
    return { booking: (await book({ items: [{ resource_id: resource }] })).body, resource }
  }

  it('are notified of requests they decide, and of decisions on their own', async () => {
    const { booking } = await addRequested()
    const [request] = await told('mona', booking.id)
    expect(request).toMatchObject({
      kind: 'booking.requested',
      read: null,
      data: {
        number: booking.number,
        title: 'A visit',
        from: at('09:00'),
        to: at('11:00'),
        by: await idOf('anna'),
        for: await idOf('anna'),
      },
    })
    expect(request?.data.resources).toEqual([expect.stringMatching(/^No\. \d+$/)])
    await post(`${booking.id}/approve`, 'mona')
    const change = { as: 'mona', body: { to: at('12:00') } }
    expect((await call('PATCH', `/api/bookings/${booking.id}`, change)).status).toBe(200)
    await post(`${booking.id}/cancel`, 'mona', { reason: 'In repair' })
    const heard = await told('anna', booking.id, 3)
    expect(kindsOf(heard)).toEqual(['booking.approved', 'booking.changed', 'booking.cancelled'])
    expect(heard[1]?.data).toMatchObject({ was: { to: at('11:00') }, by: await idOf('mona') })
    expect(heard[2]?.data).toMatchObject({ reason: 'In repair' })
    // People know what they did, and administrators who decide nothing are not notified.
    expect(kindsOf(await told('mona', booking.id))).toEqual(['booking.requested'])
    expect(await inboxOf('admin')).toEqual([])
  })

  it('are notified of each request they decide, however many decide another', async () => {
    const [crowded, quiet] = [await addType(), await addType()]
    const crowd = await addGroup('mia')
    await addMembers(crowd, 501)
    for (const [type, group] of [
      [crowded, crowd],
      [quiet, await addGroup('mona')],
    ] as const) {
      await setPolicy({ type, rules: { rights: [{ group, may: 'manage' }, anybody] } })
    }
    const cars = [await addResource(crowded), await addResource(quiet)]
    const asked = await Promise.all(cars.map((resource_id) => book({ items: [{ resource_id }] })))
    const ofFew = asked[1]?.body.id ?? ''
    expect(asked.map(({ body }) => body.state)).toEqual(['requested', 'requested'])
    expect(kindsOf(await told('mona', ofFew))).toEqual(['booking.requested'])
    expect((await inboxOf('admin')).filter(({ subject }) => subject === ofFew)).toEqual([])
  })

  it('are not notified of events older than the journal keeps', async () => {
    const { body } = await book({ items: [{ resource_id: await addResource() }] }, 'dora')
    const admin = await idOf('admin')
    // Reported again by a restored source.
    const happen = (kind: string, daysAgo: number) =>
      byHand(
        'bookings',
        `INSERT INTO booking_events (kind, booking_id, happened, changed_by)
         SELECT 'booking.${kind}', id, ${inSql(-24 * daysAgo)}, '${admin}' FROM bookings
         WHERE number = '${body.number}'`,
      )
    await happen('rejected', 120)
    await happen('cancelled', 2)
    expect(kindsOf(await told('dora', body.id))).toEqual(['booking.cancelled'])
  })

  it('are notified of rejections, hand-overs and bookings made for them', async () => {
    const { booking } = await addRequested()
    await post(`${booking.id}/reject`, 'mona', { reason: 'Not that day' })
    expect(await told('anna', booking.id)).toMatchObject([
      { kind: 'booking.rejected', data: { reason: 'Not that day' } },
    ])
    const [anna, bert] = [await idOf('anna'), await idOf('bert')]
    const made = await book(
      { items: [{ resource_id: await addResource() }], booked_for: anna },
      'admin',
    )
    expect(kindsOf(await told('anna', made.body.id))).toEqual(['booking.confirmed'])
    const given = { to: bert, bookings: [made.body.id] }
    expect((await call('POST', `/api/users/${anna}/hand_over`, { body: given })).status).toBe(200)
    expect(kindsOf(await told('anna', made.body.id, 2)).at(-1)).toBe('booking.changed')
    expect(kindsOf(await told('bert', made.body.id))).toEqual(['booking.changed'])
  })

  it('are notified of a series once, however many days it has', async () => {
    const anna = await idOf('anna')
    const { body } = await call<BookingSeries>('POST', '/api/bookings/series', {
      body: {
        items: [{ resource_id: await addResource() }],
        from: at('09:00'),
        to: at('11:00'),
        title: 'A round',
        rule: 'FREQ=DAILY;COUNT=120',
        time_zone: 'UTC',
        booked_for: anna,
      },
    })
    const [first = ''] = body.occurrences.map(({ booking_id }) => booking_id ?? '')
    expect(await told('anna', first)).toMatchObject([
      { kind: 'booking.confirmed', data: { days: 120, from: at('09:00') } },
    ])
    const cancelled = { scope: 'all', reason: 'Enough' }
    await call('POST', `/api/bookings/series/${body.id}/cancel`, { body: cancelled })
    expect(kindsOf(await told('anna', first, 2)).at(-1)).toBe('booking.cancelled')
    const ofSeries = (await inboxOf('anna')).filter(({ data }) => data.series_id === body.id)
    expect(ofSeries).toHaveLength(2)
  })

  it('are notified when the waiting list has something for them', async () => {
    const car = await addResource()
    const span = { from_datetime: at('09:00'), to_datetime: at('11:00') }
    const path = `/api/cars/${car}/allocations`
    const taken = await call<{ id: string }>('POST', path, { as: 'bert', body: span })
    const entry = await call<WaitlistEntry>('POST', '/api/waitlist', {
      as: 'anna',
      body: { resource_id: car, ...span, description: 'A visit' },
    })
    await call('DELETE', `${path}/${taken.body.id}`, { as: 'bert' })
    expect(await told('anna', entry.body.id)).toMatchObject([
      { kind: 'waitlist.won', data: { title: 'A visit', from: at('09:00'), to: at('11:00') } },
    ])
    // And when somebody else takes it from them.
    await call('DELETE', `${path}/${entry.body.id}`)
    expect(kindsOf(await told('anna', entry.body.id, 2)).at(-1)).toBe('allocation.released')
    expect((await inboxOf('bert')).filter((it) => it.subject === taken.body.id)).toEqual([])
  })

  it('are reminded once, and notified of late returns, also of those before them', async () => {
    const [car, other] = [await addResource(), await addResource()]
    const items = [{ resource_id: other }]
    const soon = (await book({ items, from: fromNow(1), to: fromNow(2) }, 'anna')).body
    const out = await bookNow([car], 'bert')
    const outside = { items: [{ resource_id: car }], from: fromNow(3), to: fromNow(4) }
    const next = (await book(outside, 'anna')).body
    expect((await checkOut(out.id, [], 'bert')).status).toBe(200)
    // As if booked long before; as if begun earlier, and the other as well.
    const ago = `created = ${inSql(-9)}`
    await byHand('bookings', `UPDATE bookings SET ${ago} WHERE number = '${soon.number}'`)
    const span = `from_datetime = ${inSql(1.5)}, to_datetime = ${inSql(4)}`
    await byHand('bookings', `UPDATE bookings SET ${ago}, ${span} WHERE number = '${next.number}'`)
    await moveBack(out)
    await lookBack()
    expect(kindsOf(await told('bert', out.id))).toEqual(['booking.overdue'])
    expect(kindsOf(await told('anna', soon.id))).toEqual(['booking.reminder'])
    expect(await told('anna', next.id, 2)).toMatchObject([
      { kind: 'booking.reminder' },
      { kind: 'booking.delayed', data: { late_since: fromNow(-2) } },
    ])
    // Another run finds the same.
    await lookBack()
    await notifyAll(system())
    expect(kindsOf(await told('anna', soon.id))).toEqual(['booking.reminder'])
    expect(kindsOf(await told('bert', out.id))).toEqual(['booking.overdue'])
  }, 60_000)

  it('are notified when their submission was regraded', async () => {
    await call('POST', '/api/courses', { body: { code: 'T1', name: 'Sums', instructor: 'Eva' } })
    const path = '/api/courses/T1/exercises'
    const { body } = await call<Exercise>('POST', path, { body: addition })
    const code = { as: 'anna', body: { code: right } }
    expect((await call('POST', `${path}/${body.id}/submissions`, code)).status).toBe(201)
    await byHand('courses', 'UPDATE submissions SET score = 2550')
    expect(await told('anna', body.id)).toMatchObject([
      {
        kind: 'score.changed',
        data: { title: 'Addition', course: 'Sums', course_code: 'T1', was_score: 100, score: 25.5 },
      },
    ])
  })

  it('are notified of files handed over to them, once per commit', async () => {
    const [anna, bert] = [await idOf('anna'), await idOf('bert')]
    const upload = async (name: string) => {
      const path = `/api/files?file_name=${name}`
      return (await call<FileRecord>('POST', path, { as: 'anna', body: `The text of ${name}` }))
        .body
    }
    const [one, other, last] = [await upload('b.txt'), await upload('a.txt'), await upload('c.txt')]
    const give = async (files: FileRecord[]) => {
      const body = { to: bert, files: files.map(({ file_hash }) => file_hash) }
      expect((await call('POST', `/api/users/${anna}/hand_over`, { body })).status).toBe(200)
    }
    await give([one, other])
    const [first = one] = [one, other].toSorted((a, b) => (a.file_hash < b.file_hash ? -1 : 1))
    const found = await told('bert', first.file_hash)
    const by = await idOf('admin')
    expect(found).toMatchObject([
      { kind: 'file.received', data: { title: first.file_name, more: 1, by, for: anna } },
    ])
    // Neither files they already had nor refused ones are reported.
    await call('POST', '/api/files?file_name=d.txt', { as: 'bert', body: 'The text of c.txt' })
    await give([last])
    const body = { to: bert, files: [one.file_hash] }
    await call('POST', `/api/users/${anna}/hand_over`, { body })
    const late = await upload('e.txt')
    await give([late])
    expect(await told('bert', late.file_hash)).toMatchObject([{ data: { title: 'e.txt' } }])
    const all = (await inboxOf('bert')).filter(({ kind }) => kind === 'file.received')
    expect(all.map(({ subject }) => subject)).toEqual([late.file_hash, first.file_hash])
    expect((await inboxOf('anna')).filter(({ kind }) => kind === 'file.received')).toEqual([])
  })

  it('are notified only of kinds they chose', async () => {
    const kinds = { kinds: { 'booking.approved': 'off' } }
    const own = '/api/notifications/preferences'
    expect((await call('PATCH', own, { as: 'carl', body: kinds })).status).toBe(200)
    const { resource } = await addRequested()
    const items = [{ resource_id: resource }]
    const { body } = await book({ items, from: at('13:00'), to: at('14:00') }, 'carl')
    await post(`${body.id}/approve`, 'mona')
    await post(`${body.id}/cancel`, 'mona', { reason: 'In repair' })
    expect(kindsOf(await told('carl', body.id))).toEqual(['booking.cancelled'])
  })
})
