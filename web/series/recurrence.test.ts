import { describe, expect, it } from 'bun:test'
import { placeOf, toRule, type Recurrence } from './recurrence.ts'

const plain: Recurrence = {
  unit: 'week',
  interval: 1,
  weekdays: [],
  monthly: 'day',
  end: 'count',
  count: 5,
  until: '2027-07-31',
}

describe('a recurrence rule', () => {
  // A Wednesday, the first of its month.
  const first = '2027-06-02'

  it('follows RFC 5545', () => {
    const cases: [Partial<Recurrence>, string][] = [
      [{}, 'FREQ=WEEKLY;BYDAY=WE;COUNT=5'],
      [{ weekdays: ['FR', 'MO'] }, 'FREQ=WEEKLY;BYDAY=MO,FR;COUNT=5'],
      [{ interval: 2, end: 'until' }, 'FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;UNTIL=20270731'],
      [{ unit: 'day', interval: 3 }, 'FREQ=DAILY;INTERVAL=3;COUNT=5'],
      [{ unit: 'month' }, 'FREQ=MONTHLY;BYMONTHDAY=2;COUNT=5'],
      [{ unit: 'month', monthly: 'weekday' }, 'FREQ=MONTHLY;BYDAY=1WE;COUNT=5'],
      [{ unit: 'month', monthly: 'last_weekday' }, 'FREQ=MONTHLY;BYDAY=-1WE;COUNT=5'],
    ]
    for (const [changes, rule] of cases) expect(toRule({ ...plain, ...changes }, first)).toBe(rule)
  })

  it('knows the position of a day in its month, in any zone', () => {
    expect(placeOf('2027-01-31')).toEqual({ day: 31, weekday: 'SU', nth: 5 })
    expect(placeOf('2027-02-01')).toEqual({ day: 1, weekday: 'MO', nth: 1 })
  })
})
