import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import { withVersion, type CreatedVersion, type Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { fold } from '../../shared/fold.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { firstVersion, requireMatch, type Change, type Removal } from '../../shared/version.ts'
import { createOnce, findReplay, type Creation } from '../../shared/idempotency.ts'
import {
  pageReader,
  readCursor,
  rowsToAsk,
  toPage,
  type Page,
  type PageQuery,
} from '../../shared/page.ts'
import { conflict, ProblemError } from '../../shared/problem.ts'
import type { Course, CourseChange, NewCourse } from '../../shared/schemas/course.ts'
import { createBatch } from '@campus/store/batch.ts'
import { contains } from '@campus/store/contains.ts'
import { insertInto } from '@campus/store/insert.ts'
import { violation } from '@campus/store/error.ts'
import type { CourseRow, CoursesTables } from './tables.ts'
import { createRequireTeachers } from './new-teachers.ts'
import { readTeachers, writeTeachers } from './teachers.ts'

/** Courses and their instructors. */
export function createCourses(
  { store, id, client }: Context,
  { courses, exercises, submissions }: CoursesTables,
) {
  const requireTeachers = createRequireTeachers({ client })
  const batch = createBatch(store, insertInto(courses, { order: 'code' }))

  /** @throws 404 */
  async function find(code: string): Promise<CourseRow> {
    const [row] = await store.db.select().from(courses).where(eq(courses.code, code))
    if (row) return row
    throw new ProblemError({
      status: 404,
      code: 'course_not_found',
      detail: 'Course code is not found in the courses',
    })
  }

  async function create({
    body,
    idempotencyKey,
  }: Creation<NewCourse>): Promise<CreatedVersion<Course>> {
    const { code, name = '', instructor = '', teachers: given = [] } = body
    if (!code) throw missing('course code must be provided')
    // A retry gets its stored response, whoever has left meanwhile.
    if (given.length > 0 && !(await findReplay(store, idempotencyKey))) {
      await requireTeachers(given)
    }
    const teachers = writeTeachers(given)
    const value = { code, name, instructor, teachers: readTeachers(teachers) }
    const version = firstVersion()
    const row = { id: id(), ...value, teachers, search: toSearch(value), version }
    const made = await createOnce(store, {
      idempotencyKey,
      value: { ...value, version },
      write: (response) => batch.add(row, response),
      explain: async () => codeTaken(code),
    })
    return withVersion(made)
  }

  /** By code; with a text, only those that contain it. */
  async function list(
    query: PageQuery & { q?: string | undefined },
    caller: Caller,
  ): Promise<Page<Course>> {
    const after = readCursor(query, isPosition)
    const { db } = pageReader(store, query, caller)
    const rows = await db
      .select()
      .from(courses)
      .where(
        and(
          after === undefined ? undefined : gt(courses.code, after),
          query.q ? contains(courses.search, fold(query.q)) : undefined,
        ),
      )
      .orderBy(asc(courses.code))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, (last) => last.code)
    return { ...page, items: page.items.map(toCourse) }
  }

  async function get(code: string): Promise<Versioned<Course>> {
    const row = await find(code)
    return { value: toCourse(row), version: row.version }
  }

  async function change(code: string, body: CourseChange, ifMatch?: number[]): Promise<void> {
    await retryOnConflict(async () => {
      const before = await find(code)
      requireMatch(before.version, ifMatch)
      const { name = before.name, instructor = before.instructor, teachers } = body
      await requireTeachers(teachers ?? [], readTeachers(before.teachers))
      const [changed] = await store.db
        .update(courses)
        .set({
          name,
          instructor,
          ...(teachers && { teachers: writeTeachers(teachers) }),
          search: toSearch({ code, name, instructor }),
          version: before.version + 1,
        })
        .where(and(eq(courses.code, code), eq(courses.version, before.version)))
        .returning({ code: courses.code })
      return changed
    })
  }

  async function tryRemove(code: string, { cascade, ifMatch }: Removal): Promise<true | undefined> {
    const { version } = await find(code)
    requireMatch(version, ifMatch)
    const same = and(eq(courses.code, code), eq(courses.version, version))
    const removal = sql`DELETE FROM ${courses} WHERE ${same}`
    const cancellation = sql`DELETE FROM ${submissions} WHERE ${submissions.exercise_id} IN
      (SELECT ${exercises.id} FROM ${exercises} WHERE ${eq(exercises.course_code, code)})`
    const statements = cascade ? [cancellation, removal] : [removal]
    const isRemoved = await store.atomically(statements).catch((error: unknown) => {
      throw violation(error) === 'foreign_key' ? inUse('course') : error
    })
    return isRemoved || undefined
  }

  return {
    find,
    create,
    list,
    get,
    /** @throws 400 unless both are given */
    replace: async (code: string, { body, ifMatch }: Change<CourseChange>) => {
      if (body.name && body.instructor) return change(code, body, ifMatch)
      throw missing("Course name and instructor's name must be provided")
    },
    /** @throws 400 unless one is given */
    update: async (code: string, { body: given, ifMatch }: Change<CourseChange>) => {
      const { name, instructor, teachers } = given
      if (!name && !instructor && !teachers) {
        throw missing("Course name, instructor's name or teachers must be provided")
      }
      const body = {
        ...(name && { name }),
        ...(instructor && { instructor }),
        ...(teachers && { teachers }),
      }
      return change(code, body, ifMatch)
    },
    /**
     * With its exercises.
     * @throws 409 while there are submissions, unless they are to be deleted, too
     */
    remove: async (code: string, removal: Removal): Promise<void> => {
      await retryOnConflict(() => tryRemove(code, removal))
    },
  }
}

export type Courses = ReturnType<typeof createCourses>

export function inUse(thing: 'course' | 'exercise'): ProblemError {
  const detail = `This ${thing} has submissions. To delete them too: ?submissions=delete`
  return conflict(thing === 'course' ? 'course_in_use' : 'exercise_in_use', detail)
}

function codeTaken(code: string): ProblemError {
  return conflict('course_code_taken', `There is already a course with the code ${code}.`)
}

function toCourse({ code, name, instructor, teachers }: CourseRow): Course {
  return { code, name, instructor, teachers: readTeachers(teachers) }
}

/** The fields by which a course is searched. */
export function toSearch({ code, name, instructor }: Omit<Course, 'teachers'>): string {
  return [code, name, instructor].map(fold).join('\n')
}

function isPosition(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0')
}

function missing(detail: string): ProblemError {
  return new ProblemError({ status: 400, code: 'missing_arguments', detail })
}
