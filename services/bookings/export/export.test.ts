import { expect, it, setDefaultTimeout } from 'bun:test'
import { hour_ms } from '../../../shared/duration.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'
import { fromNow, useHandovers } from '../handover/fixture.ts'
import { toLocal } from '../../../shared/time-zone.ts'

setDefaultTimeout(60_000)

const march = `from=${at('00:00')}&to=${at('00:00', 31)}`
const path = '/api/bookings/export'

type Row = Record<string, string>

/** As a spreadsheet reads it. */
function readCsv(text: string, separator = ','): Row[] {
  const field = new RegExp(`("(?:[^"]|"")*"|[^${separator}"\\r]*)(${separator}|\\r\\n)`, 'gy')
  const rows: string[][] = [[]]
  for (const [, value = '', end] of text.replace('\uFEFF', '').matchAll(field)) {
    const bare = value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value
    rows.at(-1)?.push(bare)
    if (end === '\r\n') rows.push([])
  }
  expect(rows.pop()).toEqual([])
  const [headings = [], ...lines] = rows
  return lines.map((line) => {
    expect(line).toHaveLength(headings.length)
    return Object.fromEntries(headings.map((name, column) => [name, line[column] ?? '']))
  })
}

const zone = 'Europe/Berlin'
/** What the clock on the wall shows. */
const toWall = (instant: string) => {
  const { year, month, day, hour, minute } = toLocal(Date.parse(instant), zone)
  const [m, d, h, min] = [month, day, hour, minute].map((part) => String(part).padStart(2, '0'))
  return `${year}-${m}-${d} ${h}:${min}`
}

describeStores('the export of bookings', (makeDatabase) => {
  const tools = useBookings(makeDatabase, { environment: { TIME_ZONE: zone } })
  const { call, system, addResource, addType, addGroup, setPolicy, book } = tools
  const { checkOut, bringBack, bookNow, listHandovers } = useHandovers(tools)

  const ask = (query: string, as: string | null = 'admin') =>
    call<string & Problem>('GET', `${path}?${query}`, { as })
  const rowsOf = async (query: string, as = 'admin'): Promise<Row[]> => {
    const answer = await system().send('GET', `${path}?${query}`, { as })
    expect(answer.status).toBe(200)
    // `text` of a response would remove the mark.
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await answer.bytes())
    expect(text.startsWith('\uFEFF')).toBe(true)
    return readCsv(text, query.includes('language=de') ? ';' : ',')
  }
  const ofType = (type: string) => `type=${encodeURIComponent(type)}`
  const me = async (as: string) => (await call<User>('GET', '/api/users/me', { as })).body
  const nameOf = async (id: string) =>
    (await call<Resource>('GET', `/api/resources/${id}`)).body.name

  it('says who had what, when and for what, with what was read at the handovers', async () => {
    const type = await addType()
    const car = await addResource(type)
    const booking = await bookNow([car])
    await checkOut(booking.id, [{ odometer: 48_210, fuel: 80, condition: 'good' }])
    const note = 'A "scratch",\nat the door'
    await bringBack(booking.id, [{ odometer: 48_290, fuel: 65, condition: 'damaged', note }])
    const today = `from=${fromNow(-1)}&to=${fromNow(3)}&${ofType(type)}`
    const [handover] = await listHandovers(`booking_id=${booking.id}`)
    const { display_name, email } = await me('anna')
    expect(await rowsOf(today)).toEqual([
      {
        Number: booking.number,
        Resource: await nameOf(car),
        Type: type,
        From: toWall(booking.from),
        Until: toWall(booking.to),
        'Time zone': zone,
        State: 'Returned',
        Person: display_name,
        'E-mail': email,
        Purpose: 'A visit',
        'Handed out': toWall(handover?.checked_out.at ?? ''),
        Returned: toWall(handover?.returned?.at ?? ''),
        'Odometer out': '48210',
        'Odometer back': '48290',
        Distance: '80',
        'Fuel out (%)': '80',
        'Fuel back (%)': '65',
        'Condition out': 'Good',
        'Condition back': 'Damaged',
        'Remarks out': '',
        'Remarks back': note,
      },
    ])
    const [german] = await rowsOf(`${today}&language=de`)
    expect(german).toMatchObject({
      Status: 'Zurückgegeben',
      Strecke: '80',
      'Zustand Rückgabe': 'Beschädigt',
      'Bemerkung Rückgabe': note,
    })
  })

  it('has every state, a line for each resource, and local time in summer and winter', async () => {
    const type = await addType()
    const [van, trailer] = [await addResource(type), await addResource(type)]
    const items = [{ resource_id: van }, { resource_id: trailer }]
    const winter = await book({ items, from: at('09:00'), to: at('11:00') })
    const summer = await book({
      items: [{ resource_id: van }],
      from: at('09:00', 29),
      to: at('10:00', 29),
    })
    const cancelled = `/api/bookings/${summer.body.id}/cancel`
    expect((await call('POST', cancelled, { body: { reason: 'Rain' } })).status).toBe(200)
    const rows = await rowsOf(`${march}&${ofType(type)}`)
    expect(rows.map((row) => [row['Number'], row['Resource'], row['From'], row['State']])).toEqual([
      [winter.body.number, await nameOf(van), '2027-03-01 10:00', 'Confirmed'],
      [winter.body.number, await nameOf(trailer), '2027-03-01 10:00', 'Confirmed'],
      [summer.body.number, await nameOf(van), '2027-03-29 11:00', 'Cancelled'],
    ])
    // What only touches the window belongs to it.
    const touches = `from=${at('10:59')}&to=${at('12:00')}&${ofType(type)}`
    expect(await rowsOf(touches)).toHaveLength(2)
    expect(await rowsOf(`from=${at('11:00')}&to=${at('12:00')}&${ofType(type)}`)).toEqual([])
  })

  it('tells two local times apart that are alike, when clocks are put back', async () => {
    const type = await addType()
    const items = [{ resource_id: await addResource(type) }]
    const [from, to] = ['2027-10-31T00:30:00Z', '2027-10-31T01:30:00Z']
    expect((await book({ items, from, to })).status).toBe(201)
    const rows = await rowsOf(`from=${from}&to=${to}&${ofType(type)}`)
    const shown = { From: '2027-10-31 02:30+02:00', Until: '2027-10-31 02:30+01:00' }
    expect(rows).toMatchObject([shown])
  })

  it('has what was booked without rules, but no repairs, and no booking twice', async () => {
    const type = await addType()
    const car = await addResource(type)
    const direct = async (day: number, body: object, as: string) => {
      const span = { from_datetime: at('09:00', day), to_datetime: at('11:00', day) }
      const made = await call('POST', `/api/resources/${car}/allocations`, {
        body: { ...span, ...body },
        as,
      })
      expect(made.status).toBe(201)
    }
    await direct(3, { description: 'Later' }, 'anna')
    await direct(1, { description: 'First' }, 'ben')
    await direct(4, { allocation_type: 'maintenance', description: 'Brakes' }, 'admin')
    await direct(5, { hold_for: 'PT1H' }, 'anna')
    const ruled = await book({
      items: [{ resource_id: car }],
      from: at('09:00', 2),
      to: at('11:00', 2),
    })
    expect(ruled.status).toBe(201)
    const seen = async (as: string) =>
      (await rowsOf(`${march}&${ofType(type)}`, as)).map((row) => row['Purpose'])
    expect(await seen('admin')).toEqual(['First', 'A visit', 'Later'])
    expect(await seen('anna')).toEqual(['A visit', 'Later'])
    expect(await seen('ben')).toEqual(['First'])
  })

  it('shows members their own, managers what they manage, administrators addresses', async () => {
    const [type, other] = [await addType(), await addType()]
    const group = await addGroup('petra')
    const rights = [
      { group: null, may: 'book' },
      { group, may: 'manage' },
    ]
    await setPolicy({ type, rules: { rights } })
    await setPolicy({ type: other, rules: { rights: rights.slice(0, 1) } })
    const [own, foreign] = [await addResource(type), await addResource(other)]
    await book({ items: [{ resource_id: own }], title: 'Mine' }, 'anna')
    await book({ items: [{ resource_id: foreign }], title: 'Elsewhere' }, 'ben')
    const seen = async (as: string) => {
      const rows = await rowsOf(march, as)
      const isHere = ({ Type }: Row) => Type === type || Type === other
      return rows.filter(isHere).map((row) => [row['Purpose'], row['E-mail']])
    }
    const [anna, ben] = [await me('anna'), await me('ben')]
    const both = [
      ['Mine', anna.email],
      ['Elsewhere', ben.email],
    ]
    expect((await seen('admin')).toSorted()).toEqual(both.toSorted())
    // She manages it, but no accounts.
    expect(await seen('petra')).toEqual([['Mine', '']])
    expect(await seen('anna')).toEqual([['Mine', anna.email]])
    expect(await seen('ben')).toEqual([['Elsewhere', ben.email]])
    expect(await seen('mia')).toEqual([])
    expect((await ask(march, null)).status).toBe(401)
    const everything = JSON.stringify(await rowsOf(march, 'petra'))
    expect(everything).not.toContain(ben.email)
  })

  it('has no formulas, whatever a member types', async () => {
    const type = await addType()
    const name = `+1, "${crypto.randomUUID()}`
    const made = await call<Resource>('POST', '/api/resources', {
      body: { resource_type: type, name },
    })
    const titles = ["=cmd|' /C calc'!A0", '@SUM(A1)', '-2+3;=1', 'x, y; z']
    for (const [hour, title] of titles.entries()) {
      const [from, to] = [at(`0${hour}:00`), at(`0${hour + 1}:00`)]
      await book({ items: [{ resource_id: made.body.id }], title, from, to }, 'anna')
    }
    for (const language of ['en', 'de']) {
      const rows = await rowsOf(`${march}&${ofType(type)}&language=${language}`)
      const [purposes, resources] = [
        rows.map((row) => row['Purpose'] ?? row['Zweck']),
        rows.map((row) => row['Resource'] ?? row['Ressource']),
      ]
      expect(purposes).toEqual(["'=cmd|' /C calc'!A0", "'@SUM(A1)", "'-2+3;'=1", 'x, y; z'])
      expect(new Set(resources)).toEqual(new Set([`'${name}`]))
    }
  })

  it('finds a type by its name of now, and names removed accounts as such', async () => {
    const type = await addType()
    const car = await addResource(type)
    await book({ items: [{ resource_id: car }] }, 'gone')
    const types = await call<{ id: string; name: string }[]>('GET', '/api/resource_types')
    const { id } = types.body.find(({ name }) => name === type) ?? { id: '' }
    const renamed = `${type} of old`
    expect(
      (await call('PATCH', `/api/resource_types/${id}`, { body: { name: renamed } })).status,
    ).toBe(200)
    expect(await rowsOf(`${march}&${ofType(renamed)}`)).toMatchObject([{ Type: renamed }])
    const former = await ask(`${march}&${ofType(type)}`)
    expect([former.status, former.body.errors?.[0]?.pointer]).toEqual([422, '?type'])
    const { id: gone } = await me('gone')
    expect((await call('DELETE', `/api/users/${gone}`)).status).toBe(204)
    const [row] = await rowsOf(`${march}&${ofType(renamed)}`)
    expect([row?.['Person'], row?.['E-mail']]).toEqual(['Former member', ''])
  })

  it('refuses a window that is missing, empty or longer than a year', async () => {
    const codeOf = async (query: string) => {
      const { status, body } = await ask(query, 'anna')
      return [status, body.code]
    }
    expect(await codeOf('from=1970-01-01T00:00:00Z&to=2100-01-01T00:00:00Z')).toEqual([
      422,
      'window_too_long',
    ])
    expect(await codeOf(`from=${at('10:00')}&to=${at('10:00')}`)).toEqual([422, 'empty_span'])
    expect((await codeOf(`from=${at('10:00')}`))[0]).toBe(422)
    expect((await codeOf(`${march}&language=fr`))[0]).toBe(422)
    expect((await codeOf(`${march}&type=${'x'.repeat(101)}`))[0]).toBe(422)
  })

  it('has every line once over many pages, in order', async () => {
    const type = await addType()
    const cars = await Promise.all(Array.from({ length: 20 }, () => addResource(type)))
    const items = cars.map((resource_id) => ({ resource_id }))
    for (let hour = 0; hour < 27; hour++) {
      const start = Date.parse(at('00:00')) + 2 * hour * hour_ms
      const from = new Date(start).toISOString()
      const to = new Date(start + hour_ms).toISOString()
      const made = await book({ items, from, to, title: 'Tour' }, 'admin')
      expect(made.status).toBe(201)
    }
    const rows = await rowsOf(`${march}&${ofType(type)}`)
    expect(rows).toHaveLength(540)
    // The headings do not wait for what inventory has, most of which has rules.
    const sent = await system().send('GET', `${path}?${march}&${ofType(type)}`, {
      as: 'admin',
    })
    const reader = sent.body?.getReader()
    const first = new TextDecoder().decode((await reader?.read())?.value)
    expect(first).toStartWith('Number,')
    expect(first).toEndWith('Remarks back\r\n')
    await reader?.cancel()
    expect(new Set(rows.map((row) => `${row['Number']} ${row['Resource']}`)).size).toBe(540)
    const starts = rows.map((row) => row['From'])
    expect(starts).toEqual(starts.toSorted())
  })

  it('of one user, many at once, is whole or refused, and nobody else waits for it', async () => {
    const greedy = Array.from({ length: 40 }, () => ask(march, 'anna'))
    const other = await ask(march, 'mia')
    expect(other.status).toBe(200)
    const answers = await Promise.all(greedy)
    const whole = answers.filter(({ status }) => status === 200)
    expect(whole.length).toBeGreaterThan(0)
    expect(new Set(whole.map(({ body }) => body)).size).toBe(1)
    const refused = answers.filter(({ status }) => status !== 200)
    const codes = refused.map(({ status, body }) => `${status} ${body.code}`)
    // Of its own lines, or of the inventory's.
    expect(codes.filter((code) => !/^503 (too_many_scans|inventory_una)/.test(code))).toEqual([])
  })
})
