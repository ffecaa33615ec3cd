import { expect, it } from 'bun:test'
import { createRandom } from '../testing/random.ts'
import { createGapList, type Gap } from './gap-list.ts'

const byPlace = (a: Gap, b: Gap) => a.from - b.from || a.resource - b.resource

it('finds what a look at every gap finds, whatever was put in and taken out', () => {
  const random = createRandom(7)
  const list = createGapList()
  let all: Gap[] = []
  for (let round = 0; round < 40; round++) {
    for (let count = 0; count < 200; count++) {
      const from = random.integer(500)
      const to = random.oneIn(20) ? Infinity : from + 1 + random.integer(30)
      const gap = { from, to, resource: round * 200 + count }
      list.insert(gap)
      all.push(gap)
    }
    const gone = all.filter(() => random.oneIn(3))
    for (const gap of gone) list.remove(gap)
    all = all.filter((gap) => !gone.includes(gap))
    const [moment, length] = [random.integer(500), 1 + random.integer(35)]
    const around = all.filter(({ from, to }) => from < moment && to >= moment + length)
    expect([...list.around(moment, length)].toSorted(byPlace)).toEqual(around.toSorted(byPlace))
    const later = all.filter(({ from, to }) => from >= moment && to - from >= length)
    expect([...list.from({ from: moment, resource: 0 }, length)]).toEqual(later.toSorted(byPlace))
  }
})

it('finds a gap as soon as it is there, however many came before', () => {
  const list = createGapList()
  for (let at = 0; at < 300; at++) {
    const gap = { from: at, to: 3 * at + 2, resource: 1 }
    list.insert(gap)
    expect([...list.from({ from: 0, resource: 0 }, 2 * at + 2)]).toEqual([gap])
    expect([...list.around(at + 1, 2 * at + 1)]).toEqual([gap])
  }
})

it('finds time without a beginning or an end', () => {
  const list = createGapList()
  const [endless, ever] = [
    { from: 5, to: Infinity, resource: 1 },
    { from: -Infinity, to: 5, resource: 2 },
  ]
  for (let at = 0; at < 300; at++) list.insert({ from: at, to: at + 1, resource: 3 })
  for (const gap of [endless, ever]) list.insert(gap)
  for (let at = 0; at < 300; at++) list.remove({ from: at, to: at + 1, resource: 3 })
  const all = () => [...list.from({ from: -Infinity, resource: 0 }, 1000)]
  expect(all()).toEqual([ever, endless])
  expect([...list.around(0, 5)]).toEqual([ever])
  expect([...list.around(6, 1e9)]).toEqual([endless])
  list.remove(ever)
  list.remove(endless)
  expect(all()).toEqual([])
})
