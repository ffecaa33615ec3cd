import { expect, it } from 'bun:test'
import { createHistogram, toText } from './prometheus.ts'

const gauge = { name: 'things', help: 'How many', type: 'gauge' } as const

it('writes labels with quotes, backslashes and line breaks as the format has them', () => {
  const samples = [{ labels: { route: '/a"b\\c\nd', status: 200 }, value: 1.5 }]
  expect(toText([{ ...gauge, samples }])).toBe(
    '# HELP things How many\n# TYPE things gauge\n' +
      'things{route="/a\\"b\\\\c\\nd",status="200"} 1.5\n',
  )
})

it('writes a metric without labels, one without values, and infinity', () => {
  const all = [
    { ...gauge, samples: [{ value: Infinity }, { value: -Infinity }, { value: 0 }] },
    { ...gauge, name: 'none', samples: [] },
  ]
  expect(toText(all)).toBe(
    '# HELP things How many\n# TYPE things gauge\nthings +Inf\nthings -Inf\nthings 0\n\n' +
      '# HELP none How many\n# TYPE none gauge\n',
  )
})

it('counts each value in its bucket and in all larger ones, by labels', () => {
  const { observe, samples } = createHistogram([0.1, 1])
  const slow = { route: '/slow' }
  for (const seconds of [0.1, 0.5, 0.25, 30]) observe('slow', slow, seconds)
  observe('fast', { route: '/fast' }, 0.0625)
  const read = (route: string) =>
    samples()
      .filter(({ labels }) => labels?.['route'] === route)
      .map(({ suffix, labels, value }) => [suffix, labels?.['le'], value])
  expect(read('/slow')).toEqual([
    ['_bucket', '0.1', 1],
    ['_bucket', '1', 3],
    ['_bucket', '+Inf', 4],
    ['_sum', undefined, 30.85],
    ['_count', undefined, 4],
  ])
  expect(read('/fast')).toEqual([
    ['_bucket', '0.1', 1],
    ['_bucket', '1', 1],
    ['_bucket', '+Inf', 1],
    ['_sum', undefined, 0.0625],
    ['_count', undefined, 1],
  ])
})
