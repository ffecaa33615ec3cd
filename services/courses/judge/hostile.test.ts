import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { existsSync } from 'node:fs'
import { createLog } from '../../../shared/host/log.ts'
import { childrenOf } from './hostile/children.ts'
import { escapingJavascript } from './hostile/escaping-javascript.ts'
import { hostilePython } from './hostile/python.ts'
import type { HostileSubmission } from './hostile/submission.ts'
import { hostileTypescript } from './hostile/typescript.ts'
import { wastefulJavascript } from './hostile/wasteful-javascript.ts'
import { createJudge, type Judge } from './judge.ts'
import type { Language } from './protocol.ts'

// Shorter than in earnest, so that all of them end in half a minute. By the clock there is time for
// a core, and for a process to start, on a machine that has other work as well.
const limits = { cpuMax_ms: 600, submissionMax_ms: 30_000 }
const testMax_ms = 90_000

// Their budget is not what is tested here.
const turn = { member: 'mallory', privileged: true }

const answers: Record<Language, string> = {
  javascript: 'function solve(a, b) { return a + b } //',
  typescript: 'function solve(a: number, b: number): number { return a + b } //',
  python: 'def solve(a, b): return a + b #',
}

describe('hostile code', () => {
  let judge: Judge
  beforeAll(() => {
    const log = createLog({ level: 'error', format: 'json' })
    judge = createJudge(log, limits)
  })
  afterAll(() => judge.close())

  async function judgeCode(language: Language, code: string) {
    const tests = [{ args: [1, 2], expected: 3, hidden: false }]
    const { results } = await judge.judge({ language, code, entry: 'solve', tests }, turn)
    const { status = 'none', message = '', output = '' } = results[0] ?? {}
    return { verdict: `${status}: ${message}`, output }
  }

  const all: [Language, HostileSubmission[]][] = [
    ['javascript', [...wastefulJavascript, ...escapingJavascript]],
    ['typescript', hostileTypescript],
    ['python', hostilePython],
  ]
  for (const [language, submissions] of all) {
    it.each(submissions)(
      `${language}: $name`,
      async ({ code, verdict }) => {
        const judged = await judgeCode(language, code)
        expect(judged.verdict).toMatch(verdict)
        expect(judged.output.length).toBeLessThanOrEqual(64 * 1024)
        const next = await judgeCode(language, answers[language])
        expect(next.verdict).toBe('pass: ')
      },
      testMax_ms,
    )
  }

  it('counts more than sixty, and leaves nothing behind', async () => {
    expect(all.flatMap(([, submissions]) => submissions).length).toBeGreaterThan(60)
    expect(existsSync('/tmp/campus-judge-escaped')).toBe(false)
    judge.close()
    await Bun.sleep(200)
    expect(judge.state()).toMatchObject({ running: 0, waiting: 0 })
    expect(childrenOf(process.pid)).toEqual([])
  })
})
