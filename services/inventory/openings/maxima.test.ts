import { expect, it } from 'bun:test'
import { createRandom } from '../testing/random.ts'
import { createMaxima } from './maxima.ts'

it('finds the next great number, however the list changed', () => {
  const random = createRandom(5)
  const maxima = createMaxima()
  let all: number[] = []
  for (let round = 0; round < 400; round++) {
    const index = random.integer(all.length + 1)
    const count = Math.min(random.integer(4), all.length - index)
    // Now and then as many as there are in several groups.
    const added = random.oneIn(20) ? 150 : random.integer(4)
    const by = Array.from({ length: added }, () => random.integer(100))
    maxima.replace(index, count, by)
    all = all.toSpliced(index, count, ...by)
    if (random.oneIn(20)) {
      const gone = Math.floor(all.length / 2)
      maxima.replace(0, gone, [])
      all = all.slice(gone)
    }
    if (all.length > 0) {
      const [at, value] = [random.integer(all.length), random.integer(200)]
      maxima.raise(at, value)
      all[at] = Math.max(all[at] ?? 0, value)
    }
    for (const least of [0, 50, 99, 150, 199, 300]) {
      const from = random.integer(all.length + 2)
      const found = all.findIndex((value, at) => at >= from && value >= least)
      expect(maxima.findNext(from, least)).toBe(found === -1 ? undefined : found)
    }
  }
})
