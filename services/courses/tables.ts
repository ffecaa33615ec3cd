import { idempotencyTable } from '../../shared/idempotency.ts'
import { refoldTable } from '../../shared/refold.ts'
import type { Language } from '../../shared/schemas/course.ts'
import type { Status } from '../../shared/schemas/submission.ts'
import type { Columns } from '@campus/store/columns.ts'
import { scoreEventTables } from './events/tables.ts'

/** The tables of courses. Their foreign keys are SQL, in migrations/. */
export const coursesTables = (c: Columns) => ({
  courses: c.table('courses', {
    id: c.id('id').notNull(),
    code: c.text('code').notNull(),
    name: c.text('name').notNull(),
    instructor: c.text('instructor').notNull(),
    /** Ids of users, a sorted array as JSON. */
    teachers: c.text('teachers').notNull().default('[]'),
    /** All of it folded, so that both databases find the same. */
    search: c.text('search').notNull(),
    version: c.integer('version').notNull().default(1),
  }),
  exercises: c.table('exercises', {
    id: c.id('id').notNull(),
    course_code: c.text('course_code').notNull(),
    title: c.text('title').notNull(),
    prompt: c.text('prompt').notNull(),
    language: c.text('language').$type<Language>().notNull(),
    entry: c.text('entry').notNull(),
    starter: c.text('starter').notNull(),
    /** An array of ExerciseTest as JSON. */
    tests: c.text('tests').notNull(),
    attempts_max: c.integer('attempts_max').notNull(),
    due: c.instant('due').notNull(),
    created: c.instant('created').notNull(),
    version: c.integer('version').notNull().default(1),
  }),
  submissions: c.table('submissions', {
    id: c.id('id').notNull(),
    exercise_id: c.id('exercise_id').notNull(),
    /** The version of the exercise by which it was judged. */
    exercise_version: c.integer('exercise_version').notNull(),
    member_id: c.text('member_id').notNull(),
    email: c.text('email').notNull(),
    attempt: c.integer('attempt').notNull(),
    code: c.text('code').notNull(),
    status: c.text('status').$type<Status>().notNull(),
    /** In hundredths, 0 to 10,000. */
    score: c.integer('score').notNull(),
    /** An array of StoredTest as JSON. */
    results: c.text('results').notNull(),
    /** Identifies the verdict, for reuse; null when it depends on time. */
    verdict_key: c.text('verdict_key'),
    created: c.instant('created').notNull(),
  }),
  ...scoreEventTables(c),
  idempotency_keys: idempotencyTable(c),
  refold: refoldTable(c),
})

export type CoursesTables = ReturnType<typeof coursesTables>
export type CourseRow = CoursesTables['courses']['$inferSelect']
export type ExerciseRow = CoursesTables['exercises']['$inferSelect']
export type SubmissionRow = CoursesTables['submissions']['$inferSelect']

/** No cap on attempts, where the database holds a number. */
export const unlimited = 2_147_483_647
