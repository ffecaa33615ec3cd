import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test'
import { createLog } from '../../../shared/host/log.ts'
import { childrenOf } from './hostile/children.ts'
import { createJudge, type Judge } from './judge.ts'
import { limits } from './protocol.ts'

// Runs long enough to be met by a signal, and ends.
const code = 'function solve(a) { let sum = 0; for (let i = 0; i < 3e6; i++) sum += i; return a }'
const tests = [1, 2, 3].map((arg) => ({ args: [arg], expected: arg, hidden: false }))
const submission = { language: 'javascript', code, entry: 'solve', tests } as const
setDefaultTimeout(90_000)
const anna = { member: 'anna' }

const endless = { ...submission, code: 'function solve() { for (;;); }' }
const log = createLog({ level: 'error', format: 'json' })

describe.skipIf(process.platform !== 'linux')('a judge process ended from outside', () => {
  let judge: Judge
  beforeAll(async () => {
    // Time to be killed in, and to be judged after, however slow the machine.
    judge = createJudge(log, { ...limits, submissionMax_ms: 30_000 }, { waitMax_ms: 60_000 })
  })
  afterAll(() => judge.close())

  /** Ends what runs now; the next one, which waits already, only when it runs. */
  async function endRunning(signal: NodeJS.Signals, known: Set<number>): Promise<void> {
    const running = childrenOf(process.pid).find((pid) => known.has(pid))
    if (running) process.kill(running, signal)
    await Bun.sleep(0)
  }

  it.each(['SIGKILL', 'SIGTERM', 'SIGHUP'] as const)('by %s is no verdict', async (signal) => {
    const before = new Set(childrenOf(process.pid))
    const judged = judge.judge(submission, anna)
    await Bun.sleep(150)
    const known = before.size > 0 ? before : new Set(childrenOf(process.pid))
    await endRunning(signal, known)
    expect((await judged).results.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass'])
  })

  it('by SIGSTOP, or without a core, is no verdict either', async () => {
    const impatient = createJudge(log, { ...limits, submissionMax_ms: 1000 }, { waitMax_ms: 500 })
    const timer = setInterval(() => {
      for (const pid of childrenOf(process.pid)) process.kill(pid, 'SIGSTOP')
    }, 5)
    const error = await impatient.judge(endless, anna).catch((caught: unknown) => caught)
    clearInterval(timer)
    impatient.close()
    expect(error).toMatchObject({ status: 503, code: 'judge_interrupted' })
  })

  it('repeatedly is 503, without affecting others', async () => {
    const timer = setInterval(() => {
      for (const pid of childrenOf(process.pid)) process.kill(pid, 'SIGKILL')
    }, 20)
    const error = await judge.judge(submission, anna).catch((caught: unknown) => caught)
    clearInterval(timer)
    expect(error).toMatchObject({
      status: 503,
      code: 'judge_interrupted',
      headers: { 'retry-after': '1' },
    })
    expect((await judge.judge(submission, anna)).results[0]?.status).toBe('pass')
  })
})
