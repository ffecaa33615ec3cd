import { ne, sql, type Column, type SQL } from 'drizzle-orm'
import { forbidden, isAdministrator, type Caller } from '../../shared/access.ts'
import { contains } from '@campus/store/contains.ts'
import type { Store } from '@campus/store/store.ts'
import type { CoursesTables } from './tables.ts'

interface Taught {
  /** As stored. */
  teachers: string
}

/** Whether the caller sees and changes all of a course: its teachers do, and administrators. */
export function isTeacher(caller: Caller, { teachers }: Taught): boolean {
  return isAdministrator(caller) || readTeachers(teachers).includes(caller.id)
}

/** @throws 403 */
export function requireTeacher(caller: Caller, course: Taught): void {
  if (!isTeacher(caller, course)) throw forbidden('Only teachers of the course may do this.')
}

/** SQL condition for a change: the caller still teaches the course; undefined: needs not. */
export function whereTeaching(
  caller: Caller,
  { courses, code }: Pick<CoursesTables, 'courses'> & { code: Column },
): SQL | undefined {
  if (isAdministrator(caller)) return undefined
  const isNamed = contains(courses.teachers, JSON.stringify(caller.id))
  return sql`EXISTS (SELECT 1 FROM ${courses} WHERE ${courses.code} = ${code} AND ${isNamed})`
}

export function readTeachers(teachers: string): string[] {
  return JSON.parse(teachers) as string[]
}

/** Each once, sorted, so that equal lists are equal text. */
export function writeTeachers(ids: readonly string[]): string {
  return JSON.stringify([...new Set(ids)].toSorted())
}

/** Removes the ids of removed accounts; the courses stay. */
export function createForgetTeachers(store: Store, { courses }: Pick<CoursesTables, 'courses'>) {
  return async function forget(userIds: string[]): Promise<void> {
    const taught = await store.db
      .select({ code: courses.code, teachers: courses.teachers })
      .from(courses)
      .where(ne(courses.teachers, '[]'))
    const gone = new Set(userIds)
    for (const { code, teachers } of taught) {
      for (const id of readTeachers(teachers).filter((it) => gone.has(it))) {
        const named = JSON.stringify(id)
        // First, in the middle or last, or the only one.
        const left = sql`replace(replace(replace(teachers, ${`${named},`}, ''),
          ${`,${named}`}, ''), ${named}, '')`
        await store.atomically([
          sql`UPDATE ${courses} SET teachers = ${left}, version = version + 1
            WHERE ${courses.code} = ${code} AND ${contains(courses.teachers, named)}`,
        ])
      }
    }
  }
}
