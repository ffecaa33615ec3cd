import { expect, it } from 'bun:test'
import { createLogKeeper } from './sqlite-log.ts'
import type { LogState } from './sqlite-worker.ts'
import type { Writer } from './sqlite-writer.ts'

/** A log of these states, one a look; the copier leaves so many pages after each round. */
function start(states: LogState[], leaves: number[] = []) {
  const done: unknown[] = []
  let looks = 0
  let opened = 0
  const writer = (copied: number[]) => {
    const ask = async (_: string, how: string) => {
      if (how === 'NOOP') return states[Math.min(looks++, states.length - 1)]
      done.push(how)
      return { log: 50_000, checkpointed: 50_000 - (copied.shift() ?? 0) }
    }
    return { ask } as unknown as Writer
  }
  const keep = createLogKeeper(writer([]), async () => {
    opened++
    return writer(leaves)
  })
  return {
    opened: () => opened,
    /** What a number of looks did. */
    look: async (times = 1) => {
      done.length = 0
      for (let time = 0; time < times; time++) await keep()
      return [...done]
    },
  }
}
const long = { log: 16_000, checkpointed: 0 }
const busy = (count: number, log = 10) =>
  Array.from({ length: count }, (_, at) => ({ log: log + at, checkpointed: 0 }))

it('a long log is copied in at most four rounds, until few pages are left', async () => {
  expect(await start([long], [900, 800, 700, 600, 500]).look()).toEqual([
    'PASSIVE',
    'PASSIVE',
    'PASSIVE',
    'PASSIVE',
    'RESTART',
  ])
  expect(await start([long], [257, 256]).look()).toEqual(['PASSIVE', 'PASSIVE', 'RESTART'])
  const copied = start([{ log: 16_000, checkpointed: 15_744 }])
  expect([await copied.look(), copied.opened()]).toEqual([['RESTART'], 0])
})

it('a log that is not long, or empty, is left alone', async () => {
  expect(await start([{ log: 15_999, checkpointed: 0 }]).look()).toEqual([])
  expect(await start([{ log: 0, checkpointed: 0 }]).look(200)).toEqual([])
})

it('a log that does not change is truncated in the sixth look, and only then', async () => {
  const idle = start([{ log: 10, checkpointed: 0 }])
  expect([await idle.look(5), await idle.look()]).toEqual([[], ['TRUNCATE']])
  const short = start([...busy(4), { log: 13, checkpointed: 13 }])
  expect([await short.look(9), await short.look()]).toEqual([[], ['TRUNCATE']])
})

it('a log restarts when there was something in it for two minutes', async () => {
  const some = start(busy(300))
  expect([await some.look(119), await some.look()]).toEqual([[], ['RESTART']])
  expect([await some.look(119), await some.look()]).toEqual([[], ['RESTART']])
  const states = busy(300).map((one, at) => (at === 60 ? { ...one, checkpointed: one.log } : one))
  const between = start(states)
  expect([await between.look(180), await between.look()]).toEqual([[], ['RESTART']])
})
