import { useSignal, type Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Exercise } from '../../shared/schemas/course.ts'
import { plural, t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { readQuery, setQuery } from '../router.ts'
import { Choice } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Empty, Failure, Loaded, Missing } from '../ui/state.tsx'
import { formatPercent } from './course-page.tsx'
import { isOutdated, useRegrading, type ChangedScore, type Run } from './regrading.ts'
import { listExercises, mayTeach, readCourse } from './school.ts'

/** Judges the submissions of an exercise again: first as a dry run, then for real. */
export function RegradePage({ code }: { code: string }) {
  const course = useQuery(code, () => readCourse(code))
  return (
    <Loaded query={course}>
      {(found) => (mayTeach(found) ? <OfCourse code={code} /> : <Missing />)}
    </Loaded>
  )
}

function OfCourse({ code }: { code: string }) {
  const exercises = useQuery(code, () => listExercises(code))
  return (
    <>
      <header class="page-head">
        <div>
          <a href={`/courses/${encodeURIComponent(code)}`}>{code}</a>
          <h1>{t('regrade.title')}</h1>
        </div>
      </header>
      <p>{t('regrade.text')}</p>
      <Loaded query={exercises}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="courses" title={t('courses.no_exercises')} />
          ) : (
            <Chosen exercises={all} />
          )
        }
      </Loaded>
    </>
  )
}

function Chosen({ exercises }: { exercises: Exercise[] }) {
  const exercise = exercises.find(({ id }) => id === readQuery('exercise'))
  const options = exercises.map(({ id, title }) => ({ value: id, label: title }))
  // Another choice would stop it.
  const isRunning = useSignal(false)
  return (
    <>
      <Choice
        label={t('regrade.exercise')}
        value={exercise?.id ?? ''}
        change={(id) => setQuery({ exercise: id }, { replace: true })}
        options={exercise ? options : [{ value: '', label: t('regrade.choose') }, ...options]}
        disabled={isRunning.value}
      />
      {exercise && <OfExercise key={exercise.id} {...{ exercise, isRunning }} />}
    </>
  )
}

interface OfExerciseProps {
  exercise: Exercise
  isRunning: Signal<boolean>
}

function OfExercise({ exercise, isRunning }: OfExerciseProps) {
  const { run, total, tryOut, carryOut } = useRegrading(exercise)
  const now = run.value
  useEffect(() => {
    isRunning.value = now?.state === 'running'
    return () => void (isRunning.value = false)
  }, [now?.state])
  return (
    <section class="stack">
      {now && <Progress run={now} total={total.value} />}
      <Act run={now} {...{ tryOut, carryOut }} />
      {now && now.changed.length > 0 && <Changes run={now} />}
    </section>
  )
}

interface ActProps {
  run: Run | undefined
  tryOut: () => Promise<void>
  carryOut: () => Promise<void>
}

/** What comes next. */
function Act({ run, tryOut, carryOut }: ActProps) {
  const isBusy = run?.state === 'running'
  const isTried = run?.isDry === true && run.state === 'done' && run.judged > 0
  const isBegun = run?.isDry === false && run.state !== 'done' && !isOutdated(run)
  const isReal = isTried || isBegun
  const label = isTried ? 'regrade.run' : isBegun && !isBusy ? 'regrade.go_on' : 'regrade.running'
  const act = () => {
    if (!isBusy) void (isReal ? carryOut() : tryOut())
  }
  return (
    <div class="actions">
      <button type="button" class="primary" aria-busy={isBusy} onClick={act}>
        {t(isReal ? label : 'regrade.try')}
      </button>
    </div>
  )
}

function Progress({ run, total }: { run: Run; total: number }) {
  const { isDry, state, judged, changed, error } = run
  const count = changed.length
  return (
    <>
      {state === 'running' && (
        <>
          <progress
            aria-label={t('regrade.progress')}
            {...(!isDry && { value: judged, max: Math.max(total, judged, 1) })}
          />
          {!isDry && <p class="soft">{t('regrade.stay')}</p>}
        </>
      )}
      {state === 'stopped' && (isOutdated(run) ? <Outdated /> : <Failure error={error} />)}
      <p class="cluster" role="status">
        {judged === 0 && state === 'done' ? (
          t('regrade.none')
        ) : (
          <>
            <span class="badge">{plural('regrade.judged', judged)}</span>
            <span class={`badge ${count > 0 ? 'warn' : ''}`}>
              {plural(isDry ? 'regrade.would_change' : 'regrade.changed', count)}
            </span>
            {state === 'done' && !isDry && <span class="badge good">{t('regrade.done')}</span>}
          </>
        )}
      </p>
    </>
  )
}

function Outdated() {
  return (
    <p class="notice warn" role="alert">
      {t('regrade.outdated')}
    </p>
  )
}

// More are not read one by one; their number is above.
const rowsMax = 200

function Changes({ run: { changed, isDry } }: { run: Run }) {
  return (
    <ul class="rows" aria-label={t(isDry ? 'regrade.who_would' : 'regrade.who')}>
      {changed.slice(0, rowsMax).map((one) => (
        <li key={one.submission_id}>
          <span class="grow">
            {nameOf(one.member_id)} <span class="soft">{one.email}</span>
          </span>
          <Grade grade={one.before} />
          <Icon name="next" />
          <span class="visually-hidden">{t('regrade.to')}</span>
          <Grade grade={one.after} tone={toneOf(one)} />
        </li>
      ))}
    </ul>
  )
}

function Grade({ grade, tone = '' }: { grade: ChangedScore['after']; tone?: string }) {
  return (
    <span class={`badge ${tone}`}>
      {t(`verdict.${grade.status}`)}, {formatPercent(grade.score)}
    </span>
  )
}

function toneOf({ before, after }: ChangedScore): string {
  if (after.score === before.score) return 'warn'
  return after.score > before.score ? 'good' : 'bad'
}
