import { expect, it } from 'bun:test'
import { merge, type Line } from './line.ts'

const line = (from: number) => ({ from, number: String(from) }) as Line

async function* inPages(...pages: number[][]): AsyncGenerator<Line[]> {
  for (const page of pages) yield page.map(line)
}

it.each([
  ['nothing', [], []],
  ['one of them', [[1, 2], [3]], []],
  ['pages in turn', [[1, 4], [6]], [[2, 3, 5], [7]]],
  ['empty pages', [[], [1], [], [5]], [[], [], [2]]],
  [
    'the same starts',
    [
      [1, 1],
      [1, 2],
    ],
    [[1], [1, 1]],
  ],
  ['no start', [[-Infinity, 3]], [[-Infinity, -Infinity], [1]]],
])('joins %s by start, each line once', async (_, left, right) => {
  const found: Line[] = []
  for await (const some of merge(inPages(...left), inPages(...right))) found.push(...some)
  const all = [...left, ...right].flat()
  const byStart = all.toSorted((a, b) => (a === b ? 0 : a - b))
  expect(found.map(({ from }) => from)).toEqual(byStart)
})

it('waits for no more than a page of each, also if that is empty', async () => {
  let read = 0
  async function* empty(): AsyncGenerator<Line[]> {
    for (; read < 100; read++) yield []
  }
  const lines = merge(empty(), inPages([5]))
  expect((await lines.next()).value).toEqual([])
  expect(read).toBe(0)
  await lines.return(undefined)
})

it('keeps no more than a page of each', async () => {
  let read = 0
  async function* endless(): AsyncGenerator<Line[]> {
    for (;;) yield [line(++read)]
  }
  const lines = merge(endless(), inPages([5]))
  await lines.next()
  expect(read).toBe(1)
  await lines.return(undefined)
})
