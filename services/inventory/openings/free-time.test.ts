import { expect, it } from 'bun:test'
import { createRandom } from '../testing/random.ts'
import { noBuffers } from '../buffers.ts'
import type { TimeSpan } from '../span.ts'
import { createFreeTime } from './free-time.ts'

const hours = 60

/** The hours of a resource that are free, one by one. */
function toGaps(free: boolean[]): TimeSpan[] {
  const gaps: TimeSpan[] = []
  for (const [hour, isFree] of free.entries()) {
    if (!isFree) continue
    if (gaps.at(-1)?.to === hour) (gaps.at(-1) as TimeSpan).to = hour + 1
    else gaps.push({ from: hour, to: hour + 1 })
  }
  return gaps
}

it('is what is left of each hour, whatever was booked, released, read again and renamed', () => {
  const random = createRandom(3)
  const time = createFreeTime()
  const numbers = [1, 2, 3, 4]
  const typeOf = new Map(numbers.map((number) => [number, 'Car']))
  const free = new Map(numbers.map((number) => [number, Array<boolean>(hours).fill(true)]))
  const put = (number: number) => {
    const resource_type = typeOf.get(number) ?? ''
    const resource = {
      number,
      id: `${number}`,
      name: `No. ${number}`,
      resource_type,
      visible_to: null,
      buffers: noBuffers,
    }
    time.put(resource, toGaps(free.get(number) ?? []))
  }
  numbers.forEach(put)
  for (let round = 0; round < 3000; round++) {
    const number = 1 + random.integer(numbers.length)
    const from = random.integer(hours)
    const span = { from, to: from + 1 + random.integer(Math.min(8, hours - from)) }
    const all = free.get(number) as boolean[]
    if (random.oneIn(50)) {
      free.set(number, Array<boolean>(hours).fill(random.oneIn(2)))
      if (random.oneIn(2)) typeOf.set(number, random.oneIn(2) ? 'Van' : 'Car')
      if (random.oneIn(3)) time.remove(number)
      put(number)
    } else {
      const isFree = random.oneIn(2)
      all.fill(isFree, span.from, span.to)
      if (isFree) time.give(number, span)
      else time.take(number, span)
    }
    for (const type of ['Car', 'Van']) {
      const gaps = [...time.ofType(type).from({ from: 0, resource: 0 }, 1)]
      const expected = numbers
        .filter((one) => typeOf.get(one) === type)
        .flatMap((one) => toGaps(free.get(one) ?? []).map((gap) => ({ ...gap, resource: one })))
      expect(gaps).toEqual(expected.toSorted((a, b) => a.from - b.from || a.resource - b.resource))
    }
    const later = toGaps(free.get(number) ?? [])
      .filter(({ to }) => to > from)
      .map((gap) => ({ ...gap, resource: number }))
    expect([...time.gapsFrom(number, from)]).toEqual(later)
  }
  time.remove(1)
  expect(time.find(1)).toBeUndefined()
  time.take(1, { from: 0, to: 1 })
  time.give(1, { from: 0, to: 1 })
  expect([...time.gapsFrom(1, 0)]).toEqual([])
})
