import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Booking, BookingAudit } from '../../../shared/schemas/booking.ts'
import type {
  BookingSeries,
  BookingSeriesOutlook,
  NewBookingSeries,
} from '../../../shared/schemas/booking-series.ts'
import type { PolicyRules, RefusingRule } from '../../../shared/schemas/policy.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'

setDefaultTimeout(60_000)

type Refused = Omit<Problem, 'title'> & { rules: RefusingRule[]; nearest: null }
type Answer = Omit<BookingSeries, 'occurrences'> &
  Refused & { occurrences: (BookingSeries['occurrences'][number] & { rules?: RefusingRule[] })[] }

const path = '/api/bookings/series'
const zone = { time_zone: 'Europe/Berlin' }

describeStores('the rules of bookings, in a series', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, addType, addGroup, book, allocationsOf, setPolicy } = tools

  /** Two resources of a new type, with their own rules. */
  async function addRuled(rules: PolicyRules) {
    const type = await addType()
    const [one, other] = [await addResource(type), await addResource(type)]
    await setPolicy({ type, rules: { ...zone, ...rules } })
    return { type, one, other }
  }

  /** From Monday 1 March 2027, from 9 to 11 UTC. */
  const daily = (resource_id: string, count = 5): NewBookingSeries => ({
    items: [{ resource_id }],
    from: at('09:00'),
    to: at('11:00'),
    title: 'A round',
    rule: `FREQ=DAILY;COUNT=${count}`,
    ...zone,
  })
  const repeat = (body: NewBookingSeries, as = 'anna') => call<Answer>('POST', path, { body, as })
  const look = (body: NewBookingSeries) =>
    call<BookingSeriesOutlook>('POST', path, { body: { ...body, dry_run: true }, as: 'anna' })
  const statesOf = ({ occurrences }: BookingSeries | BookingSeriesOutlook) =>
    occurrences.map(({ state }) => state as string)

  it('book none if they refuse a day, and say which and why, as for one booking', async () => {
    const { one } = await addRuled({ closed: ['2027-03-03'], minimum_duration: 'PT3H' })
    const single = await book({
      items: [{ resource_id: one }],
      from: at('09:00', 3),
      to: at('11:00', 3),
    })
    const { rules } = single.body as unknown as Refused
    expect(rules.map(({ rule }) => rule)).toEqual(['closed', 'minimum_duration'])
    const { status, body } = await repeat(daily(one, 3))
    expect([status, body.code, body.nearest]).toEqual([422, 'policy_refused', null])
    expect(body.occurrences.map((it) => [it.date, it.rules?.length])).toEqual([
      ['2027-03-01', 1],
      ['2027-03-02', 1],
      ['2027-03-03', 2],
    ])
    expect(body.occurrences[2]?.rules).toEqual(rules)
    expect(body.rules.map(({ rule }) => rule).toSorted()).toEqual(['closed', 'minimum_duration'])
    expect(body.detail).toContain('refused on 2027-03-01, 2027-03-02, 2027-03-03. Book it for')
    expect(await allocationsOf(one)).toEqual([])
  })

  it('skip refused days, and book the others', async () => {
    const { one } = await addRuled({ closed: ['2027-03-02', '2027-03-04'] })
    const { status, body } = await repeat({ ...daily(one), on_conflict: 'skip' })
    expect(status).toBe(201)
    expect(statesOf(body)).toEqual(['confirmed', 'skipped', 'confirmed', 'skipped', 'confirmed'])
    expect(await allocationsOf(one)).toHaveLength(3)
    const again = await call<Answer>('POST', `${path}/${body.id}/occurrences`, {
      body: { date: '2027-03-02' },
      as: 'anna',
    })
    expect([again.status, again.body.rules.map(({ rule }) => rule)]).toEqual([422, ['closed']])
  })

  it('stamp each booking with the versions it was judged by', async () => {
    const { type, one } = await addRuled({})
    const policy = await setPolicy({ type, rules: zone })
    const { body } = await repeat(daily(one, 2))
    for (const { booking_id } of body.occurrences) {
      const made = await call<Booking>('GET', `/api/bookings/${booking_id}`, { as: 'anna' })
      expect(made.body.items[0]?.policies).toEqual([policy.id])
    }
  })

  it('judge the resource that is taken instead', async () => {
    const { one, other } = await addRuled({})
    await setPolicy({ resource_id: other, rules: { maximum_duration: 'PT1H' } })
    for (const day of [2, 3]) {
      const span = { from: at('10:00', day), to: at('12:00', day) }
      await book({ items: [{ resource_id: one }], ...span }, 'ben')
    }
    const { body } = await repeat({ ...daily(one, 3), on_conflict: 'alternative' })
    expect(statesOf(body)).toEqual(['confirmed', 'skipped', 'skipped'])
    expect(await allocationsOf(other)).toEqual([])
  })

  it('judge each day in a dry run, and book nothing', async () => {
    const { one } = await addRuled({
      closed: ['2027-03-02'],
      approval: { when: 'always' },
      quotas: [{ per: 'week', count: 3 }],
    })
    const { status, body } = await look({ ...daily(one), on_conflict: 'skip' })
    expect(status).toBe(200)
    expect(statesOf(body)).toEqual(['requested', 'refused', 'requested', 'requested', 'refused'])
    expect(body.occurrences.map((it) => it.rules.map(({ rule }) => rule))).toEqual([
      [],
      ['closed'],
      [],
      [],
      ['quotas'],
    ])
    expect(await allocationsOf(one)).toEqual([])
  })

  it('count quotas over the whole series', async () => {
    const { one } = await addRuled({ quotas: [{ per: 'week', hours: 9 }] })
    const whole = await repeat(daily(one))
    expect([whole.status, whole.body.rules.map(({ rule }) => rule)]).toEqual([422, ['quotas']])
    expect(whole.body.occurrences.map(({ date }) => date)).toEqual(['2027-03-05'])
    expect(await allocationsOf(one)).toEqual([])
    // Sunday ends the week: the next one has its own hours.
    const { body } = await repeat({ ...daily(one, 9), on_conflict: 'skip' })
    expect(
      statesOf(body)
        .map((state) => (state === 'confirmed' ? 1 : 0))
        .join(''),
    ).toBe('111100011')
  })

  it('keep a quota against concurrent bookings and series', async () => {
    const { one, other } = await addRuled({ quotas: [{ per: 'week', count: 6 }] })
    const answers = await Promise.all([
      repeat({ ...daily(one), on_conflict: 'skip' }),
      repeat({ ...daily(other), on_conflict: 'skip' }),
      ...[1, 2, 3, 4].map((day) =>
        book({ items: [{ resource_id: other }], from: at('14:00', day), to: at('15:00', day) }),
      ),
    ])
    for (const { status } of answers) expect([201, 422]).toContain(status)
    const held = [...(await allocationsOf(one)), ...(await allocationsOf(other))]
    expect(held.every(({ status }) => status === 'confirmed')).toBe(true)
    expect(held.length).toBeGreaterThan(0)
    expect(held.length).toBeLessThanOrEqual(6)
    expect((await call<BookingAudit>('GET', '/api/bookings/audit')).body).toMatchObject({
      unbacked: 0,
      orphaned: 0,
      rule_broken: 0,
      over_quota: 0,
    })
  })

  it('turn days that need approval into requests, each with its deadline', async () => {
    const type = await addType()
    const room = await addResource(type)
    const group = await addGroup('mona')
    const rights = [
      { group: null, may: 'book' as const },
      { group, may: 'manage' as const },
    ]
    await setPolicy({ type, rules: { ...zone, rights, approval: { when: 'always' } } })
    const soon = new Date(Date.now() + 60 * 60 * 1000).toISOString()
    const later = new Date(Date.now() + 2 * 60 * 60 * 1000).toISOString()
    const { status, body } = await repeat({ ...daily(room), from: soon, to: later })
    expect([status, ...statesOf(body)]).toEqual([
      201,
      ...Array.from({ length: 5 }, () => 'requested'),
    ])
    const held = await allocationsOf(room)
    const made = await Promise.all(
      body.occurrences.map(({ booking_id }) =>
        call<Booking>('GET', `/api/bookings/${booking_id}`, { as: 'mona' }),
      ),
    )
    expect(held.map((it) => [it.status, it.held_until])).toEqual(
      made.map((it) => ['held', it.body.decide_by]),
    )
    // Two days to decide, or less if it begins before.
    expect(new Set(held.map((it) => it.held_until)).size).toBe(3)
    const [, second] = body.occurrences
    const approve = `/api/bookings/${second?.booking_id}/approve`
    expect((await call('POST', approve, { as: 'mona' })).status).toBe(200)
    const seen = await call<BookingSeries>('GET', `${path}/${body.id}`, { as: 'mona' })
    expect(statesOf(seen.body)[1]).toBe('confirmed')
    expect((await allocationsOf(room))[1]?.status).toBe('confirmed')
  })

  it('refuse to cancel too late, and then cancel nothing', async () => {
    const type = await addType()
    const [room, group] = [await addResource(type), await addGroup('nora')]
    const rights = [
      { group: null, may: 'book' as const },
      { group, may: 'manage' as const },
    ]
    await setPolicy({ type, rules: { ...zone, rights, cancel_until: 'PT2H' } })
    const from = new Date(Date.now() + 60 * 60 * 1000).toISOString()
    const to = new Date(Date.now() + 2 * 60 * 60 * 1000).toISOString()
    const { body } = await repeat({ ...daily(room, 3), from, to })
    const cancel = (scope: object, as: string) =>
      call<Answer>('POST', `${path}/${body.id}/cancel`, { body: { reason: 'Off', ...scope }, as })
    const all = await cancel({ scope: 'all' }, 'anna')
    expect([all.status, all.body.rules.map(({ rule }) => rule)]).toEqual([422, ['cancel_until']])
    expect(await allocationsOf(room)).toHaveLength(3)
    const [, second] = body.occurrences
    const following = await cancel({ scope: 'following', date: second?.date }, 'anna')
    expect(statesOf(following.body)).toEqual(['confirmed', 'cancelled', 'cancelled'])
    expect(statesOf((await cancel({ scope: 'all' }, 'nora')).body)).toEqual([
      'cancelled',
      'cancelled',
      'cancelled',
    ])
    expect(await allocationsOf(room)).toEqual([])
  })

  it('let only managers book a series for others, and reveal quotas to nobody else', async () => {
    const { one } = await addRuled({ quotas: [{ per: 'week', count: 1 }] })
    const booked_for = await tools.idOf('bert')
    for (const on_conflict of ['fail', 'skip'] as const) {
      const { status, body } = await repeat({ ...daily(one), booked_for, on_conflict })
      expect([status, body.rules.map(({ rule }) => rule)]).toEqual([403, ['rights']])
    }
    const { body } = await repeat({ ...daily(one, 1), booked_for }, 'admin')
    expect(statesOf(body)).toEqual(['confirmed'])
    expect((await call('GET', `${path}/${body.id}`, { as: 'bert' })).status).toBe(200)
  })
})
