import { and, count, desc, eq, getTableColumns, gte, inArray, lt, sql, type SQL } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../shared/access.ts'
import type { Created } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { dailyLimitReached, startOfDay } from '../../shared/daily-limit.ts'
import { findReplay, tryOnce, type Creation } from '../../shared/idempotency.ts'
import { toInstant } from '../../shared/instant.ts'
import {
  pageReader,
  readCursor,
  rowsToAsk,
  toPage,
  type Page,
  type PageQuery,
} from '../../shared/page.ts'
import { conflict, notFound } from '../../shared/problem.ts'
import { isId } from '../../shared/schemas/primitive.ts'
import type {
  NewSubmission,
  Submission,
  SubmissionSummary,
} from '../../shared/schemas/submission.ts'
import { createBatch } from '@campus/store/batch.ts'
import { insertInto } from '@campus/store/insert.ts'
import type { Courses } from './courses.ts'
import type { ExercisePath, Exercises } from './exercises.ts'
import { withoutHidden, type Grade, type Grading, type StoredTest } from './grading.ts'
import type { CoursesTables, ExerciseRow, SubmissionRow } from './tables.ts'
import { isTeacher } from './teachers.ts'

interface SubmissionPath extends ExercisePath {
  submission_id: string
}

interface SubmissionQuery extends PageQuery {
  member_id?: string | undefined
}

/** How much a member may submit in a day, at all exercises; each keeps its code and results. */
export const submissionsPerDayMax = 500

// Concurrent attempts of a member compete for the same number; a retry takes the next one.
const triesMax = 20

/** Submissions: judged, counted and stored. */
export function createSubmissions(
  { store, clock, id }: Context,
  tables: CoursesTables,
  { courses, exercises, grading }: { courses: Courses; exercises: Exercises; grading: Grading },
) {
  const { submissions } = tables
  // The database enforces the deadline, the number of attempts and the version of the tests.
  const insert = insertInto(submissions, {
    given: { today: 'instant' },
    from: 'input i JOIN exercises e ON e.id = i.exercise_id',
    // The day is full when its last allowed row exists.
    where: `e.version = i.exercise_version
      AND i.created <= e.due AND i.attempt <= e.attempts_max
      AND NOT EXISTS (SELECT 1 FROM submissions own
        WHERE own.member_id = i.member_id AND own.created >= i.today
        ORDER BY own.created LIMIT 1 OFFSET ${submissionsPerDayMax - 1})`,
    order: 'i.id',
  })
  const batch = createBatch(store, insert)

  async function submit(
    path: ExercisePath,
    { body: { code }, caller, idempotencyKey }: Creation<NewSubmission>,
  ): Promise<Created<Submission>> {
    const received = clock()
    const turn = { member: caller.id, privileged: isAdministrator(caller) }
    const today = turn.privileged ? Infinity : startOfDay(received)
    let judged: { version: number; grade: Grade } | undefined
    for (let tries = 1; ; tries++) {
      const exercise = await exercises.find(path)
      const attempt = await nextAttempt(exercise, caller)
      // After the count: what used up the last attempt may have been this very request.
      const replay = await findReplay<Kept>(store, idempotencyKey)
      if (replay) return withAddress(replay, caller)
      requireOpen(exercise, attempt, received)
      await requireDay(caller, today)
      const { version } = exercise
      if (judged?.version !== version) {
        judged = { version, grade: await grading.grade(exercise, code, turn) }
      }
      const row = toRow({ exercise, caller, code, grade: judged.grade, attempt, received })
      const made = await tryOnce(store, {
        idempotencyKey,
        value: withoutAddress(toSubmission(row, isTeacher(caller, exercise))),
        write: (response) => batch.add({ ...row, today }, response),
      })
      if (made) return withAddress(made, caller)
      if (tries === triesMax) {
        throw conflict(
          'exercise_busy',
          'Too many concurrent changes to the exercise or your attempts. Please retry.',
        )
      }
    }
  }

  // Also before the judge is asked; the insert decides.
  async function requireDay(caller: Caller, today: number): Promise<void> {
    const those = and(eq(submissions.member_id, caller.id), gte(submissions.created, today))
    if ((await store.db.$count(submissions, those)) < submissionsPerDayMax) return
    throw dailyLimitReached(`${submissionsPerDayMax} submissions`, clock())
  }

  async function nextAttempt(exercise: ExerciseRow, caller: Caller): Promise<number> {
    const [row] = await store.db
      .select({ count: count() })
      .from(submissions)
      .where(and(eq(submissions.exercise_id, exercise.id), eq(submissions.member_id, caller.id)))
    return (row?.count ?? 0) + 1
  }

  function toRow(options: {
    exercise: ExerciseRow
    caller: Caller
    code: string
    grade: Grade
    attempt: number
    received: number
  }): SubmissionRow {
    const { exercise, caller, code, grade, attempt, received } = options
    return {
      id: id(),
      exercise_id: exercise.id,
      exercise_version: exercise.version,
      member_id: caller.id,
      email: caller.email,
      attempt,
      code,
      status: grade.status,
      score: grade.score,
      results: JSON.stringify(grade.tests),
      verdict_key: grade.verdict_key,
      created: received,
    }
  }

  /** Newest first: members see their own, teachers all or those of one member. */
  async function list(
    path: ExercisePath,
    caller: Caller,
    query: SubmissionQuery,
  ): Promise<Page<SubmissionSummary>> {
    const exercise = await exercises.find(path)
    const member = isTeacher(caller, exercise) ? query.member_id : caller.id
    const ofMember = member === undefined ? undefined : eq(submissions.member_id, member)
    return readPage(and(eq(submissions.exercise_id, exercise.id), ofMember), caller, query)
  }

  /** Those of one member in all exercises of a course: for others than teachers, their own. */
  async function listOfCourse(
    code: string,
    caller: Caller,
    query: SubmissionQuery,
  ): Promise<Page<SubmissionSummary>> {
    const course = await courses.find(code)
    const { member_id: chosen = caller.id } = query
    const member = isTeacher(caller, course) ? chosen : caller.id
    const ofCourse = sql`${submissions.exercise_id} IN
      (SELECT ${tables.exercises.id} FROM ${tables.exercises}
       WHERE ${eq(tables.exercises.course_code, code)})`
    return readPage(and(ofCourse, eq(submissions.member_id, member)), caller, query)
  }

  async function readPage(where: SQL | undefined, caller: Caller, query: PageQuery) {
    const before = readCursor(query, isId)
    const { db } = pageReader(store, query, caller)
    // Code and results of one may have a hundred kilobytes, and a list shows neither.
    const { code: _, results: __, ...columns } = getTableColumns(submissions)
    const rows = await db
      .select(columns)
      .from(submissions)
      .where(and(where, before ? lt(submissions.id, before) : undefined))
      .orderBy(desc(submissions.id))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, (last) => last.id)
    return { ...page, items: page.items.map(toSummary) }
  }

  /** @throws 404, also for one of somebody else */
  async function get(path: SubmissionPath, caller: Caller): Promise<Submission> {
    const exercise = await exercises.find(path)
    const { submission_id: id } = path
    const [row] = await store.db
      .select()
      .from(submissions)
      .where(and(eq(submissions.id, id), eq(submissions.exercise_id, exercise.id)))
    const all = isTeacher(caller, exercise)
    if (!row || !(all || row.member_id === caller.id)) throw notFound('submission', id)
    return toSubmission(row, all)
  }

  /** Removes the submissions of removed users, and with them their scores. */
  async function forget(userIds: string[]): Promise<void> {
    await store.db.delete(submissions).where(inArray(submissions.member_id, userIds))
  }

  return { submit, list, listOfCourse, get, forget }
}

// Responses stored for retries have no address: removed users are forgotten, and a retry comes from
// the user in question.
type Kept = Omit<Submission, 'email'>

function withoutAddress(submission: Submission): Kept {
  const { email: _, ...kept } = submission
  return kept
}

function withAddress(made: Created<Kept>, { email }: Caller): Created<Submission> {
  return { ...made, value: { ...made.value, email } }
}

export function toScore(hundredths: number): number {
  return hundredths / 100
}

// An early look, to tell why; the insert decides.
function requireOpen(exercise: ExerciseRow, attempt: number, received: number): void {
  if (received > exercise.due) {
    throw conflict('exercise_closed', `Submissions closed at ${toInstant(exercise.due)}.`)
  }
  if (attempt > exercise.attempts_max) {
    const detail = `You have used all of your attempts: ${exercise.attempts_max}.`
    throw conflict('no_attempts_left', detail)
  }
}

function toSummary(row: Omit<SubmissionRow, 'code' | 'results'>): SubmissionSummary {
  const { id, exercise_id, member_id, email, attempt, status, score, created } = row
  return {
    id,
    exercise_id,
    member_id,
    email,
    attempt,
    status,
    score: toScore(score),
    created: toInstant(created) ?? '',
  }
}

function toSubmission(row: SubmissionRow, all: boolean): Submission {
  const stored = JSON.parse(row.results) as StoredTest[]
  const shown = all ? stored : withoutHidden(stored)
  const tests = shown.map(({ name, status, message, output }) => ({
    name,
    status,
    message,
    output,
  }))
  return { ...toSummary(row), code: row.code, tests }
}
