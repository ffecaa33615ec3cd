import { eq } from 'drizzle-orm'
import type { ExerciseTest } from '../../shared/schemas/course.ts'
import type { Status } from '../../shared/schemas/submission.ts'
import type { Store } from '../../shared/store/store.ts'
import { readTests } from './exercises.ts'
import { judgeVersion, type Judge, type TestResult } from './judge/judge.ts'
import type { CoursesTables, ExerciseRow } from './tables.ts'

/** What is kept of a test: enough to read it when the exercise has others by now. */
export type StoredTest = TestResult & Pick<ExerciseTest, 'name' | 'hidden'>

export interface Grade {
  status: Status
  /** In hundredths, 0 to 10,000. */
  score: number
  tests: StoredTest[]
  /** Null when the clock had a say in it: then nobody else gets this verdict. */
  verdict_key: string | null
}

export interface Grading {
  /**
   * Judges an answer, or takes the verdict of the same answer to the same tests.
   * @throws 429 when too many wait for the judge, 503 when it cannot judge the language
   */
  grade: (exercise: ExerciseRow, code: string) => Promise<Grade>
}

interface Judged {
  results: TestResult[]
  verdict_key: string | null
}

export function createGrading(
  store: Store,
  { submissions }: Pick<CoursesTables, 'submissions'>,
  { judge }: Judge,
): Grading {
  const underWay = new Map<string, Promise<Judged>>()

  async function findVerdict(key: string): Promise<Judged | undefined> {
    const [row] = await store.db
      .select({ results: submissions.results })
      .from(submissions)
      .where(eq(submissions.verdict_key, key))
      .limit(1)
    return row && { results: JSON.parse(row.results) as StoredTest[], verdict_key: key }
  }

  async function judgeOnce(key: string, exercise: ExerciseRow, code: string): Promise<Judged> {
    const known = await findVerdict(key)
    if (known) return known
    const { language, entry } = exercise
    const verdict = await judge({ language, entry, code, tests: readTests(exercise) })
    return { results: verdict.results, verdict_key: verdict.repeatable ? key : null }
  }

  return {
    grade: async (exercise, code) => {
      const tests = readTests(exercise)
      const key = toKey(exercise, tests, code)
      const judging = underWay.get(key) ?? judgeOnce(key, exercise, code)
      underWay.set(key, judging)
      const { results, verdict_key } = await judging.finally(() => underWay.delete(key))
      return { ...toGrade(tests, results), verdict_key }
    },
  }
}

/** A member sees of a hidden test whether it passed, and nothing that was in it. */
export function withoutHidden(tests: StoredTest[]): StoredTest[] {
  let hidden = 0
  return tests.map((test) => {
    if (!test.hidden) return test
    return { ...test, name: `hidden test ${++hidden}`, message: '', output: '' }
  })
}

/** Status and score by the results of the tests, in their order. */
export function toGrade(tests: ExerciseTest[], results: TestResult[]): Omit<Grade, 'verdict_key'> {
  const graded = tests.map(({ name, hidden }, at): StoredTest => {
    const { status, message, output } = results[at] ?? notJudged
    return { name, hidden, status, message, output }
  })
  const weigh = (counted: ExerciseTest[]) => counted.reduce((sum, { weight }) => sum + weight, 0)
  const passed = tests.filter((_, at) => graded[at]?.status === 'pass')
  const worst = (['error', 'fail'] as const).find((status) =>
    graded.some((test) => test.status === status),
  )
  return {
    status: worst ?? 'pass',
    score: Math.floor((weigh(passed) / weigh(tests)) * 10_000),
    tests: graded,
  }
}

const notJudged: TestResult = { status: 'error', message: 'not judged', output: '' }

// Names and weights of the tests do not change what happens, so they are not part of it.
function toKey({ language, entry }: ExerciseRow, tests: ExerciseTest[], code: string): string {
  const calls = tests.map(({ args, expected }) => [args, expected])
  const text = JSON.stringify([judgeVersion, language, entry, calls, code])
  return new Bun.CryptoHasher('sha256').update(text).digest('hex')
}
