import { afterAll, beforeAll } from 'bun:test'
import type { Exercise, NewExercise } from '../../shared/schemas/course.ts'
import type { Submission } from '../../shared/schemas/submission.ts'
import type { MakeDatabase } from '../../shared/testing/describe-stores.ts'
import { startForTest, type SendOptions, type TestSystem } from '../testing/system.ts'

export interface Answer<T> {
  status: number
  headers: Headers
  body: T
}

/** One system for all tests of a file; each test uses courses of its own. */
export function useCourses(makeDatabase: MakeDatabase, clock?: () => number) {
  let system: TestSystem
  let made = 0
  beforeAll(async () => {
    system = await startForTest(makeDatabase, clock && { clock })
  }, 30_000)
  afterAll(() => system.close())

  async function call<T>(method: string, path: string, options?: SendOptions): Promise<Answer<T>> {
    const response = await system.send(method, path, options)
    const text = await response.text()
    const { status, headers } = response
    const isJson = headers.get('content-type')?.includes('json')
    return { status, headers, body: (isJson ? JSON.parse(text) : text) as T }
  }

  async function addCourse(): Promise<string> {
    const code = `T${++made}`
    await call('POST', '/api/courses', { body: { code, name: 'Test', instructor: 'Tester' } })
    return `/api/courses/${code}`
  }

  return {
    call,
    /** Makes a course and returns its path. */
    addCourse,
    /** Makes an exercise, in a course of its own unless one is named, and returns its path. */
    addExercise: async (change: Partial<NewExercise> = {}, course?: string) => {
      const path = `${course ?? (await addCourse())}/exercises`
      const body = { ...addition, ...change }
      const { body: exercise } = await call<Exercise>('POST', path, { body })
      return `${path}/${exercise.id}`
    },
    submit: (exercise: string, code: string, options: SendOptions = {}) =>
      call<Submission>('POST', `${exercise}/submissions`, { ...options, body: { code } }),
    system: () => system,
  }
}

/** An exercise with a test to see and a hidden one. */
export const addition = {
  title: 'Addition',
  prompt: 'Return the **sum**.',
  language: 'javascript',
  tests: [
    { name: 'small', args: [1, 2], expected: 3 },
    { name: 'secret', args: [31337, 4242], expected: 35_579, hidden: true, weight: 3 },
  ],
} satisfies NewExercise

export const right = 'function solve(a, b) { return a + b }'
export const wrong = 'function solve(a, b) { return a - b }'
