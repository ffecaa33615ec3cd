import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Booking, NewBooking } from '../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../shared/schemas/booking-series.ts'
import type { PolicyRules } from '../../shared/schemas/policy.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useBookings } from './fixture.ts'

setDefaultTimeout(60_000)

/** Each rule alone, with a time that it refuses. */
const cases: [rule: string, rules: PolicyRules, span?: { from: string; to: string }][] = [
  ['opening_hours', { opening_hours: [{ days: ['tuesday'], from: '08:00', to: '18:00' }] }],
  ['closed', { closed: ['2027-03-01'] }],
  ['minimum_duration', { minimum_duration: 'PT3H' }],
  ['maximum_duration', { maximum_duration: 'PT1H' }],
  ['granularity', { granularity: 'PT1H' }, { from: at('09:30'), to: at('10:30') }],
  ['minimum_notice', { minimum_notice: 'P3650D' }],
  ['maximum_ahead', { maximum_ahead: 'PT1H' }],
  ['rights', { rights: [{ group: null, may: 'see' }] }],
  ['quotas', { quotas: [{ per: 'day', hours: 1 }] }],
]
const usual = { from: at('09:00'), to: at('11:00') }

describeStores('a second client (second_client_skips_rule)', (makeDatabase) => {
  const { call, addResource, addType, book, allocationsOf, setPolicy } = useBookings(makeDatabase)

  interface Subject {
    type: string
    resource: string
    /** Booked before there were rules. */
    earlier: string
    /** Booked under the rules. */
    booking: string
    /** A swap partner in that time, of a resource without rules. */
    other: Booking
    /** Without its first day, in that time, which was cancelled. */
    series: BookingSeries
    span: { from: string; to: string }
  }

  /** Every path by which a member could book, and what would refuse it. */
  function listPaths({ type, resource, earlier, booking, other, series, span }: Subject) {
    const times = { from_datetime: span.from, to_datetime: span.to }
    const direct: [string, string, object][] = [
      ['POST', `/api/resources/${resource}/allocations`, times],
      ['POST', `/api/resources/${resource}/allocations`, { ...times, hold_for: 'PT5M' }],
      ['POST', '/api/allocations', { items: [{ resource_id: resource }], ...times }],
      ['POST', '/api/allocations', { items: [{ type }], ...times, mode: 'skip' }],
      ['POST', '/api/waitlist', { resource_id: resource, ...times, on_free: 'book' }],
      ['POST', '/api/waitlist', { type, ...times, on_free: 'hold' }],
      ['PATCH', `/api/resources/${resource}/allocations/${earlier}`, times],
    ]
    const swap = other.items.map(({ allocation_id }) => ({ allocation_id, resource_id: resource }))
    const wanted = { title: 'A visit', ...span }
    const repeated = { ...wanted, rule: 'FREQ=DAILY;COUNT=1', time_zone: 'UTC' }
    const all = '/api/bookings/series'
    const [day] = series.occurrences
    const ruled: [string, string, object][] = [
      ['POST', '/api/bookings', { items: [{ resource_id: resource }], ...wanted }],
      ['POST', '/api/bookings', { items: [{ type }], ...wanted }],
      ['POST', '/api/bookings', { items: [{ type }], ...wanted, dry_run: true }],
      ['PATCH', `/api/bookings/${other.id}`, { swap }],
      ['POST', all, { items: [{ resource_id: resource }], ...repeated }],
      ['POST', all, { items: [{ type }], ...repeated, on_conflict: 'skip' }],
      [
        'POST',
        all,
        { items: [{ resource_id: resource }], ...repeated, on_conflict: 'alternative' },
      ],
      ['POST', `${all}/${series.id}/occurrences`, { date: day?.date }],
      ...(booking === '' ? [] : [['PATCH', `/api/bookings/${booking}`, span] as never]),
    ]
    return { direct, ruled }
  }

  /** Two days, a month apart, the first of which was cancelled. */
  async function makeSeries(wanted: Pick<NewBooking, 'items' | 'from' | 'to'>) {
    const body = { ...wanted, title: 'A visit', rule: 'FREQ=MONTHLY;COUNT=2', time_zone: 'UTC' }
    const made = await call<BookingSeries>('POST', '/api/bookings/series', { as: 'anna', body })
    expect(made.status).toBe(201)
    const first = { scope: 'this', date: made.body.occurrences[0]?.date, reason: 'No visit' }
    const cancel = `/api/bookings/series/${made.body.id}/cancel`
    expect((await call('POST', cancel, { as: 'anna', body: first })).status).toBe(200)
    return made.body
  }

  for (const [rule, rules, span = usual] of cases) {
    it(`is refused by every path: ${rule}`, async () => {
      const type = await addType()
      const resource = await addResource(type)
      const day = { from_datetime: at('00:00', 9), to_datetime: at('01:00', 9) }
      const made = await call<{ id: string }>('POST', `/api/resources/${resource}/allocations`, {
        as: 'anna',
        body: day,
      })
      const items: NewBooking['items'] = [{ resource_id: resource }]
      const later = { from: at('13:00', 10), to: at('14:00', 10) }
      const booked = await book({ items, ...later })
      const { body: other } = await book({ items: [{ resource_id: await addResource() }], ...span })
      expect([made.status, booked.status]).toEqual([201, 201])
      const series = await makeSeries({ items, ...span })
      await setPolicy({ type, rules: { time_zone: 'UTC', ...rules } })
      const subject = {
        type,
        resource,
        earlier: made.body.id,
        booking: booked.body.id,
        other,
        series,
        span,
      }
      const before = await allocationsOf(resource)
      const { direct, ruled } = listPaths(subject)
      for (const [method, path, body] of direct) {
        const { status, body: problem } = await call<Problem>(method, path, { as: 'anna', body })
        expect([rule, method, path, status, problem.code]).toEqual([
          rule,
          method,
          path,
          403,
          'managed',
        ])
        expect(problem.detail).toContain('/api/bookings')
      }
      for (const [method, path, body] of ruled) {
        const { body: problem } = await call<Problem & { rules: { rule: string }[] }>(
          method,
          path,
          {
            as: 'anna',
            body,
          },
        )
        expect([rule, method, path, problem.code]).toEqual([rule, method, path, 'policy_refused'])
        expect(problem.rules.map((it) => it.rule)).toEqual([rule])
      }
      expect(await allocationsOf(resource)).toEqual(before)
    })
  }

  it('learns from the type where to book, until its last policy is withdrawn', async () => {
    const type = await addType()
    const resource = await addResource(type)
    const read = async () =>
      (await call<ResourceType[]>('GET', '/api/resource_types')).body.find((it) => it.name === type)
    const times = { from_datetime: at('09:00'), to_datetime: at('11:00') }
    const direct = (as: string, body: object = times) =>
      call<Problem>('POST', `/api/resources/${resource}/allocations`, { as, body })
    const ofType = await setPolicy({ type, rules: {} })
    expect((await read())?.managed_by).toBe('bookings')
    expect((await direct('anna')).body.code).toBe('managed')
    // Administrators may reserve it for maintenance, whatever the rules.
    const repair = { ...times, allocation_type: 'maintenance' }
    expect((await direct('admin', repair)).status).toBe(201)
    const own = await setPolicy({ resource_id: resource, rules: {} })
    await call('DELETE', `/api/policies/${ofType.id}`)
    expect((await read())?.managed_by).toBe('bookings')
    await call('DELETE', `/api/policies/${own.id}`)
    expect((await read())?.managed_by).toBeNull()
    const free = { from_datetime: at('12:00'), to_datetime: at('13:00') }
    expect((await direct('anna', free)).status).toBe(201)
  })

  it('cannot set rules for an unknown target', async () => {
    const nowhere = '01a1fe45-0000-7000-8000-000000000000'
    for (const target of [{ type: 'Submarine' }, { resource_id: nowhere }]) {
      const { status, body } = await call<Problem>('POST', '/api/policies', {
        body: { ...target, rules: {} },
      })
      expect([status, body.code]).toEqual([422, 'target_not_found'])
    }
  })
})
