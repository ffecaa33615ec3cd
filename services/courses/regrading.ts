import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { readCursor, rowsToAsk, toPage, type PageQuery } from '../../shared/page.ts'
import { conflict } from '../../shared/problem.ts'
import { isId } from '../../shared/schemas/primitive.ts'
import type { Regrade } from '../../shared/schemas/submission.ts'
import type { ExercisePath, Exercises } from './exercises.ts'
import type { Grade, Grading } from './grading.ts'
import type { Turn } from './judge/queue.ts'
import { toScore } from './submissions.ts'
import type { CoursesTables, ExerciseRow, SubmissionRow } from './tables.ts'
import { requireTeacher } from './teachers.ts'

// What has not begun by then is left to the next page: a request may take 10 s, a submission 6 s.
const begin_ms = 3000
// Enough to keep the judge busy, few enough to leave its queue to those who submit.
const atOnce = 4

/** A page of a regrade, and the start of the next one. */
export interface RegradePage {
  value: Regrade
  next: string | undefined
}

interface RegradeQuery extends PageQuery {
  dry_run?: string | undefined
}

/** Judges stored submissions again after the tests of an exercise changed. */
export function createRegrading(
  { store, clock }: Context,
  { submissions, exercises: table }: CoursesTables,
  { exercises, grading }: { exercises: Exercises; grading: Grading },
) {
  /** @throws 409 when the exercise changed meanwhile */
  async function keep(exercise: ExerciseRow, { id }: SubmissionRow, grade: Grade): Promise<void> {
    const same = sql`EXISTS (SELECT 1 FROM ${table}
      WHERE ${and(eq(table.id, exercise.id), eq(table.version, exercise.version))})`
    const kept = await store.db
      .update(submissions)
      .set({
        exercise_version: exercise.version,
        status: grade.status,
        score: grade.score,
        results: JSON.stringify(grade.tests),
        verdict_key: grade.verdict_key,
      })
      .where(and(eq(submissions.id, id), same))
      .returning({ id: submissions.id })
    if (kept.length > 0) return
    throw conflict('exercise_changed', 'The exercise was changed meanwhile. Regrade it again.')
  }

  return {
    /**
     * One page of an exercise's submissions, oldest first: as many as can be judged in time. With
     * `dry_run` it only reports what would change.
     */
    regrade: async (
      path: ExercisePath,
      caller: Caller,
      query: RegradeQuery,
    ): Promise<RegradePage> => {
      const dryRun = query.dry_run === 'true'
      const exercise = await exercises.find(path)
      requireTeacher(caller, exercise)
      const after = readCursor(query, isId)
      const rows = await store.db
        .select()
        .from(submissions)
        .where(
          and(
            eq(submissions.exercise_id, exercise.id),
            after ? gt(submissions.id, after) : undefined,
          ),
        )
        .orderBy(asc(submissions.id))
        .limit(rowsToAsk(query))
      const { items } = toPage(rows, query, (last) => last.id)
      const end = clock() + begin_ms
      const value: Regrade = { dry_run: dryRun, judged: 0, changed: [] }
      for (let at = 0; at < items.length && (at === 0 || clock() < end); at += atOnce) {
        const group = items.slice(at, at + atOnce)
        const { grades, reason } = await gradeAll(grading, { exercise, caller }, group)
        // Otherwise the page ends here, and what was judged is reported.
        if (value.judged + grades.length === 0) throw reason
        for (const [index, grade] of grades.entries()) {
          const row = group[index] as SubmissionRow
          if (!dryRun) await keep(exercise, row, grade)
          if (isSame(row, grade)) continue
          value.changed.push(toChange(row, grade))
        }
        value.judged += grades.length
        if (grades.length < group.length) break // such as for a busy judge: go on from here later
      }
      const last = rows[value.judged - 1]
      const more = value.judged < rows.length
      // The cursor of a page that ends where the work ended.
      const cut = last && toPage([last, last], { limit: '1' }, () => last.id)
      return { value, next: more ? cut?.next : undefined }
    },
  }
}

/** In parallel; those before the first one that was not judged, and the reason for that. */
async function gradeAll(
  grading: Grading,
  { exercise, caller }: { exercise: ExerciseRow; caller: Caller },
  rows: SubmissionRow[],
): Promise<{ grades: Grade[]; reason?: unknown }> {
  const settled = await Promise.allSettled(
    rows.map(({ code }, at) => grading.grade(exercise, code, toTurn(caller, at))),
  )
  const grades: Grade[] = []
  for (const one of settled) {
    if (one.status === 'rejected') return { grades, reason: one.reason }
    grades.push(one.value)
  }
  return { grades }
}

// A teacher judges within the time of a member, so that no course takes the judge from the others.
function toTurn(caller: Caller, at: number): Turn {
  if (!isAdministrator(caller)) return { member: caller.id }
  return { member: `regrade ${at}`, privileged: true }
}

function isSame(row: SubmissionRow, { status, score }: Grade): boolean {
  return row.status === status && row.score === score
}

function toChange(row: SubmissionRow, grade: Grade): Regrade['changed'][number] {
  return {
    submission_id: row.id,
    member_id: row.member_id,
    email: row.email,
    before: { status: row.status, score: toScore(row.score) },
    after: { status: grade.status, score: toScore(grade.score) },
  }
}
