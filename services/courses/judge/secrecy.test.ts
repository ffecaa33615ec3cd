import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { createLog } from '../../../shared/host/log.ts'
import { createJudge, type Judge, type Submission } from './judge.ts'

// What a member learns of a hidden test: whether it passed. Here it is called with 1234.
const secret = { args: [1234], expected: 1, hidden: true }
const open = [1, 2, 3].map((arg) => ({ args: [arg], expected: 1, hidden: false }))
const anna = { member: 'anna' }

describe('what a verdict reveals', () => {
  let judge: Judge
  beforeAll(() => {
    // Time by the clock for a machine that has other work as well.
    const limits = { cpuMax_ms: 500, submissionMax_ms: 30_000 }
    judge = createJudge(createLog({ level: 'error', format: 'json' }), limits, { budget_ms: 1e9 })
  })
  afterAll(() => judge.close())

  const spies: [string, Submission['language'], string][] = [
    ['prints', 'javascript', 'const solve = (a) => { console.log("x".repeat(a * 50)); return 1 }'],
    [
      'prints',
      'typescript',
      'const solve = (a: number) => { console.error("x".repeat(a * 50)); return 1 }',
    ],
    ['prints', 'python', 'def solve(a):\n  print("x" * (a * 50))\n  return 1'],
    ['throws', 'javascript', 'const solve = (a) => { if (a > 3) throw Error(a); return 1 }'],
    ['returns', 'python', 'def solve(a): return a if a > 3 else 1'],
    ['remembers', 'javascript', 'const solve = (a) => (globalThis.a ??= a) > 3 ? a : 1'],
    ['loops', 'javascript', 'const solve = (a) => { while (a > 3); return 1 }'],
    [
      'fills memory',
      'javascript',
      'const all = [], solve = (a) => { while (a > 3) all.push(Array(a * 99).fill(a)); return 1 }',
    ],
    ['ends', 'python', 'import sys\ndef solve(a):\n  if a > 3: sys.exit()\n  return 1'],
  ]
  it.each(spies)(
    'of open tests is the same without hidden ones: %s in %s',
    async (...spy) => {
      const [, language, code] = spy
      const submission = { language, code, entry: 'solve' }
      const [first, ...others] = open
      const alone = await judge.judge({ ...submission, tests: open }, anna)
      const tests = [secret, first ?? secret, secret, ...others, secret]
      const { results } = await judge.judge({ ...submission, tests }, anna)
      const shown = results.filter((_, at) => !tests[at]?.hidden)
      expect(shown).toEqual(alone.results)
      for (const [at, result] of results.entries()) {
        if (tests[at]?.hidden) expect(result).toMatchObject({ message: '', output: '' })
      }
    },
    20_000,
  )

  it('has separate output limits for each test', async () => {
    const code = 'const solve = (a) => { console.log("x".repeat(a)); return 1 }'
    const tests = [60_000, 100, 60_000, 3].map((arg) => ({
      args: [arg],
      expected: 1,
      hidden: false,
    }))
    // Hidden ones take nothing of it: else the room would tell how many there are.
    const all = [...tests, secret, secret]
    const submission = { language: 'javascript', code, entry: 'solve', tests: all } as const
    const { results } = await judge.judge(submission, anna)
    expect(results.map(({ output }) => output.length)).toEqual([16_384, 101, 16_384, 4, 0, 0])
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['pass']))
  })

  it('rounds the time of a hidden test to few steps', async () => {
    const code = 'const solve = (a) => { for (let i = 0; i < a; i++); return 1 }'
    const judgeHidden = async (loops: number, privileged: boolean) => {
      const tests = [{ args: [loops], expected: 1, hidden: true }]
      const begin = performance.now()
      await judge.judge(
        { language: 'javascript', code, entry: 'solve', tests },
        { member: 'bert', privileged },
      )
      return performance.now() - begin
    }
    // The least step is 100 ms, so an answer that came earlier would tell that nothing was done.
    expect(await judgeHidden(1, false)).toBeGreaterThanOrEqual(95)
    await judgeHidden(1, true)
    expect(judge.state()).toMatchObject({ running: 0, waiting: 0 })
  })
})
