import type { Exercise } from '../../shared/schemas/course.ts'
import type { SubmissionSummary } from '../../shared/schemas/submission.ts'
import { plural, t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { Time } from '../ui/time.tsx'
import { Empty, Loaded, Missing } from '../ui/state.tsx'
import { formatPercent } from './course-page.tsx'
import { attemptPath, listAttemptsOf, listExercises, mayTeach, readCourse } from './school.ts'
import { toneOf } from './verdict.tsx'

interface StudentPageProps {
  code: string
  member: string
}

/** For teachers: the attempts of a student, by exercise. */
export function StudentPage({ code, member }: StudentPageProps) {
  const course = useQuery(code, () => readCourse(code))
  return (
    <Loaded query={course}>
      {(found) => (mayTeach(found) ? <Student {...{ code, member }} /> : <Missing />)}
    </Loaded>
  )
}

function Student({ code, member }: StudentPageProps) {
  const both = useQuery(`${code} ${member}`, () =>
    Promise.all([listExercises(code), listAttemptsOf(code, member)]),
  )
  return (
    <Loaded query={both}>
      {([exercises, attempts]) => (
        <>
          <header class="page-head">
            <div>
              <a href={`/courses/${encodeURIComponent(code)}`}>{code}</a>
              <h1>{nameOf(member) || attempts[0]?.email}</h1>
              <p class="soft">{attempts[0]?.email}</p>
            </div>
          </header>
          {attempts.length === 0 && <Empty icon="courses" title={t('courses.no_attempts')} />}
          {exercises.map((exercise) => (
            <OfExercise
              key={exercise.id}
              exercise={exercise}
              attempts={attempts.filter(({ exercise_id }) => exercise_id === exercise.id)}
            />
          ))}
        </>
      )}
    </Loaded>
  )
}

interface OfExerciseProps {
  exercise: Exercise
  /** Newest first. */
  attempts: SubmissionSummary[]
}

function OfExercise({ exercise, attempts }: OfExerciseProps) {
  if (attempts.length === 0) return null
  const best = Math.max(...attempts.map(({ score }) => score))
  return (
    <section class="stack">
      <header class="cluster">
        <h2>{exercise.title}</h2>
        <span class={`badge ${best === 100 ? 'good' : 'warn'}`}>{formatPercent(best)}</span>
        <span class="soft">{plural('courses.attempts', attempts.length)}</span>
      </header>
      <ul class="rows">
        {attempts.map((one) => (
          <li key={one.id}>
            <span class={`badge ${toneOf(one.status)}`}>{formatPercent(one.score)}</span>
            <span class="grow">
              <a href={attemptPath(exercise, one.id)}>
                {t('exercise.attempt', { number: one.attempt })}
                <span class="visually-hidden"> {exercise.title}</span>
              </a>
              , <Time at={one.created} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
