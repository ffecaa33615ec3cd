import { sql } from 'drizzle-orm'
import type { ExerciseTest } from '../../shared/schemas/course.ts'
import type { Check } from '../../shared/check.ts'
import { readId, toIdParameter } from '@campus/store/reader.ts'
import { toGrade, type StoredTest } from './grading.ts'

const submissionsAtOnce = 200
const firstId = '00000000-0000-0000-0000-000000000000'

interface Row {
  id: string | Uint8Array
  status: string
  score: number
  results: string
  tests: string
}

/** The invariants of courses. */
export const coursesChecks: Record<string, Check> = {
  /** Scores against the results of tests, where the tests are unchanged since the verdict. */
  scores: async function* scores({ reader }) {
    for (let after = firstId; ;) {
      const rows = await reader.rows<Row>(sql`
        SELECT s.id, s.status, s.score, s.results,
          CASE WHEN e.version = s.exercise_version THEN e.tests ELSE '' END AS tests
        FROM submissions s JOIN exercises e ON e.id = s.exercise_id
        WHERE s.id > ${toIdParameter(reader, after)}
        ORDER BY s.id LIMIT ${sql.raw(String(submissionsAtOnce))}`)
      for (const row of rows) {
        const fault = findFault(row)
        if (fault) yield `submission ${readId(row.id)}: ${fault}`
      }
      const last = rows.at(-1)
      if (!last || rows.length < submissionsAtOnce) return
      after = readId(last.id)
    }
  },
}

function findFault({ status, score, results, tests }: Row): string | undefined {
  if (!tests) return undefined
  try {
    const grade = toGrade(JSON.parse(tests) as ExerciseTest[], JSON.parse(results) as StoredTest[])
    if (grade.score === score && grade.status === status) return undefined
    return `says ${status}, ${score / 100}; its tests say ${grade.status}, ${grade.score / 100}`
  } catch {
    return 'its results cannot be read'
  }
}
