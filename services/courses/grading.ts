import { hash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { ExerciseTest } from '../../shared/schemas/course.ts'
import type { Status } from '../../shared/schemas/submission.ts'
import type { Store } from '@campus/store/store.ts'
import { readTests } from './exercises.ts'
import { judgeVersion, type Judge, type Submission } from './judge/judge.ts'
import type { Turn } from './judge/queue.ts'
import type { TestResult } from './judge/verdict.ts'
import type { CoursesTables, ExerciseRow } from './tables.ts'

/** A stored test result, readable even when the tests of the exercise have changed. */
export type StoredTest = TestResult & Pick<ExerciseTest, 'name' | 'hidden'>

export interface Grade {
  status: Status
  /** In hundredths, 0 to 10,000. */
  score: number
  tests: StoredTest[]
  /** Null when it depends on time: then it is not reused. */
  verdict_key: string | null
}

export interface Grading {
  /**
   * Judges a submission, or reuses the verdict of the same code on the same tests.
   * @throws as `Judge` does
   */
  grade: (exercise: ExerciseRow, code: string, turn: Turn) => Promise<Grade>
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
  const inFlight = new Map<string, Promise<Judged>>()

  async function findVerdict(key: string): Promise<Judged | undefined> {
    const [row] = await store.db
      .select({ results: submissions.results })
      .from(submissions)
      .where(eq(submissions.verdict_key, key))
      .limit(1)
    return row && { results: JSON.parse(row.results) as StoredTest[], verdict_key: key }
  }

  async function judgeOnce(key: string, submission: Submission, turn: Turn): Promise<Judged> {
    const known = await findVerdict(key)
    if (known) return known
    const verdict = await judge(submission, turn)
    return { results: verdict.results, verdict_key: verdict.repeatable ? key : null }
  }

  return {
    grade: async ({ language, entry, tests: text }, code, turn) => {
      const tests = readTests({ tests: text })
      const submission = { language, entry, code, tests }
      const key = toKey(submission)
      // Not shared with other members, who would wait for this one's turn.
      const place = `${turn.member} ${key}`
      const judging = inFlight.get(place) ?? judgeOnce(key, submission, turn)
      inFlight.set(place, judging)
      const { results, verdict_key } = await judging.finally(() => inFlight.delete(place))
      return { ...toGrade(tests, results), verdict_key }
    },
  }
}

/** Of a hidden test members see only whether it passed. */
export function withoutHidden(tests: StoredTest[]): StoredTest[] {
  let hidden = 0
  return tests.map((test) => {
    if (!test.hidden) return test
    return { ...test, name: `hidden test ${++hidden}`, message: '', output: '' }
  })
}

/** The status and score from the results of the tests, in order. */
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

// Without names and weights of tests, which do not affect the verdict.
function toKey({ language, entry, tests, code }: Submission): string {
  const calls = tests.map(({ args, expected, hidden }) => [args, expected, hidden])
  const text = JSON.stringify([judgeVersion, language, entry, calls, code])
  return hash('sha256', text, 'hex')
}
