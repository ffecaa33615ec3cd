import type { Course, Exercise, NewCourse, NewExercise } from '../../shared/schemas/course.ts'
import type {
  MemberScores,
  Submission,
  SubmissionSummary,
} from '../../shared/schemas/submission.ts'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { api, ask } from '../api.ts'
import { readAll } from '../paging.ts'
import { repeatable } from '../repeat-key.ts'
import { isAdmin, user } from '../session/session.ts'
import type { Tagged } from '../ui/edit.tsx'

/** Whether the user teaches a course; administrators may in all of them. */
export function mayTeach({ teachers }: Course): boolean {
  return isAdmin.value || teachers.includes(user.value?.id ?? '')
}

const courseAt = (code: string) => api.courses.courses({ code })

export function listCourses(q: string): Promise<Course[]> {
  return readAll(async (page) => {
    const query = { ...page, ...(q && { q }) }
    const { data, ...answer } = await api.courses.courses.get({ query })
    return { ...answer, data: data?.courses ?? null } as never
  })
}

export function readCourse(code: string): Promise<Course> {
  return ask(courseAt(code).get())
}

export async function createCourse(course: NewCourse, keyed: Tagged): Promise<void> {
  await ask(api.courses.courses.post(course, keyed))
}

export const readCourseTagged = (code: string) => courseAt(code).get()

export async function changeCourse(
  { code, name, instructor, teachers }: Course,
  tagged: Tagged,
): Promise<void> {
  await ask(courseAt(code).put({ name, instructor, teachers }, tagged))
}

/** @param withAnswers also removes members' submissions */
export async function removeCourse(code: string, withAnswers: boolean): Promise<void> {
  await ask(courseAt(code).delete(undefined, { query: removal(withAnswers) }))
}

export function listExercises(code: string): Promise<Exercise[]> {
  return readAll((query) => courseAt(code).exercises.get({ query }))
}

export function readExercise(code: string, id: string): Promise<Exercise> {
  return ask(courseAt(code).exercises({ id }).get())
}

export const readExerciseTagged = (code: string, id: string) =>
  courseAt(code).exercises({ id }).get()

export function addExercise(code: string, exercise: NewExercise, keyed: Tagged): Promise<Exercise> {
  return ask(courseAt(code).exercises.post(exercise, keyed))
}

export function changeExercise(
  { course_code, id }: Exercise,
  exercise: NewExercise,
  tagged: Tagged,
): Promise<Exercise> {
  return ask(courseAt(course_code).exercises({ id }).patch(exercise, tagged))
}

/** Where its submissions are judged again. */
export function regradePath({ course_code, id }: Pick<Exercise, 'course_code' | 'id'>): string {
  return `/courses/${encodeURIComponent(course_code)}/regrade?exercise=${id}`
}

export async function removeExercise(
  { course_code, id }: Exercise,
  withAnswers: boolean,
): Promise<void> {
  const route = courseAt(course_code).exercises({ id })
  await ask(route.delete(undefined, { query: removal(withAnswers) }))
}

export function submit({ course_code, id }: Exercise, code: string): Promise<Submission> {
  return ask(courseAt(course_code).exercises({ id }).submissions.post({ code }, repeatable()))
}

/** The user's submissions, or everybody's for a teacher. Newest first. */
export async function listAttempts({ course_code, id }: Exercise): Promise<SubmissionSummary[]> {
  return ask(courseAt(course_code).exercises({ id }).submissions.get({ query: {} }))
}

/** What a student submitted to any exercise of a course. Newest first. */
export function listAttemptsOf(code: string, member_id: string): Promise<SubmissionSummary[]> {
  return readAll((page) => courseAt(code).submissions.get({ query: { ...page, member_id } }))
}

/** Where a teacher sees what a student submitted. */
export const studentPath = (code: string, member: string) =>
  `/courses/${encodeURIComponent(code)}/students/${encodeURIComponent(member)}`

/** Where a teacher reads an attempt. */
export const attemptPath = ({ course_code, id }: Exercise, attempt: string) =>
  `/courses/${encodeURIComponent(course_code)}/${id}?attempt=${attempt}`

export function readAttempt({ course_code, id }: Exercise, attempt: string): Promise<Submission> {
  const { submissions } = courseAt(course_code).exercises({ id })
  return ask(submissions({ submission_id: attempt }).get())
}

export function listScores(code: string): Promise<MemberScores[]> {
  return readAll((query) => courseAt(code).scores.get({ query }))
}

function removal(withAnswers: boolean) {
  return withAnswers ? { submissions: 'delete' as const } : {}
}

/** Whether it cannot be removed because of its submissions. */
export function isInUse(error: unknown): boolean {
  return error instanceof ProblemError && error.code.endsWith('_in_use')
}
