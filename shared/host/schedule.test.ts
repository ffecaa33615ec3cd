import { expect, it, onTestFinished } from 'bun:test'
import { createLog } from './log.ts'
import { createMetrics } from './metric.ts'
import { createSchedule } from './schedule.ts'

it('a task that fails is counted by its name each time, and logged once', async () => {
  let lines = ''
  const log = createLog({ level: 'info', format: 'json', write: (text) => (lines += text) })
  const metrics = createMetrics()
  const schedule = createSchedule(log, metrics.taskFailed)
  onTestFinished(schedule.stop)
  let runs = 0
  schedule.every(0.005, 'inventory: prune events', async () => {
    runs++
    throw new Error('the statement took too long')
  })
  schedule.every(0.005, 'inventory: prune keys', async () => {})
  schedule.start()
  while (runs < 5) await Bun.sleep(5)
  schedule.stop()
  log.flush()
  expect(lines.match(/task failed/g)).toHaveLength(1)
  const text = await metrics.text()
  const counted = /^campus_tasks_failed_total\{task="inventory: prune events"\} (\d+)$/m.exec(text)
  expect(Number(counted?.[1])).toBeGreaterThanOrEqual(4)
  expect(text).not.toContain('prune keys')
})

it('a task with nothing to do has not succeeded: the next failure is not logged', async () => {
  let lines = ''
  const log = createLog({ level: 'info', format: 'json', write: (text) => (lines += text) })
  const schedule = createSchedule(log, () => {})
  onTestFinished(schedule.stop)
  const turns = ['fails', 'nothing', 'fails', 'succeeds', 'fails', 'nothing']
  let runs = 0
  schedule.every(0.005, 'users: send mails', async () => {
    const turn = turns[runs++]
    if (turn === 'fails') throw new Error('the server is away')
    return turn !== 'nothing'
  })
  schedule.start()
  while (runs < turns.length) await Bun.sleep(5)
  schedule.stop()
  log.flush()
  expect(lines.match(/task failed/g)).toHaveLength(2)
})

it('a task does not run when its process stopped before it started', async () => {
  const log = createLog({ level: 'info', format: 'json', write: () => {} })
  const schedule = createSchedule(log, () => {})
  let runs = 0
  schedule.every(0.005, 'users: send mails', async () => void runs++)
  schedule.stop()
  schedule.start()
  await Bun.sleep(100)
  expect(runs).toBe(0)
})

it('a task can be run now: a run that began before is waited for, and does not count', async () => {
  const log = createLog({ level: 'info', format: 'json', write: () => {} })
  const schedule = createSchedule(log, () => {})
  onTestFinished(schedule.stop)
  const runs: (() => void)[] = []
  let ended = 0
  schedule.every(0.005, 'users: send mails', async () => {
    await new Promise<void>((resolve) => runs.push(resolve))
    ended++
  })
  schedule.start()
  while (runs.length === 0) await Bun.sleep(5)
  let isDone = false
  const done = schedule.runNow('users: send mails').then(() => (isDone = true))
  runs[0]?.()
  while (runs.length === 1) await Bun.sleep(5)
  expect([isDone, ended]).toEqual([false, 1])
  runs[1]?.()
  await done
  expect(ended).toBe(2)
  expect(schedule.runNow('users: send letters')).rejects.toThrow('users: send letters')
})
