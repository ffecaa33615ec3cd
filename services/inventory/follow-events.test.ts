import { afterEach, expect, it } from 'bun:test'
import { isBefore, type Position } from '../../shared/event-position.ts'
import type { InventoryEvent } from './event-log.ts'
import { createEvents } from './events.ts'
import { unrestricted } from './visibility.ts'

const toEvent = (id: number): InventoryEvent => {
  const of = { resource_type: 'Car', resource_id: 'r', visible_to: null }
  return { transaction: 0, id, kind: `event-${id}`, ...of, data: {} }
}
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A log with so many events, read two at a time. */
function start(count: number) {
  const all = Array.from({ length: count }, (_, at) => toEvent(at + 1))
  const position = (id: number): Position => ({ transaction: 0, id })
  let failures = 0
  let reads = 0
  const events = createEvents({
    readAfter: async (after) => {
      reads++
      if (failures-- > 0) throw new Error('away')
      return all.filter((event) => isBefore(after, event)).slice(0, 2)
    },
    readLast: async () => position(all.length),
    findStart: async (last) => {
      const isReset = last === 'lost'
      const at = position(last === undefined || isReset ? all.length : Number(last))
      return { epoch: 'e', at, isReset }
    },
  })
  async function follow(lastEventId?: string, whenTaken = async () => {}) {
    const sent: string[] = []
    const send = (bytes: Uint8Array) => {
      const text = new TextDecoder().decode(bytes)
      sent.push(
        ...[...text.matchAll(/^(?:event: |id: e-0-(?=\d+\n\n))(.+)$/gm)].map(([, it]) => it ?? ''),
      )
    }
    const sink = { send, whenTaken }
    const end = await events.follow({ filter: {}, viewer: unrestricted, lastEventId, sink })
    ends.push(end)
    return { sent, end }
  }
  return {
    follow,
    add: () => all.push(toEvent(all.length + 1)),
    fail: (times: number) => (failures = times),
    reads: () => reads,
  }
}
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await Bun.sleep(5)
}

it('a reader gets its position, what it missed in order, and then what is new', async () => {
  const { follow, add } = start(5)
  const { sent } = await follow('1')
  const other = await follow()
  await until(() => sent.length === 5)
  add()
  await until(() => sent.length === 6 && other.sent.length === 2)
  expect(sent).toEqual(['1', 'event-2', 'event-3', 'event-4', 'event-5', 'event-6'])
  expect(other.sent).toEqual(['5', 'event-6'])
})

it('a reader whose position is lost is told to reload', async () => {
  const { follow } = start(5)
  expect((await follow('lost')).sent).toEqual(['reset'])
})

it('a reader that takes its time is sent no more than it has taken', async () => {
  const { follow, reads } = start(5)
  let take = () => {}
  const { sent } = await follow('0', () => new Promise((resolve) => (take = resolve)))
  await until(() => sent.length === 3)
  await Bun.sleep(0)
  expect([sent, reads()]).toEqual([['0', 'event-1', 'event-2'], 1])
  take()
  await until(() => sent.length === 5)
  take()
  await until(() => sent.length === 6)
})

it('a reader goes on where it was once the database is back', async () => {
  const { follow, add, fail } = start(3)
  fail(2)
  const { sent } = await follow('0')
  await until(() => sent.length === 4)
  fail(1)
  add()
  await until(() => sent.length === 5)
  expect(sent).toEqual(['0', 'event-1', 'event-2', 'event-3', 'event-4'])
})

it('a reader that left gets nothing, even while it was catching up', async () => {
  const { follow, add } = start(5)
  let take = () => {}
  const slow = await follow('0', () => new Promise((resolve) => (take = resolve)))
  const { sent, end } = await follow()
  const stays = await follow()
  await until(() => slow.sent.length === 3)
  slow.end()
  take()
  end()
  add()
  await until(() => stays.sent.length === 2)
  expect([slow.sent.length, sent]).toEqual([3, ['5']])
})
