import { afterEach, expect, it, setDefaultTimeout } from 'bun:test'
import { existsSync } from 'node:fs'
import { commandOf } from '../../../shared/program.ts'
import { startChild, type JudgeChild } from './child-process.ts'
import { fixedTime_ms, limits, type Language } from './protocol.ts'

setDefaultTimeout(60_000)

const slow = { ...limits, submissionMax_ms: 30_000 }
let child: JudgeChild | undefined
afterEach(() => child?.kill())

async function run(language: Language, code: string, calls: unknown[][]) {
  child = startChild(language, slow)
  const { outcomes, stopped } = await child.run({ code, entry: 'solve', calls })
  return { outcomes, stopped, values: outcomes.map(({ returned }) => returned) }
}

it('calls the function once for each list of arguments, and ends', async () => {
  const code = 'function solve(a, b) { return a + b }'
  const done = await run('javascript', code, [[1, 2], ['a', 'b'], []])
  expect([done.values, done.stopped]).toEqual([['3', '"ab"', 'NaN'], undefined])
})

it('is translated once where that is needed, and each call reports a fault', async () => {
  const typed = 'function solve(a: number): number { return a + 1 }'
  expect((await run('typescript', typed, [[1], [2]])).values).toEqual(['2', '3'])
  const broken = await run('typescript', 'enum A { B }', [[1], [2]])
  expect(broken.outcomes.map(({ error }) => error?.message)).toEqual([
    expect.stringContaining('enum'),
    expect.stringContaining('enum'),
  ])
})

it('takes long code, and says long outcomes', async () => {
  const code = `/* ${'x'.repeat(500_000)} */ const solve = () => 'é'.repeat(60000)`
  const { values } = await run('javascript', code, [[], []])
  expect(values.map((value) => value?.length)).toEqual([60_002, 60_002])
})

it('has one time, at which it stands still, and the same chance in each call', async () => {
  const python = await run('python', 'import time\ndef solve(): return time.time()', [[], []])
  expect(python.values.map(Number)).toEqual([fixedTime_ms / 1000, fixedTime_ms / 1000])
  const { values } = await run('javascript', 'const solve = () => Date.now()', [[], []])
  expect(values.map(Number)).toEqual([fixedTime_ms, fixedTime_ms])
  const chance = await run('javascript', 'const solve = () => Math.random()', [[], []])
  expect(chance.values[0]).toBe(chance.values[1] ?? '')
})

it('says that it is in its sandbox, or why it is not', async () => {
  child = startChild('javascript', limits)
  const sandbox = await child.sandbox
  if (process.platform === 'linux') expect(sandbox).toEqual({ ok: true })
  else expect(sandbox).toEqual({ ok: false, reason: expect.any(String) })
})

it('ends when nobody sends it a task any more', async () => {
  const given = Bun.spawn([...commandOf('services/courses/judge/child.ts'), 'javascript'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  given.stdin.end()
  expect(await given.exited).toBe(0)
  expect(await given.stdout.text()).toMatch(/^{"sandbox":{.*}}\n$/)
})

it('has as much time of its processor as all of its calls, and not much more', async () => {
  if (!existsSync('/proc/self/limits')) return
  const given = Bun.spawn([...commandOf('services/courses/judge/child.ts'), 'javascript'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const first = await given.stdout.getReader().read()
  expect(first.done).toBe(false)
  const text = await Bun.file(`/proc/${given.pid}/limits`).text()
  const most_s = limits.submissionMax_ms / 1000 + 2
  expect(text).toMatch(new RegExp(`Max cpu time +${most_s} +${most_s + 1} `))
  given.kill('SIGKILL')
  await given.exited
})
