import { expect, it, setDefaultTimeout } from 'bun:test'
import { parseExact } from '../../shared/exact-json.ts'
import type { NewExercise } from '../../shared/schemas/course.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useCourses } from './fixture.ts'

const factorials: Record<NewExercise['language'], (more: number) => string> = {
  javascript: (more) =>
    `function solve(n) { let r = 1n; for (let i = 2n; i <= n; i++) r *= i; return r + ${more}n }`,
  typescript: (more) =>
    `const solve = (n: number): bigint => n < 2 ? 1n + ${more}n : BigInt(n) * solve(n - 1)`,
  python: (more) =>
    `def solve(n):\n  r = 1\n  for i in range(2, n + 1): r *= i\n  return r + ${more}`,
}
const of13 = '6227020800'
const of30 = '265252859812191058636308480000000'

// Judging takes a core, which a machine may not have at once.
setDefaultTimeout(90_000)

describeStores('numbers of tests', (makeDatabase) => {
  const { call, addCourse, addExercise, submit, system } = useCourses(makeDatabase)

  async function addFactorial(language: string, tests: [number, string][]): Promise<string> {
    const path = `${await addCourse()}/exercises`
    const written = tests.map(
      ([n, expected]) => `{"name":"${n}!","args":[${n}],"expected":${expected}}`,
    )
    const body = `{"title":"n!","prompt":"n!","language":"${language}","tests":[${written.join()}]}`
    const made = await system().send('POST', path, { body: parseExact(body) })
    expect(made.status).toBe(201)
    const text = await made.text()
    for (const [, expected] of tests) expect(text).toContain(`"expected":${expected}}`)
    return `${path}/${(JSON.parse(text) as { id: string }).id}`
  }

  for (const [language, write] of Object.entries(factorials)) {
    it(`are integers to the last digit in ${language}`, async () => {
      const exercise = await addFactorial(language, [
        [13, of13],
        [30, of30],
      ])
      expect((await submit(exercise, write(0))).body).toMatchObject({ status: 'pass' })
      const { body: beside } = await submit(exercise, write(1))
      const results = beside.tests.map(({ status, message }) => `${status}: ${message}`)
      if (language !== 'typescript') {
        expect(results).toEqual([
          `fail: expected ${of13}, got 6227020801`,
          `fail: expected ${of30}, got 265252859812191058636308480000001`,
        ])
      }
      expect(beside.status).toBe('fail')
    })
  }

  it('are fractions if written so', async () => {
    const exercise = await addFactorial('python', [[3, '3.0']])
    const near = 'def solve(n): return 2.9999999999999996'
    expect((await submit(exercise, near)).body.status).toBe('pass')
    const { headers } = await call('GET', exercise)
    const kept = await system().send('PATCH', exercise, {
      body: { title: 'Three' },
      headers: { 'if-match': headers.get('etag') ?? '' },
    })
    expect(await kept.text()).toContain('"expected":3.0}')
  })

  it('are not null if they are not numbers', async () => {
    const tests = [
      { name: 'a', args: [0], expected: null },
      { name: 'b', args: [1], expected: [null] },
      { name: 'c', args: [2], expected: null },
      { name: 'd', args: [3], expected: null },
    ]
    const exercise = await addExercise({ tests })
    const code = 'const solve = (a) => [undefined, [NaN], () => 1, Symbol("x")][a]'
    expect((await submit(exercise, code)).body.tests.map(({ message }) => message)).toEqual([
      'expected null, got undefined',
      'expected [null], got [NaN]',
      'expected null, got function',
      'expected null, got Symbol(x)',
    ])
  })
})
