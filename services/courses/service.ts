import type { Context } from '../../shared/context.ts'
import { prunableIdempotencyKeys } from '../../shared/idempotency.ts'
import { folded, refold } from '../../shared/refold.ts'
import { createCourses, toSearch } from './courses.ts'
import { createExercises } from './exercises.ts'
import { createGrading } from './grading.ts'
import { createJudge } from './judge/judge.ts'
import { createReadNames } from './names.ts'
import { createRegrading } from './regrading.ts'
import { createScores } from './scores.ts'
import { createSubmissions } from './submissions.ts'
import { createScoreEvents } from './events/score-events.ts'
import { coursesTables } from './tables.ts'
import { createForgetTeachers } from './teachers.ts'

/** The rules of courses: what is taught, asked, answered and scored. Knows no HTTP. */
export function coursesService(context: Context) {
  const { store, log, stopping } = context
  const tables = coursesTables(store.columns)
  const judge = createJudge(log)
  stopping.addEventListener('abort', judge.close)
  const courses = createCourses(context, tables)
  const exercises = createExercises(context, tables, courses)
  const grading = createGrading(store, tables, judge)
  const submissions = createSubmissions(context, tables, { courses, exercises, grading })
  context.onUsersRemoved(submissions.forget)
  context.onUsersRemoved(createForgetTeachers(store, tables))
  const scoreEvents = createScoreEvents(context, tables)
  context.onUsersRemoved(scoreEvents.forget)
  context.prune(scoreEvents.prunable)
  context.prune(prunableIdempotencyKeys(store))
  refold(context, {
    courses: folded(tables.courses, [tables.courses.code], (row) => ({ search: toSearch(row) })),
  })
  return {
    courses,
    exercises,
    submissions,
    scoreEvents,
    regrading: createRegrading(context, tables, { exercises, grading }),
    scores: createScores(context, tables, { courses, readNames: createReadNames(context) }),
    judgeState: judge.state,
  }
}

export type CoursesService = ReturnType<typeof coursesService>
