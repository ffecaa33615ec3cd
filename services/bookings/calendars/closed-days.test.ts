import { expect, it } from 'bun:test'
import type { ClosedDays } from '../../../shared/schemas/calendar.ts'
import type { Policy } from '../../../shared/schemas/policy.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'

const path = '/api/policies/closed_days'
const headers = { 'content-type': 'text/calendar; charset=utf-8' }
const year = new Date().getUTCFullYear() + 1

// As published by holiday calendars.
const file = (start = `${year}1225`) => `BEGIN:VCALENDAR\r
PRODID:-//Somebody//Holidays//EN\r
VERSION:2.0\r
BEGIN:VEVENT\r
DTSTART;VALUE=DATE:${start}\r
DTEND;VALUE=DATE:${year}1227\r
DTSTAMP:20260101T000000Z\r
UID:1@holidays.example\r
SUMMARY:Weihnachten\\, beide\r
  Tage\r
BEGIN:VALARM\r
TRIGGER:-P1D\r
END:VALARM\r
END:VEVENT\r
END:VCALENDAR\r
`

describeStores('a holiday calendar', (makeDatabase) => {
  const { call, addType, addResource, book, system } = useBookings(makeDatabase)
  const send = (body: string, as: string | null = 'admin', type = headers) =>
    call<ClosedDays & Problem & { line: number }>('POST', path, { body, as, headers: type })

  it('becomes the closed days of a policy', async () => {
    const { status, body } = await send(file())
    expect(status).toBe(200)
    const closed = [`${year}-12-25`, `${year}-12-26`]
    const name = 'Weihnachten, beide Tage'
    expect(body).toEqual({ closed, days: closed.map((day) => ({ day, name })) } as never)
    const type = await addType()
    const rules = { closed: body.closed }
    const made = await call<Policy>('POST', '/api/policies', { body: { type, rules } })
    expect(made.body.rules).toEqual(rules)
    const resource_id = await addResource(type)
    const on = (day: string) =>
      book({ items: [{ resource_id }], from: `${day}T09:00:00Z`, to: `${day}T10:00:00Z` })
    expect((await on(`${year}-12-26`)).status).toBe(422)
    expect((await on(`${year}-12-28`)).status).toBe(201)
  })

  it('is refused with the faulty line', async () => {
    const { status, body } = await send(file(`${year}1225T100000Z`))
    expect([status, body.code, body.line]).toEqual([422, 'calendar_invalid', 5])
    expect(body.detail).toStartWith('Line 5: DTSTART must be a whole day')
  })

  it('is accepted from administrators only, as text/calendar in UTF-8, up to a limit', async () => {
    expect((await send(file(), 'anna')).status).toBe(403)
    expect((await send(file(), null)).status).toBe(401)
    expect((await send(file(), 'admin', { 'content-type': 'text/html' })).status).toBe(415)
    expect((await send(file().padEnd(300_000))).status).toBe(413)
    const authorization = `Bearer ${await system().tokenOf('admin')}`
    const broken = await system().app.handle(
      new Request(`http://localhost${path}`, {
        method: 'POST',
        headers: { ...headers, authorization },
        body: new Uint8Array([0xff, 0xfe, 0x41]),
      }),
    )
    expect(broken.status).toBe(400)
  })
})
