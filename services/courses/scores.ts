import { and, asc, count, eq, gt, inArray, max, sql } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { toCsvLine } from '../../shared/csv.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../shared/page.ts'
import type { MemberScores } from '../../shared/schemas/submission.ts'
import type { Database, Reader } from '@campus/store/store.ts'
import type { Courses } from './courses.ts'
import type { ReadNames } from './names.ts'
import { toScore } from './submissions.ts'
import type { CourseRow, CoursesTables } from './tables.ts'
import { isTeacher } from './teachers.ts'

// One file is for one course. Beyond this it takes the paged form.
const csvMembersMax = 10_000
const pageMax = '200'

/** The best score of each member in each exercise of a course. */
export function createScores(
  { store }: Context,
  tables: CoursesTables,
  { courses, readNames }: { courses: Courses; readNames: ReadNames },
) {
  const { exercises, submissions } = tables

  async function listExercises({ code }: CourseRow) {
    return store.db
      .select({ id: exercises.id, title: exercises.title })
      .from(exercises)
      .where(eq(exercises.course_code, code))
      .orderBy(asc(exercises.id))
  }

  /** By member; who does not teach the course gets their own only. */
  async function list(code: string, caller: Caller, query: PageQuery): Promise<Page<MemberScores>> {
    const after = readCursor(query, isPosition)
    const course = await courses.find(code)
    const seesAll = isTeacher(caller, course)
    const tasks = await listExercises(course)
    const ofCourse = and(
      eq(exercises.course_code, code),
      seesAll ? undefined : eq(submissions.member_id, caller.id),
    )
    // A whole course is a report; one's own scores are few rows.
    const { db }: Reader = seesAll ? store.scan(caller.id) : store
    const members = await db
      .selectDistinct({ id: submissions.member_id })
      .from(submissions)
      .innerJoin(exercises, eq(exercises.id, submissions.exercise_id))
      .where(and(ofCourse, after ? gt(submissions.member_id, after) : undefined))
      .orderBy(asc(submissions.member_id))
      .limit(rowsToAsk(query))
    const page = toPage(members, query, (last) => last.id)
    const ids = page.items.map(({ id }) => id)
    const best = await listBest(db, and(ofCourse, inArray(submissions.member_id, ids)))
    return { ...page, items: ids.map((id) => toMemberScores(id, tasks, best)) }
  }

  function listBest(db: Database, where: ReturnType<typeof and>) {
    return db
      .select({
        member_id: submissions.member_id,
        exercise_id: submissions.exercise_id,
        email: max(submissions.email),
        score: sql<number>`max(${submissions.score})`.mapWith(Number),
        attempts: count(),
      })
      .from(submissions)
      .innerJoin(exercises, eq(exercises.id, submissions.exercise_id))
      .where(where)
      .groupBy(submissions.member_id, submissions.exercise_id)
  }

  return {
    list,
    /**
     * A line for each member, a column for each exercise (RFC 4180).
     * @param authorization the caller's, by which names are asked for
     */
    toCsv: async (code: string, caller: Caller, authorization?: string): Promise<string> => {
      const tasks = await listExercises(await courses.find(code))
      const rows: string[][] = [['email', 'name', ...tasks.map(({ title }) => title), 'total']]
      let cursor: string | undefined
      do {
        const page = await list(code, caller, { limit: pageMax, cursor })
        const ids = page.items.map(({ member_id }) => member_id)
        const names = await readNames(ids, authorization)
        for (const { member_id, email, exercises: tried, total } of page.items) {
          const scores = tasks.map(({ id }) => tried.find((one) => one.exercise_id === id)?.score)
          const who = [email, names.get(member_id) ?? '']
          rows.push([...who, ...scores.map((score) => String(score ?? '')), String(total)])
        }
        cursor = page.next
      } while (cursor && rows.length <= csvMembersMax)
      return rows.map((row) => toCsvLine(row)).join('')
    },
  }
}

interface Best {
  member_id: string
  exercise_id: string
  email: string | null
  score: number
  attempts: number
}

function toMemberScores(
  member_id: string,
  tasks: { id: string; title: string }[],
  best: Best[],
): MemberScores {
  const own = best.filter((one) => one.member_id === member_id)
  const tried = tasks.flatMap(({ id, title }) => {
    const found = own.find((one) => one.exercise_id === id)
    if (!found) return []
    return [{ exercise_id: id, title, score: toScore(found.score), attempts: found.attempts }]
  })
  const sum = own.reduce((total, { score }) => total + score, 0)
  return {
    member_id,
    email: own[0]?.email ?? '',
    total: toScore(tasks.length === 0 ? 0 : Math.floor(sum / tasks.length)),
    exercises: tried,
  }
}

function isPosition(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0')
}
