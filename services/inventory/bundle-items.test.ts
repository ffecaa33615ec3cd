import { expect, it } from 'bun:test'
import type { Caller } from '../../shared/access.ts'
import type { FieldError, ProblemError } from '../../shared/problem.ts'
import type { NewBundle } from '../../shared/schemas/allocation-bundle.ts'
import { listTooClose, readItems, requireApart } from './bundle-items.ts'

const member: Caller = { id: 'a', role: 'member', email: '', login: '', groups: [] }
const system: Caller = { ...member, role: 'system' }
const [car, other] = [
  '0190aaaa-0000-7000-8000-00000000000a',
  '0190aaaa-0000-7000-8000-00000000000b',
]
const time = (hour: number) => new Date(Date.UTC(2035, 0, 1, hour)).toISOString()
const between = (from: number, to: number) => {
  return { from_datetime: time(from), to_datetime: time(to) }
}
const read = (body: object, caller = member) => {
  try {
    return readItems(body as NewBundle, caller).map(({ span, count }) => [
      new Date(span.from).getUTCHours(),
      new Date(span.to).getUTCHours(),
      count,
    ])
  } catch (error) {
    const { code, members } = error as ProblemError
    return [code, ...(members['errors'] as FieldError[]).map(({ pointer }) => pointer)]
  }
}

it('items have the common time, or their own', () => {
  const items = [{ resource_id: car }, { type: 'Car', count: 3, ...between(12, 14) }]
  expect(read({ items, ...between(9, 10) })).toEqual([
    [9, 10, 1],
    [12, 14, 3],
  ])
})

it('a fault of the common time is told once, of their own for each', () => {
  const [one, two] = [{ resource_id: car }, { resource_id: other }]
  const wrong = { from_datetime: '2035-02-30T00:00:00Z' }
  const own = { ...two, to_datetime: time(10), ...wrong }
  const body = { items: [one, one, own], ...wrong, to_datetime: time(10) }
  expect(read(body)).toEqual(['invalid_input', '#/from_datetime', '#/items/2/from_datetime'])
})

it('an item is of a resource or of a type, and only a type has a choice', () => {
  const items = [
    {},
    { resource_id: car, type: 'Car' },
    { resource_id: car, count: 2 },
    { resource_id: car, where: 'seats>4' },
    { resource_id: car, prefer: [car] },
    { type: 'Car', count: 2, where: 'seats>4', prefer: [car] },
  ]
  const faulty = [0, 1, 2, 3, 4].map((at) => `#/items/${at}`)
  expect(read({ items, ...between(9, 10) })).toEqual(['invalid_input', ...faulty])
})

it('there are at most as many as a request may have', () => {
  const some = (count: number) => ({ items: [{ type: 'Car', count }], ...between(9, 10) })
  expect(read(some(100))).toEqual([[9, 10, 100]])
  expect(read(some(101))).toEqual(['invalid_input', '#/items'])
  expect(read(some(101), system)).toEqual([[9, 10, 101]])
})

it('no time is empty, nor twice of one resource', () => {
  expect(read({ items: [{ type: 'Car' }], ...between(9, 9) })).toEqual([
    'empty_span',
    expect.any(String),
  ])
  const twice = (from: number) => {
    const items = [{ resource_id: car }, { resource_id: car, ...between(from, 14) }]
    return { items: [...items, { resource_id: other }], ...between(9, 12) }
  }
  expect(read(twice(12))).toHaveLength(3)
  expect(read(twice(11))[0]).toBe('items_overlap')
  expect(read({ items: [{ type: 'Car' }, { type: 'Car' }], ...between(9, 10) })).toHaveLength(2)
  expect(read({ items: [{ type: 'Car' }], from_infinity: true, to_datetime: time(9) })[0]).toBe(
    'span_too_long',
  )
})

/** Of one resource, between these hours; the first two are of another one. */
const wantedAt = (...hours: [number, number][]) => {
  const items = hours.map(([from, to], at) => {
    return { resource_id: at < 2 ? other : car, ...between(from, to) }
  })
  return readItems({ items } as NewBundle, { ...member, role: 'system' })
}
const hour = 3_600_000

it('items of a resource are as far apart as it needs, in whichever order they are', () => {
  const items = wantedAt([9, 10], [11, 12], [18, 20], [9, 10], [14, 15])
  const check = (apart: number, of = car) => {
    try {
      return requireApart(items, (id) => (id === of ? apart : 0))
    } catch (error) {
      return (error as ProblemError).message
    }
  }
  expect([check(3 * hour), check(hour, other)]).toEqual([undefined, undefined])
  const close = (one: number, two: number) =>
    `#/items/${two}: It is too close to item ${one} of the same resource, ` +
    'which is kept free around each booking.'
  expect([check(3 * hour + 1), check(hour + 1, other)]).toEqual([close(2, 4), close(0, 1)])
  const crossed = { items: [0, 1].map(() => ({ resource_id: car })), ...between(9, 10) }
  expect(() => readItems(crossed as NewBundle, member)).toThrow('It overlaps item 0 of the same')
  const types = { items: [{ type: 'Car' }, { type: 'Car' }], ...between(9, 10) }
  const ofTypes = readItems(types as NewBundle, member)
  expect([requireApart(ofTypes, () => hour), listTooClose(ofTypes, () => hour)]).toEqual([
    undefined,
    [],
  ])
})

it('of those that are too close to each other, the later ones are', () => {
  const items = wantedAt([9, 10], [11, 12], [18, 20], [9, 10], [14, 15], [10, 11], [12, 13])
  const close = (apart: number) => listTooClose(items, () => apart).map(({ at }) => at)
  expect([close(0), close(hour)]).toEqual([[], [5]])
  expect([close(hour + 1), close(2 * hour)]).toEqual([
    [1, 5, 4],
    [1, 5, 4],
  ])
})
