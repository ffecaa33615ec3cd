import { describe, expect, it } from 'bun:test'
import type { OpeningHours, PolicyRules, Weekday } from '../../../shared/schemas/policy.ts'
import { listAllowances } from './allowance.ts'
import { judge, refuseCancel, rightOf, toDeadline, type Question } from './judge.ts'
import { findNearest } from './nearest.ts'
import { combine, organisation, type Rules, type Span } from './rules.ts'
import { toGrid } from './wall-clock.ts'
import { day_ms, hour_ms } from '../../../shared/duration.ts'

const berlin = 'Europe/Berlin'
// Wednesday 24 February 2027, noon in Berlin.
const now = Date.parse('2027-02-24T11:00:00Z')
const member = { isAdministrator: false, groups: [] }
const at = (text: string) => Temporal.ZonedDateTime.from(`${text}[${berlin}]`).epochMilliseconds
const span = (from: string, to: string): Span => ({ from: at(from), to: at(to) })
const monday = span('2027-03-01T09:00', '2027-03-01T11:00')
const office = { from: '08:00', to: '18:00' }
const weekdays = [{ days: ['monday', 'tuesday', 'wednesday', 'thursday'] as Weekday[], ...office }]

const toRules = (rules: PolicyRules): Rules => ({ time_zone: berlin, ...rules })
const ask = (rules: PolicyRules, wanted: Span = monday, more: Partial<Question> = {}) =>
  judge(toRules(rules), { span: wanted, now, asker: member, isForAnother: false, ...more })
const refusing = (...asked: Parameters<typeof ask>) =>
  ask(...asked).refusals.map(({ rule }) => rule)

describe('a policy', () => {
  it('refuses by the broken rule, and no other', () => {
    const cases: [PolicyRules, Span, string][] = [
      [{ minimum_duration: 'PT3H' }, monday, 'minimum_duration'],
      [{ maximum_duration: 'PT1H' }, monday, 'maximum_duration'],
      [{ granularity: 'PT4H' }, monday, 'granularity'],
      [{ minimum_notice: 'P7D' }, monday, 'minimum_notice'],
      [{ maximum_ahead: 'P2D' }, monday, 'maximum_ahead'],
      [{ closed: ['2027-03-01'] }, monday, 'closed'],
      [{ opening_hours: [{ days: ['tuesday'], ...office }] }, monday, 'opening_hours'],
      [
        { opening_hours: [{ days: ['monday'], from: '10:00', to: '18:00' }] },
        monday,
        'opening_hours',
      ],
    ]
    for (const [rules, wanted, rule] of cases) {
      expect([rules, refusing(rules, wanted)]).toEqual([rules, [rule]])
      expect(ask(rules, wanted).refusals[0]?.detail).toMatch(/^[A-Z].*\.$/)
    }
    expect(refusing({})).toEqual([])
    const all = Object.assign({}, ...cases.slice(0, 6).map(([rules]) => rules)) as PolicyRules
    expect(refusing(all).toSorted()).toEqual(
      cases
        .slice(0, 6)
        .map(([, , rule]) => rule)
        .toSorted(),
    )
  })

  it('says until when it could have been booked, in local time', () => {
    const [refusal] = ask({ minimum_notice: 'P7D' }).refusals
    expect(refusal?.detail).toBe(
      'Book it at least 7 days before it begins: ' +
        'by Monday 22 February 2027 at 09:00 (Europe/Berlin).',
    )
  })

  it('gives what the rules set beside the sentence, for other languages', () => {
    const rules = { maximum_duration: 'PT1H', minimum_notice: 'PT0M', opening_hours: weekdays }
    const wanted = span('2027-03-01T07:00', '2027-03-01T09:00')
    const refusals = ask(rules, wanted, { now: wanted.to }).refusals
    expect(refusals).toMatchObject([
      { rule: 'opening_hours', hours: [{ from: '08:00', to: '18:00' }], time_zone: berlin },
      { rule: 'maximum_duration', length: 'PT1H' },
      { rule: 'minimum_notice' },
    ])
    expect(refusals.at(-1)).not.toHaveProperty('length')
  })

  it('counts a day as one, whatever the clocks do', () => {
    // The clocks go forward on 28 March, and back on 31 October.
    for (const day of ['2027-03-27', '2027-10-30']) {
      const [first, next] = [at(`${day}T09:00`), at(`${day}T09:00`) + day_ms]
      const same = Temporal.PlainDate.from(day).add({ days: 1 }).toString()
      const whole = { from: first, to: at(`${same}T09:00`) }
      expect(whole.to).not.toBe(next)
      expect(refusing({ maximum_duration: 'P1D', minimum_duration: 'P1D' }, whole)).toEqual([])
      expect(refusing({ maximum_duration: 'PT23H59M' }, whole)).toEqual(
        whole.to - first > 23 * hour_ms ? ['maximum_duration'] : [],
      )
    }
    // Half past two comes twice, and is on the grid both times.
    const twice = [at('2027-10-31T02:30+02:00'), at('2027-10-31T02:30+01:00')] as const
    expect(twice[1] - twice[0]).toBe(hour_ms)
    expect(refusing({ granularity: 'PT30M' }, { from: twice[0], to: twice[1] })).toEqual([])
  })

  it('opens across midnight, and can apply to the ends alone', () => {
    const night: OpeningHours = [
      { days: ['friday'], from: '20:00', to: '24:00' },
      { days: ['saturday'], from: '00:00', to: '04:00' },
    ]
    const party = span('2027-03-05T21:00', '2027-03-06T03:00')
    expect(refusing({ opening_hours: night }, party)).toEqual([])
    expect(refusing({ opening_hours: night, closed: ['2027-03-06'] }, party)).toEqual(['closed'])
    const weekend = span('2027-03-01T17:00', '2027-03-03T09:00')
    expect(refusing({ opening_hours: weekdays }, weekend)).toEqual(['opening_hours'])
    const ends = { opening_hours: weekdays, opening_applies: 'ends' } as const
    expect(refusing(ends, weekend)).toEqual([])
    expect(refusing({ ...ends, closed: ['2027-03-02'] }, weekend)).toEqual([])
    expect(refusing({ ...ends, closed: ['2027-03-03'] }, weekend)).toEqual(['closed'])
    expect(refusing(ends, span('2027-03-01T17:00', '2027-03-02T19:00'))).toEqual(['opening_hours'])
  })

  it('is closed for what touches a closed day, yearly ones too, in local time', () => {
    const year = span('2027-03-01T09:00', '2028-02-28T09:00')
    const closes = (day: string, wanted: Span, more: PolicyRules = {}) =>
      refusing({ closed: [day], ...more }, wanted).length > 0
    expect(closes('2027-12-24', year)).toBe(true)
    expect(closes('2027-12-24', year, { opening_applies: 'ends' })).toBe(false)
    expect(closes('2028-02-28', year, { opening_applies: 'ends' })).toBe(true)
    expect(closes('2028-02-29', year)).toBe(false)
    const day = span('2027-03-01T00:00', '2027-03-02T00:00')
    expect(['2027-02-28', '2027-03-01', '2027-03-02'].map((it) => closes(it, day))).toEqual([
      false,
      true,
      false,
    ])
  })

  it('does not judge an unchanged start again', () => {
    const rules = { minimum_notice: 'P7D', maximum_ahead: 'P1D' }
    expect(refusing(rules, monday, { before: monday })).toEqual([])
    expect(refusing(rules, { ...monday, from: monday.from + 1 }, { before: monday })).toHaveLength(
      2,
    )
  })

  it("grants the strongest right of the caller's groups", () => {
    const rights = [
      { group: null, may: 'see' },
      { group: 'drivers', may: 'request' },
      { group: 'fleet', may: 'manage' },
    ] as const
    const rules = toRules({ rights: [...rights] })
    const of = (...groups: string[]) => ({ isAdministrator: false, groups })
    expect(rightOf(rules, of())).toBe('see')
    expect(rightOf(rules, of('drivers', 'fleet'))).toBe('manage')
    expect(rightOf(rules, { isAdministrator: true, groups: [] })).toBe('manage')
    expect(refusing({ rights: [...rights] })).toEqual(['rights'])
    const driver = ask({ rights: [...rights] }, monday, { asker: of('drivers') })
    expect(driver).toEqual({ refusals: [], needsApproval: true })
    expect(refusing({}, monday, { isForAnother: true })).toEqual(['rights'])
    const manager = { asker: of('fleet'), isForAnother: true }
    expect(ask({ rights: [...rights], approval: { when: 'always' } }, monday, manager)).toEqual({
      refusals: [],
      needsApproval: false,
    })
  })

  it('asks for approval never, always, for long bookings, or for some groups', () => {
    const needs = (approval: PolicyRules['approval'], groups: string[] = []) =>
      ask({ ...(approval && { approval }) }, monday, {
        asker: { isAdministrator: false, groups },
      }).needsApproval
    expect(needs(undefined)).toBe(false)
    expect(needs({ when: 'never' })).toBe(false)
    expect(needs({ when: 'always' })).toBe(true)
    expect(needs({ when: 'longer_than', duration: 'PT2H' })).toBe(false)
    expect(needs({ when: 'longer_than', duration: 'PT1H59M' })).toBe(true)
    expect(needs({ when: 'always', groups: ['guests'] })).toBe(false)
    expect(needs({ when: 'always', groups: ['guests'] }, ['guests'])).toBe(true)
    const soon = { from: now + hour_ms, to: now + 2 * hour_ms }
    expect(toDeadline([toRules({})], monday, now)).toBe(now + 2 * day_ms)
    expect(toDeadline([toRules({})], soon, now)).toBe(soon.from)
    const first = toRules({ approval: { when: 'always', decide_within: 'PT30M' } })
    expect(toDeadline([toRules({}), first], monday, now)).toBe(now + hour_ms / 2)
  })

  it('can be cancelled until the time it says', () => {
    const rules = toRules({ cancel_until: 'PT2H' })
    expect(refuseCancel(rules, monday, monday.from - 2 * hour_ms)).toEqual([])
    expect(refuseCancel(rules, monday, monday.from - 2 * hour_ms + 1)).toHaveLength(1)
    expect(refuseCancel(toRules({}), monday, monday.to)).toEqual([])
  })

  it('overrides wider ones, field by field', () => {
    const wide = { id: 'a', target: organisation, rules: { granularity: 'PT15M', closed: ['x'] } }
    const narrow = { id: 'b', target: 'type:Car', rules: { granularity: 'PT1H', quotas: [] } }
    expect(combine([wide, narrow, undefined], berlin)).toEqual({
      rules: { time_zone: berlin, granularity: 'PT1H', closed: ['x'], quotas: [] },
      policies: ['a', 'b'],
      quotaScope: 'type:Car',
    })
  })

  it('counts hours in each window they touch, and a number where it begins', () => {
    const quotas = [
      { per: 'day', hours: 4 },
      { per: 'week', count: 2 },
      { per: 'month', hours: 40 },
      { per: 'moment', count: 1 },
    ] as const
    const effective = { rules: toRules({ quotas: [...quotas] }), policies: [], quotaScope: 'q' }
    const night = span('2027-02-28T22:00', '2027-03-01T02:00')
    const windows = listAllowances(effective, night).map(({ unit, window }) => [unit, window])
    expect(windows).toEqual([
      ['hours', span('2027-02-28T00:00', '2027-03-01T00:00')],
      ['hours', span('2027-03-01T00:00', '2027-03-02T00:00')],
      ['count', span('2027-02-22T00:00', '2027-03-01T00:00')],
      ['hours', span('2027-02-01T00:00', '2027-03-01T00:00')],
      ['hours', span('2027-03-01T00:00', '2027-04-01T00:00')],
      ['moment', night],
    ])
  })
})

describe('the nearest time', () => {
  const nearest = (rules: PolicyRules, wanted: Span = monday) =>
    findNearest([toRules(rules)], { span: wanted, now })

  it('is the next that all rules allow, with the requested length', () => {
    expect(
      nearest({ opening_hours: weekdays }, span('2027-03-05T09:00', '2027-03-05T11:00')),
    ).toEqual(span('2027-03-08T08:00', '2027-03-08T10:00'))
    expect(nearest({ closed: ['2027-03-01', '2027-03-02'] })).toEqual(
      span('2027-03-03T00:00', '2027-03-03T02:00'),
    )
    expect(nearest({ minimum_duration: 'PT3H' })).toEqual({ ...monday, to: at('2027-03-01T12:00') })
    expect(nearest({ minimum_notice: 'P7D', granularity: 'PT1H' })).toEqual(
      span('2027-03-03T12:00', '2027-03-03T14:00'),
    )
    expect(nearest({ maximum_ahead: 'P2D', opening_hours: weekdays })).toEqual(
      span('2027-02-25T16:00', '2027-02-25T18:00'),
    )
    expect(nearest({ opening_hours: [] })).toBeUndefined()
    const days = (count: number) => ({ from: monday.from, to: monday.from + count * day_ms })
    expect(nearest({ minimum_notice: 'P7D' }, days(31))).toBeDefined()
    expect(nearest({ minimum_notice: 'P7D' }, days(32))).toBeUndefined()
    expect(nearest({ minimum_notice: 'P7D', maximum_duration: 'P7D' }, days(32))).toBeDefined()
  })

  it('is allowed, for 500 random rules and times', () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    const some = <T>(values: readonly T[]): T => values[random(values.length)] as T
    let found = 0
    for (let turn = 0; turn < 500; turn++) {
      const rules = toRules({
        time_zone: some([berlin, 'America/New_York', 'Australia/Lord_Howe', 'UTC']),
        ...some([
          {},
          { opening_hours: weekdays },
          { opening_hours: weekdays, closed: ['2027-03-02'] },
        ]),
        ...some([{}, { opening_applies: 'ends' as const }]),
        ...some([{}, { granularity: 'PT15M' }, { granularity: 'PT1H' }]),
        ...some([{}, { minimum_notice: 'PT2H' }, { minimum_notice: 'P3D' }]),
        ...some([{}, { maximum_ahead: 'P30D' }]),
        ...some([{}, { minimum_duration: 'PT1H' }]),
        ...some([{}, { maximum_duration: 'PT8H' }]),
      })
      const from = now + random(60 * 24 * 60) * 60_000
      const wanted = { from, to: from + (1 + random(600)) * 60_000 }
      const asked = { span: wanted, now, asker: member, isForAnother: false }
      const before = JSON.stringify(judge(rules, asked))
      const answer = findNearest([rules], asked)
      // Judging is pure: the same question has the same answer.
      expect(JSON.stringify(judge(rules, asked))).toBe(before)
      if (!answer) continue
      found++
      expect([rules, wanted, judge(rules, { ...asked, span: answer }).refusals]).toEqual([
        rules,
        wanted,
        [],
      ])
    }
    expect(found).toBeGreaterThan(400)
  })

  it('is on the grid of each midnight, also when the clocks change', () => {
    const [before, after] = [at('2027-03-28T01:45'), at('2027-03-28T03:00')]
    expect(toGrid(before + 60_000, 30, { zone: berlin })).toBe(after)
    expect(toGrid(after + 60_000, 30, { zone: berlin, isBack: true })).toBe(after)
  })
})
