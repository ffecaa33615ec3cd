import { and, asc, eq, getTableColumns, gt, sql } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../shared/access.ts'
import type { Created, Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { requireMatch, type Change, type Removal } from '../../shared/version.ts'
import { parseExact } from '../../shared/exact-json.ts'
import { createOnce, type Creation } from '../../shared/idempotency.ts'
import { readInstant, toInstant } from '../../shared/instant.ts'
import {
  pageReader,
  readCursor,
  rowsToAsk,
  toPage,
  type Page,
  type PageQuery,
} from '../../shared/page.ts'
import { conflict, invalid, notFound } from '../../shared/problem.ts'
import type {
  Exercise,
  ExerciseChange,
  ExerciseTest,
  NewExercise,
  NewTest,
} from '../../shared/schemas/course.ts'
import { isId } from '../../shared/schemas/primitive.ts'
import { createBatch } from '@campus/store/batch.ts'
import { insertInto } from '@campus/store/insert.ts'
import { violation } from '@campus/store/error.ts'
import { inUse, type Courses } from './courses.ts'
import { unlimited, type CoursesTables, type ExerciseRow } from './tables.ts'
import { isTeacher, requireTeacher, whereTeaching } from './teachers.ts'

/** In one course, whoever writes them. */
export const exercisesMax = 500

/** The exercises of a course, and the tests of their submissions. */
export function createExercises(
  { store, clock, id }: Context,
  tables: CoursesTables,
  courses: Courses,
) {
  const { exercises, submissions } = tables
  // The course as it is at that moment says who teaches it.
  const insert = insertInto(exercises, {
    leave: ['version'],
    given: { teacher: 'text' },
    from: 'input i JOIN courses c ON c.code = i.course_code',
    where: `(i.teacher = '' OR c.teachers LIKE '%"' || i.teacher || '"%')
      AND (SELECT count(*) FROM exercises e WHERE e.course_code = c.code) < ${exercisesMax}`,
    order: 'i.id',
  })
  const batch = createBatch(store, insert)
  const columns = { ...getTableColumns(exercises), teachers: tables.courses.teachers }

  /** @throws 404 when the course has no such exercise */
  async function find({ code, id }: ExercisePath): Promise<TaughtExercise> {
    const [row] = await store.db
      .select(columns)
      .from(exercises)
      .innerJoin(tables.courses, eq(tables.courses.code, exercises.course_code))
      .where(and(eq(exercises.id, id), eq(exercises.course_code, code)))
    if (row) return row
    await courses.find(code)
    throw notFound('exercise', id)
  }

  async function create(
    code: string,
    { body, caller, idempotencyKey }: Creation<NewExercise>,
  ): Promise<Created<Exercise>> {
    const teacher = isAdministrator(caller) ? '' : caller.id
    requireTeacher(caller, await courses.find(code))
    const row = {
      id: id(),
      course_code: code,
      title: body.title,
      prompt: body.prompt,
      language: body.language,
      entry: body.entry ?? 'solve',
      starter: body.starter ?? '',
      tests: writeTests(body.tests),
      attempts_max: body.attempts_max ?? unlimited,
      due: readDue(body.due),
      created: clock(),
    }
    return createOnce(store, {
      idempotencyKey,
      value: toExercise(row, true),
      write: (response) => batch.add({ ...row, teacher }, response),
      explain: async () => {
        requireTeacher(caller, await courses.find(code))
        const count = await store.db.$count(exercises, eq(exercises.course_code, code))
        // Otherwise the course went away and came back meanwhile.
        return count < exercisesMax ? undefined : tooMany()
      },
    })
  }

  async function list(code: string, caller: Caller, query: PageQuery): Promise<Page<Exercise>> {
    const after = readCursor(query, isId)
    const { db } = pageReader(store, query, caller)
    const rows = await db
      .select(columns)
      .from(exercises)
      .innerJoin(tables.courses, eq(tables.courses.code, exercises.course_code))
      .where(and(eq(exercises.course_code, code), after ? gt(exercises.id, after) : undefined))
      .orderBy(asc(exercises.id))
      .limit(rowsToAsk(query))
    if (rows.length === 0) await courses.find(code)
    const page = toPage(rows, query, (last) => last.id)
    return { ...page, items: page.items.map((row) => toExercise(row, isTeacher(caller, row))) }
  }

  /** @throws 403, 404, 412 */
  async function findToChange(path: ExercisePath, { caller, ifMatch }: Change<unknown>) {
    const row = await find(path)
    requireTeacher(caller, row)
    requireMatch(row.version, ifMatch)
    const same = and(
      eq(exercises.id, row.id),
      eq(exercises.version, row.version),
      whereTeaching(caller, { courses: tables.courses, code: exercises.course_code }),
    )
    return { row, same }
  }

  async function tryRemove(path: ExercisePath, removal: Removal): Promise<true | undefined> {
    const { row, same } = await findToChange(path, removal)
    const deletion = sql`DELETE FROM ${exercises} WHERE ${same}`
    const cancellation = sql`DELETE FROM ${submissions}
      WHERE ${eq(submissions.exercise_id, row.id)}`
    const statements = removal.cascade ? [cancellation, deletion] : [deletion]
    const isRemoved = await store.atomically(statements).catch((error: unknown) => {
      throw violation(error) === 'foreign_key' ? inUse('exercise') : error
    })
    return isRemoved || undefined
  }

  return {
    find,
    create,
    list,
    get: async (path: ExercisePath, caller: Caller): Promise<Versioned<Exercise>> =>
      readFor(caller, await find(path)),
    change: async (
      path: ExercisePath,
      wanted: Change<ExerciseChange>,
    ): Promise<Versioned<Exercise>> => {
      const { body } = wanted
      const { tests, attempts_max, due, ...plain } = body
      const values = {
        ...plain,
        ...(tests && { tests: writeTests(tests) }),
        ...(attempts_max !== undefined && { attempts_max: attempts_max ?? unlimited }),
        ...(due !== undefined && { due: readDue(due) }),
      }
      return retryOnConflict(async () => {
        const { row, same } = await findToChange(path, wanted)
        const [after] = await store.db
          .update(exercises)
          .set({ ...values, version: row.version + 1 })
          .where(same)
          .returning()
        return after && toVersioned(after, true)
      })
    },
    /** @throws 409 while there are submissions, unless they are to be deleted, too */
    remove: async (path: ExercisePath, removal: Removal): Promise<void> => {
      await retryOnConflict(() => tryRemove(path, removal))
    },
  }
}

export type Exercises = ReturnType<typeof createExercises>

/** Identifies an exercise, as its path does. */
export interface ExercisePath {
  code: string
  id: string
}

type TaughtExercise = ExerciseRow & { teachers: string }

export function readTests({ tests }: Pick<ExerciseRow, 'tests'>): ExerciseTest[] {
  return parseExact(tests) as ExerciseTest[]
}

function writeTests(tests: NewTest[]): string {
  const complete = tests.map((test): ExerciseTest => ({ hidden: false, weight: 1, ...test }))
  return JSON.stringify(complete)
}

function readDue(due: string | null | undefined): number {
  if (due === null || due === undefined) return Infinity
  const time_ms = readInstant(due)
  if (time_ms !== undefined) return time_ms
  throw invalid([{ pointer: '#/due', detail: 'This date and time does not exist.' }])
}

function tooMany() {
  return conflict('too_many_exercises', `A course has at most ${exercisesMax} exercises.`)
}

function toExercise(row: Omit<ExerciseRow, 'version'>, all: boolean): Exercise {
  const tests = readTests(row)
  const shown = all ? tests : tests.filter(({ hidden }) => !hidden)
  return {
    id: row.id,
    course_code: row.course_code,
    title: row.title,
    prompt: row.prompt,
    language: row.language,
    entry: row.entry,
    starter: row.starter,
    tests: shown,
    hidden_tests: tests.filter(({ hidden }) => hidden).length,
    attempts_max: row.attempts_max === unlimited ? null : row.attempts_max,
    due: toInstant(row.due),
    created: toInstant(row.created) ?? '',
  }
}

function toVersioned(row: ExerciseRow, all: boolean): Versioned<Exercise> {
  return { value: toExercise(row, all), version: row.version }
}

function readFor(caller: Caller, row: TaughtExercise): Versioned<Exercise> {
  return toVersioned(row, isTeacher(caller, row))
}
