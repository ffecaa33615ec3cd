import { useSignal, type ReadonlySignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { toNext } from '../../packages/client/src/address.ts'
import type { Exercise } from '../../shared/schemas/course.ts'
import type { Regrade } from '../../shared/schemas/submission.ts'
import { api } from '../api.ts'
import { changedMeanwhile, isChanged } from '../if-shown.ts'
import { readExerciseTagged } from './school.ts'

export type ChangedScore = Regrade['changed'][number]

/** A regrade, or a dry run of one, as far as it is. */
export interface Run {
  isDry: boolean
  state: 'running' | 'stopped' | 'done'
  judged: number
  changed: ChangedScore[]
  /** Where it goes on. */
  next: string | undefined
  /** Whether that was the last page. */
  isJudged: boolean
  /** Whether a page may have been judged twice: then the second says that nothing changed. */
  isRepeated: boolean
  /** Why it stopped. */
  error: unknown
}

const routeOf = ({ course_code, id }: Exercise) =>
  api.courses.courses({ code: course_code }).exercises({ id })

async function readVersion({ course_code, id }: Exercise): Promise<string> {
  const { response } = await readExerciseTagged(course_code, id)
  return response.headers.get('etag') ?? ''
}

async function judgePage(exercise: Exercise, { isDry, next: cursor }: Run) {
  const query = { ...(isDry && { dry_run: 'true' }), ...(cursor && { cursor }) }
  const { data, response } = await routeOf(exercise).regrade.post(undefined, { query })
  const { judged, changed } = data as Regrade
  const there = toNext(response)
  const next = there && new URL(there, location.href).searchParams.get('cursor')
  return { judged, changed, next: next ?? undefined }
}

export interface Regrading {
  /** The last one; undefined: none yet. */
  run: ReadonlySignal<Run | undefined>
  /** Submissions in the last dry run. */
  total: ReadonlySignal<number>
  tryOut: () => Promise<void>
  /** Does what was tried out, or goes on with it where it stopped. */
  carryOut: () => Promise<void>
}

/** Judges the submissions of an exercise page by page, until the page is left. */
export function useRegrading(exercise: Exercise): Regrading {
  const run = useSignal<Run | undefined>(undefined)
  const total = useSignal(0)
  /** The exercise that was tried out, and whose score would change. */
  const version = useRef('')
  const tried = useRef<ChangedScore[]>([])
  const isLeft = useRef(false)
  useEffect(() => () => void (isLeft.current = true), [])

  const requireSame = async () => {
    if ((await readVersion(exercise)) !== version.current) throw changedMeanwhile()
  }
  const judgeAll = async (begun: Run, before: () => Promise<void>) => {
    let at: Run = { ...begun, state: 'running', error: undefined }
    run.value = at
    try {
      await before()
      while (!at.isJudged && !isLeft.current) {
        const { judged, changed, next } = await judgePage(exercise, at)
        const counts = { judged: at.judged + judged, changed: [...at.changed, ...changed] }
        run.value = at = { ...at, ...counts, next, isJudged: next === undefined }
      }
      await requireSame()
      const changed = at.isRepeated ? unite(at.changed, tried.current) : at.changed
      run.value = { ...at, changed, state: 'done' }
    } catch (error) {
      run.value = { ...at, state: 'stopped', error }
    }
  }
  const begin = (isDry: boolean): Run => {
    const flags = { isDry, isJudged: false, isRepeated: false }
    return { ...flags, state: 'running', judged: 0, changed: [], next: undefined, error: undefined }
  }
  const tryOut = async () => {
    await judgeAll(begin(true), async () => {
      version.current = await readVersion(exercise)
    })
    total.value = run.value?.judged ?? 0
    tried.current = run.value?.changed ?? []
  }
  const carryOut = () => {
    const stopped = run.value?.isDry === false ? run.value : undefined
    return judgeAll(stopped ? { ...stopped, isRepeated: true } : begin(false), requireSame)
  }
  return { run, total, tryOut, carryOut }
}

/** Oldest first, each submission once. */
function unite(changed: ChangedScore[], tried: ChangedScore[]): ChangedScore[] {
  const byId = new Map([...tried, ...changed].map((one) => [one.submission_id, one]))
  return [...byId.values()].toSorted((a, b) => (a.submission_id < b.submission_id ? -1 : 1))
}

/** Whether the exercise is no longer the one that was tried out. */
export function isOutdated({ error }: Run): boolean {
  const isRefused = error instanceof ProblemError && error.code === 'exercise_changed'
  return isRefused || isChanged(error)
}
