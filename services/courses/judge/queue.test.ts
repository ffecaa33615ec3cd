import { describe, expect, it } from 'bun:test'
import { ProblemError } from '../../../shared/problem.ts'
import { createQueue, type Leave, type QueueLimits } from './queue.ts'

const usual: QueueLimits = {
  runningMax: 1,
  waitingMax: 100,
  memberWaitingMax: 3,
  waitMax_ms: 60_000,
  budget_ms: 60_000,
}

/** Who is given a turn is noted, and keeps it until it is ended by name. */
function start(change: Partial<QueueLimits> = {}) {
  const queue = createQueue({ ...usual, ...change })
  const started: string[] = []
  const refused: string[] = []
  const leaves = new Map<string, Leave>()
  function enter(name: string, privileged = false): void {
    const member = name.slice(0, 1)
    queue.enter({ member, privileged }).then(
      (leave) => {
        started.push(name)
        leaves.set(name, leave)
      },
      (error: ProblemError) => refused.push(`${name}: ${error.code}`),
    )
  }
  async function leave(name: string, pause_ms?: number): Promise<void> {
    leaves.get(name)?.(pause_ms)
    await Bun.sleep(1)
  }
  return { queue, enter, leave, started, refused }
}

describe('turns in the queue', () => {
  it('rotate among members, however much one of them queues', async () => {
    const { enter, leave, started } = start()
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2']) enter(name)
    for (const name of ['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']) {
      await Bun.sleep(1)
      expect(started.at(-1)).toBe(name)
      await leave(name)
    }
  })

  it('run one per member at a time, even with room for more', async () => {
    const { queue, enter, leave, started } = start({ runningMax: 4 })
    for (const name of ['a1', 'a2', 'b1']) enter(name)
    await Bun.sleep(1)
    expect(started).toEqual(['a1', 'b1'])
    expect(queue.state()).toEqual({ running: 2, waiting: 1 })
    const left = leave('a1')
    expect(queue.state()).toEqual({ running: 2, waiting: 0 })
    await left
    expect(started).toEqual(['a1', 'b1', 'a2'])
  })

  it('come in order of arrival, regardless of earlier turns', async () => {
    const { enter, leave, started } = start()
    for (const name of ['a1', 'b1']) enter(name)
    await Bun.sleep(1)
    await leave('a1')
    for (const name of ['c1', 'a2']) enter(name)
    for (const name of ['b1', 'c1', 'a2']) {
      expect(started.at(-1)).toBe(name)
      await leave(name)
    }
  })

  it('come in order of arrival, regardless of earlier refusals', async () => {
    const { queue, enter, leave, started, refused } = start({ waitMax_ms: 500 })
    for (const name of ['a1', 'b1']) enter(name)
    while (refused.length < 1) await Bun.sleep(5)
    for (const name of ['c1', 'b2']) enter(name)
    await leave('a1')
    expect(started).toEqual(['a1', 'c1'])
    queue.close()
  })

  it('stay one at a time when a waiting one gives up', async () => {
    const { queue, enter, started, refused } = start({ runningMax: 2, waitMax_ms: 300 })
    for (const name of ['a1', 'a2']) enter(name)
    while (refused.length < 1) await Bun.sleep(5)
    enter('a3')
    await Bun.sleep(1)
    expect(started).toEqual(['a1'])
    queue.close()
  })

  it('are refused to all who wait at shutdown', async () => {
    const { queue, enter, started, refused } = start()
    for (const name of ['a1', 'a2', 'b1']) enter(name)
    await Bun.sleep(1)
    queue.close()
    await Bun.sleep(1)
    expect(refused).toEqual(['a2: judge_busy', 'b1: judge_busy'])
    expect(started).toEqual(['a1'])
    expect(queue.state()).toEqual({ running: 1, waiting: 0 })
  })

  it('let others continue while one member pauses', async () => {
    const { enter, leave, started } = start()
    for (const name of ['a1', 'a2', 'b1']) enter(name)
    await Bun.sleep(1)
    await leave('a1', 300)
    await leave('b1')
    expect(started).toEqual(['a1', 'b1'])
    while (started.length < 3) await Bun.sleep(10)
    expect(started).toEqual(['a1', 'b1', 'a2'])
  })

  it('refuse excess of one member, and no other', async () => {
    const { enter, started, refused } = start({ waitingMax: 4 })
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1']) enter(name)
    await Bun.sleep(1)
    expect(started).toEqual(['a1'])
    expect(refused).toEqual(['a5: submissions_under_way', 'c1: judge_busy'])
  })

  it('refuse those who wait too long, and forget them', async () => {
    const { queue, enter, leave, started, refused } = start({ waitMax_ms: 20 })
    for (const name of ['a1', 'a2', 'b1']) enter(name)
    while (refused.length < 2) await Bun.sleep(5)
    expect(refused).toEqual(['a2: judge_busy', 'b1: judge_busy'])
    await leave('a1')
    expect(queue.state()).toEqual({ running: 0, waiting: 0 })
    expect(started).toEqual(['a1'])
  })

  it('end with the budget per minute, for those who have one', async () => {
    // One that lasts 10 ms uses up 100 times the minute's budget.
    const { enter, leave, started, refused } = start({ budget_ms: 0.1 })
    enter('a1')
    enter('a2')
    await Bun.sleep(10)
    await leave('a1')
    enter('a3')
    enter('b1')
    await Bun.sleep(1)
    expect(refused).toEqual(['a2: judge_budget_used', 'a3: judge_budget_used'])
    expect(started).toEqual(['a1', 'b1'])
    await leave('b1')
    for (const name of ['z1', 'z2']) {
      enter(name, true)
      await Bun.sleep(10)
      await leave(name)
    }
    expect(started).toEqual(['a1', 'b1', 'z1', 'z2'])
  })

  it('go on for a member who becomes an administrator', async () => {
    const { enter, leave, started, refused } = start({ budget_ms: 0.1 })
    enter('a1')
    await Bun.sleep(10)
    await leave('a1')
    enter('a2')
    enter('a3', true)
    await Bun.sleep(1)
    expect([started, refused]).toEqual([['a1', 'a3'], ['a2: judge_budget_used']])
  })

  it('count their pauses, one after the other', async () => {
    const { enter, leave, started, refused } = start({ budget_ms: 2000 })
    for (const name of ['a1', 'a2']) enter(name)
    await Bun.sleep(1)
    await leave('a1', 1300)
    while (started.length < 2) await Bun.sleep(10)
    expect(refused).toEqual([])
    await leave('a2', 1300)
    enter('a3')
    await Bun.sleep(1)
    expect(refused).toEqual(['a3: judge_budget_used'])
  })

  it('of an administrator cancel nothing that waits', async () => {
    const { enter, leave, started, refused } = start({ budget_ms: 0.1 })
    for (const name of ['z1', 'z2']) enter(name, true)
    await Bun.sleep(10)
    await leave('z1')
    expect({ started, refused }).toEqual({ started: ['z1', 'z2'], refused: [] })
  })

  it('say when to retry', async () => {
    const budget_ms = 150
    const first = performance.now()
    const { queue, enter, leave } = start({ budget_ms })
    enter('a1')
    await Bun.sleep(1)
    const begin = performance.now()
    await Bun.sleep(200)
    const end = performance.now()
    await leave('a1')
    const error = await queue.enter({ member: 'a' }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ProblemError)
    const { headers, message } = error as ProblemError
    // What is used up of a minute's budget comes back within that minute.
    const least_ms = ((end - begin) / budget_ms - 1) * 60_000 - (performance.now() - end)
    const most_ms = ((performance.now() - first) / budget_ms - 1) * 60_000
    expect(Number(headers?.['retry-after'])).toBeGreaterThan(least_ms / 1000)
    expect(Number(headers?.['retry-after'])).toBeLessThanOrEqual(most_ms / 1000 + 1)
    expect(message).toContain('used the 0.15 s')
  })
})
