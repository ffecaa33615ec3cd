import { afterEach, describe, expect, it } from 'bun:test'
import { createLog } from '../../../shared/log.ts'
import { ProblemError } from '../../../shared/problem.ts'
import { isEqual } from './equal.ts'
import { childrenOf } from './hostile/children.ts'
import { createJudge, type Judge, type Submission } from './judge.ts'
import { limitMemory } from './wasm-memory.ts'

const addition: Submission = {
  language: 'javascript',
  code: 'function solve(a, b) { return a + b }',
  entry: 'solve',
  tests: [{ args: [1, 2], expected: 3 }],
}
// For the process to load, on a machine that has other work as well.
const startMax_ms = 1000
const endless = { ...addition, code: 'function solve() { for (;;); }' }

describe('the judge', () => {
  let judge: Judge
  let lines = ''
  const start = (limits?: Parameters<typeof createJudge>[1]) => {
    const log = createLog({ level: 'debug', format: 'json', write: (text) => (lines += text) })
    judge = createJudge(log, limits)
    return { judge, log }
  }
  afterEach(() => judge.close())

  it('judges many at once, one process for each, no more than there are places', async () => {
    const { judge } = start()
    const all = Promise.all(Array.from({ length: 12 }, () => judge.judge(addition)))
    const { running, concurrency, waiting } = judge.state()
    expect(running).toBeLessThanOrEqual(concurrency)
    expect(running + waiting).toBe(12)
    for (const { results } of await all) expect(results[0]?.status).toBe('pass')
    expect(judge.state()).toMatchObject({ running: 0, waiting: 0 })
  })

  it('turns away who would wait too long, at once when the queue is full', async () => {
    const { judge } = start()
    const { concurrency } = judge.state()
    const refused: unknown[] = []
    const all = Array.from({ length: concurrency + 101 + 3 }, () =>
      judge.judge(endless).catch((error: unknown) => refused.push(error)),
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
  }, 10_000)

  it('gives every test 2 s, and ends with the first that needs more', async () => {
    const { judge } = start()
    const tests = [...addition.tests, ...addition.tests, ...addition.tests]
    const code = 'function solve(a, b) { if (a === 9) for (;;); return a + b }'
    const begin = performance.now()
    const { results, repeatable } = await judge.judge({
      ...addition,
      code,
      tests: [...tests, { args: [9, 9], expected: 18 }, ...tests],
    })
    expect(performance.now() - begin).toBeLessThan(2000 + 1000 + startMax_ms)
    expect(results.map(({ status }) => status).join()).toBe(
      'pass,pass,pass,error,error,error,error',
    )
    expect(results[3]?.message).toBe('time limit: a test may take 2 s')
    expect(results[4]?.message).toBe('not run: an earlier test ended the judging')
    expect(repeatable).toBe(false)
  })

  it('ends a submission whose tests together take too long', async () => {
    const { judge } = start({ cpuMax_ms: 400, submissionMax_ms: 700 })
    const code =
      'function solve() { const a = []; for (let i = 0; i < 3e5; i++) a.push(i); return 1 }'
    const tests = Array.from({ length: 50 }, () => ({ args: [], expected: 1 }))
    const begin = performance.now()
    const { results, repeatable } = await judge.judge({ ...addition, code, tests })
    expect(performance.now() - begin).toBeLessThan(700 + startMax_ms)
    expect(results.at(-1)?.status).toBe('error')
    expect(repeatable).toBe(false)
  })

  it('gives the same verdict every time, random numbers and clock included', async () => {
    const { judge } = start()
    for (const [language, code] of [
      ['javascript', 'const solve = () => [Math.random(), Date.now(), new Date().getHours()]'],
      ['python', 'import random, time\ndef solve(): return [random.random(), time.time()]'],
    ] as const) {
      const submission = { language, code, entry: 'solve', tests: [{ args: [], expected: 0 }] }
      const one = await judge.judge(submission)
      expect(one.results[0]?.status).toBe('fail')
      expect(await judge.judge(submission)).toEqual(one)
    }
  })

  it('gives each test a state of its own', async () => {
    const { judge } = start()
    for (const [language, code] of [
      ['javascript', 'globalThis.left = (globalThis.left ?? 0) + 1\nconst solve = () => left'],
      ['python', 'left = globals().get("left", 0) + 1\ndef solve(): return left'],
    ] as const) {
      const tests = [1, 1, 1].map((expected) => ({ args: [], expected }))
      const { results } = await judge.judge({ language, code, entry: 'solve', tests })
      expect(results.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass'])
    }
  })

  it('keeps 64 KB of what all tests print together', async () => {
    const { judge } = start()
    const code = 'function solve() { console.log("x".repeat(30_000)); return 1 }'
    const tests = Array.from({ length: 4 }, () => ({ args: [], expected: 1 }))
    const { results } = await judge.judge({ ...addition, code, tests })
    expect(results.map(({ output }) => output.length)).toEqual([30_001, 30_001, 5534, 0])
    expect(results.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass', 'pass'])
  })

  it('does not notice that the process that waited has gone', async () => {
    const { judge } = start()
    await judge.judge(addition)
    await Bun.sleep(100)
    for (const pid of childrenOf(process.pid)) process.kill(pid, 'SIGKILL')
    await Bun.sleep(50)
    expect((await judge.judge(addition)).results[0]?.status).toBe('pass')
  })

  it('says once how its processes are closed in', async () => {
    const { judge, log } = start()
    expect(judge.state()).toMatchObject({ sandbox: 'unknown', reason: null })
    lines = ''
    await judge.judge(addition)
    await judge.judge(addition)
    log.flush()
    expect(lines.match(/closed in/g)).toHaveLength(1)
    if (process.platform === 'linux') expect(judge.state().sandbox).toBe('seccomp')
  })
})

describe('equality of JSON', () => {
  it('is of values, numbers to a billionth', () => {
    for (const [one, other] of [
      [0.1 + 0.2, 0.3],
      [1e20, 1e20 + 1e10],
      [
        [1, { a: 'b' }],
        [1, { a: 'b' }],
      ],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [null, null],
      [-0, 0],
    ]) {
      expect(isEqual(one, other)).toBe(true)
    }
    for (const [one, other] of [
      [1, 1 + 1e-8],
      [1, '1'],
      [1, true],
      [0, null],
      [[], {}],
      [[1], [1, 2]],
      [{ a: 1 }, { a: 1, b: 2 }],
      [{ a: undefined }, { b: 1 }],
      [{}, JSON.parse('{"__proto__":{}}')],
      ['a', 'A'],
    ]) {
      expect(isEqual(one, other)).toBe(false)
      expect(isEqual(other, one)).toBe(false)
    }
  })
})

describe('the maximum of a memory', () => {
  // (module (memory (export "m") 1 65536)), as WebAssembly writes it.
  const module = Uint8Array.fromHex('0061736d010000000506010101808004070501016d0200')

  it('is lowered in the module itself', () => {
    const limited = new WebAssembly.Instance(new WebAssembly.Module(limitMemory(module, 3)))
    const memory = limited.exports['m'] as WebAssembly.Memory
    expect(memory.grow(2)).toBe(1)
    expect(() => memory.grow(1)).toThrow()
  })

  it('is missed where there is none', () => {
    expect(() => limitMemory(Uint8Array.fromHex('0061736d01000000'), 3)).toThrow('no memory')
    const unlimited = Uint8Array.fromHex('0061736d010000000503010001')
    expect(() => limitMemory(unlimited, 3)).toThrow('no maximum')
  })
})
