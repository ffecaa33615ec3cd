import { afterEach, describe, expect, it, setDefaultTimeout } from 'bun:test'
import { readFileSync } from 'node:fs'
import { createLog } from '../../../shared/host/log.ts'
import { ProblemError } from '../../../shared/problem.ts'
import { childrenOf } from './hostile/children.ts'
import { createJudge, type Judge, type Submission } from './judge.ts'
import { limits, type Limits } from './protocol.ts'
import type { QueueLimits } from './queue.ts'
import { limitMemory } from './wasm-memory.ts'

const addition: Submission = {
  language: 'javascript',
  code: 'function solve(a, b) { return a + b }',
  entry: 'solve',
  tests: [{ args: [1, 2], expected: 3, hidden: false }],
}
// By the clock there is time for a machine that has other work as well.
setDefaultTimeout(90_000)
const slowMachine: Limits = { ...limits, submissionMax_ms: 60_000 }
const anna = { member: 'anna' }
const endless = { ...addition, code: 'function solve() { for (;;); }' }

describe('the judge', () => {
  let judge: Judge
  let lines = ''
  const start = (given = slowMachine, turnLimits?: Partial<QueueLimits>) => {
    const log = createLog({ level: 'debug', format: 'json', write: (text) => (lines += text) })
    judge = createJudge(log, given, turnLimits)
    return { judge, log }
  }
  afterEach(() => judge.close())

  it('judges many at once, one process each, up to the limit', async () => {
    const { judge } = start(undefined, { waitMax_ms: 60_000 })
    const all = Promise.all(
      Array.from({ length: 12 }, (_, at) => judge.judge(addition, { member: `${at}` })),
    )
    const { running, concurrency, waiting } = judge.state()
    expect(running).toBeLessThanOrEqual(concurrency)
    expect(running + waiting).toBe(12)
    for (const { results } of await all) expect(results[0]?.status).toBe('pass')
    expect(judge.state()).toMatchObject({ running: 0, waiting: 0 })
  })

  it('refuses those who would wait too long, immediately if the queue is full', async () => {
    const { judge } = start()
    const { concurrency } = judge.state()
    const refused: unknown[] = []
    const all = Array.from({ length: concurrency + 101 + 3 }, (_, at) =>
      judge.judge(endless, { member: `${at}` }).catch((error: unknown) => refused.push(error)),
    )
    await Bun.sleep(50)
    expect(refused.length).toBeGreaterThanOrEqual(3)
    for (const error of refused) {
      expect(error).toBeInstanceOf(ProblemError)
      expect(error).toMatchObject({
        status: 429,
        code: 'judge_busy',
        headers: { 'retry-after': '2' },
      })
    }
    judge.close()
    await Promise.all(all)
    expect(judge.state()).toMatchObject({ running: 0, waiting: 0 })
  })

  it('gives every test 2 s, and stops at the first that needs more', async () => {
    const { judge } = start()
    const tests = [...addition.tests, ...addition.tests, ...addition.tests]
    const code = 'function solve(a, b) { if (a === 9) for (;;); return a + b }'
    const { results, repeatable } = await judge.judge(
      {
        ...addition,
        code,
        tests: [...tests, { args: [9, 9], expected: 18, hidden: false }, ...tests],
      },
      anna,
    )
    expect(results.map(({ status }) => status).join()).toBe(
      'pass,pass,pass,error,error,error,error',
    )
    expect(results[3]?.message).toBe('time limit: a test may take 2 s')
    expect(results[4]?.message).toBe('not run: an earlier test ended the judging')
    expect(repeatable).toBe(false)
  })

  it('stops a submission whose tests together take too long', async () => {
    const { judge } = start({ cpuMax_ms: 400, submissionMax_ms: 700 })
    const code =
      'function solve() { const a = []; for (let i = 0; i < 3e5; i++) a.push(i); return 1 }'
    const tests = Array.from({ length: 50 }, () => ({ args: [], expected: 1, hidden: false }))
    const judged = await judge.judge({ ...addition, code, tests }, anna).catch((caught) => caught)
    // Where the machine had no time for it, that is no verdict.
    if (judged instanceof ProblemError) return expect(judged.code).toBe('judge_interrupted')
    expect(judged.results.at(-1)?.status).toBe('error')
    expect(judged.repeatable).toBe(false)
  })

  it('gives the same verdict every time, random numbers and clock included', async () => {
    const { judge } = start()
    for (const [language, code] of [
      ['javascript', 'const solve = () => [Math.random(), Date.now(), new Date().getHours()]'],
      ['python', 'import random, time\ndef solve(): return [random.random(), time.time()]'],
    ] as const) {
      const submission = {
        language,
        code,
        entry: 'solve',
        tests: [{ args: [], expected: 0, hidden: false }],
      }
      const one = await judge.judge(submission, anna)
      expect(one.results[0]?.status).toBe('fail')
      expect(await judge.judge(submission, anna)).toEqual(one)
    }
  })

  it('gives each test its own state', async () => {
    const { judge } = start()
    for (const [language, code] of [
      ['javascript', 'globalThis.left = (globalThis.left ?? 0) + 1\nconst solve = () => left'],
      ['python', 'left = globals().get("left", 0) + 1\ndef solve(): return left'],
    ] as const) {
      const tests = [1, 1, 1].map((expected) => ({ args: [], expected, hidden: false }))
      const { results } = await judge.judge({ language, code, entry: 'solve', tests }, anna)
      expect(results.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass'])
    }
  })

  it('is not affected by the end of the waiting process', async () => {
    const { judge } = start()
    await judge.judge(addition, anna)
    await Bun.sleep(100)
    for (const pid of childrenOf(process.pid)) process.kill(pid, 'SIGKILL')
    await Bun.sleep(50)
    expect((await judge.judge(addition, anna)).results[0]?.status).toBe('pass')
  })

  it('logs once what sandboxes its processes', async () => {
    const { judge, log } = start()
    expect(judge.state()).toMatchObject({ sandbox: 'unknown', reason: null })
    lines = ''
    await judge.judge(addition, anna)
    await judge.judge(addition, anna)
    log.flush()
    expect(lines.match(/sandboxed/g)).toHaveLength(1)
    if (process.platform === 'linux') expect(judge.state().sandbox).toBe('seccomp')
  })

  it.skipIf(process.platform !== 'linux')('has the kernel enforce it', async () => {
    const { judge } = start()
    await judge.judge(addition, anna)
    // The process that waits for the next submission is in the sandbox before it reads one.
    const read = (file: string) =>
      childrenOf(process.pid).map((pid) => readFileSync(`/proc/${pid}/${file}`, 'utf8'))
    while (!read('status').some((status) => status.includes('Seccomp:\t2'))) await Bun.sleep(20)
    const cpuMax_s = limits.submissionMax_ms / 1000 + 2
    expect(read('limits').join()).toMatch(new RegExp(`Max cpu time +${cpuMax_s} +${cpuMax_s + 1} `))
  })

  it('reports each test even if the code is not valid TypeScript', async () => {
    const { judge } = start()
    const tests = [...addition.tests, ...addition.tests]
    const submission = { ...addition, language: 'typescript', code: 'enum B { C }', tests } as const
    const { results, repeatable } = await judge.judge(submission, anna)
    expect(results.map(({ status }) => status)).toEqual(['error', 'error'])
    expect(results[1]?.message).toContain('enum')
    expect(repeatable).toBe(true)
  })
})

describe('the maximum of a WebAssembly memory', () => {
  // (module (memory (export "m") 1 65536)), as WebAssembly writes it.
  const module = Uint8Array.fromHex('0061736d010000000506010101808004070501016d0200')

  it('is lowered in the module itself', () => {
    const limited = new WebAssembly.Instance(new WebAssembly.Module(limitMemory(module, 3)))
    const memory = limited.exports['m'] as WebAssembly.Memory
    expect(memory.grow(2)).toBe(1)
    expect(() => memory.grow(1)).toThrow()
  })

  it('is reported missing if there is none', () => {
    expect(() => limitMemory(Uint8Array.fromHex('0061736d01000000'), 3)).toThrow('no memory')
    const unlimited = Uint8Array.fromHex('0061736d010000000503010001')
    expect(() => limitMemory(unlimited, 3)).toThrow('no maximum')
  })
})
