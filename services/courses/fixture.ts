import type { Exercise, NewExercise } from '../../shared/schemas/course.ts'
import type { Submission } from '../../shared/schemas/submission.ts'
import type { MakeDatabase } from '../../shared/testing/describe-stores.ts'
import type { SendOptions } from '../testing/system.ts'
import { useSystem } from '../testing/use-system.ts'

/** One system for all tests of a file; each test uses courses of its own. */
export function useCourses(makeDatabase: MakeDatabase, clock?: () => number) {
  const { call, system } = useSystem(makeDatabase, clock && { clock })
  let made = 0

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
    system,
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
