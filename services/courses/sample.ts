import type { Context } from '../../shared/context.ts'
import type { CoursesApi } from './index.ts'
import { sampleExercises } from './sample-exercises.ts'

/** Fills an empty system, through the front door, with two courses and their exercises. */
export async function fillCourses({ client }: Pick<Context, 'client'>): Promise<void> {
  const { courses } = client<CoursesApi>('courses').api
  const { data } = await courses.get({ query: { limit: '1' } })
  if (!data || data.courses.length > 0) return
  const [first, second] = [
    { code: 'CSE115', name: 'Introduction to programming language', instructor: 'Grace Hopper' },
    { code: 'CSE465', name: 'Introduction to neural network', instructor: 'Frank Rosenblatt' },
  ]
  await courses.post(first)
  await courses.post(second)
  for (const { course, ...exercise } of sampleExercises) {
    await courses({ code: course }).exercises.post(exercise)
  }
}
