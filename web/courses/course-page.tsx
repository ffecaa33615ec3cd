import type { Course, Exercise } from '../../shared/schemas/course.ts'
import type { MemberScores } from '../../shared/schemas/submission.ts'
import { download } from '../download.ts'
import { formatNumber, plural, t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { user } from '../session/session.ts'
import { Time } from '../ui/time.tsx'
import { Icon } from '../ui/icon.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { notifyError } from '../ui/toast.tsx'
import { CourseActions } from './course-actions.tsx'
import { listExercises, listScores, mayTeach, readCourse, studentPath } from './school.ts'

/** One course: its exercises and the user's progress. */
export function CoursePage({ code }: { code: string }) {
  const course = useQuery(code, () => readCourse(code))
  const scores = useQuery(`scores ${code}`, () => listScores(code))
  const own = scores.data.value?.find(({ member_id }) => member_id === user.value?.id)
  return (
    <Loaded query={course}>
      {(found) => (
        <>
          <header class="page-head">
            <div>
              <a href="/courses">{t('page.courses')}</a> <span class="badge">{found.code}</span>
              <h1>{found.name}</h1>
              <p>{found.instructor}</p>
              <Teachers ids={found.teachers} />
            </div>
            {own && <Total percent={own.total} />}
            {mayTeach(found) && (
              <CourseActions course={found} changed={() => void course.reload()} />
            )}
          </header>
          <Exercises course={found} own={own} />
          {mayTeach(found) && scores.data.value && scores.data.value.length > 0 && (
            <Scores code={code} scores={scores.data.value} />
          )}
        </>
      )}
    </Loaded>
  )
}

function Teachers({ ids }: { ids: string[] }) {
  const names = ids.map(nameOf).filter(Boolean)
  if (names.length === 0) return null
  return (
    <p class="soft">
      {t('courses.teachers')}: {names.join(', ')}
    </p>
  )
}

function Total({ percent }: { percent: number }) {
  return (
    <p class="total">
      <b>{formatPercent(percent)}</b>
      <br />
      {t('courses.total')}
    </p>
  )
}

function Exercises({ course, own }: { course: Course; own: MemberScores | undefined }) {
  const exercises = useQuery(course.code, () => listExercises(course.code))
  return (
    <Loaded query={exercises}>
      {(all) =>
        all.length === 0 ? (
          <Empty icon="courses" title={t('courses.no_exercises')} />
        ) : (
          <ol class="rows">
            {all.map((exercise) => (
              <Row key={exercise.id} exercise={exercise} own={own} />
            ))}
          </ol>
        )
      }
    </Loaded>
  )
}

function Row({ exercise, own }: { exercise: Exercise; own: MemberScores | undefined }) {
  const score = own?.exercises.find(({ exercise_id }) => exercise_id === exercise.id)
  const { course_code, id, title, language, due } = exercise
  return (
    <li>
      <div class="grow">
        <a class="title" href={`/courses/${encodeURIComponent(course_code)}/${id}`}>
          {title}
        </a>
        {due && (
          <p class="soft">
            {t('courses.due')} <Time at={due} />
          </p>
        )}
      </div>
      <span class="badge">{t(`language.${language}`)}</span>
      {score ? (
        <span class={`badge ${score.score === 100 ? 'good' : 'warn'}`}>
          {score.score === 100 && <Icon name="check" />}
          {formatPercent(score.score)}
        </span>
      ) : (
        <span class="badge">{t('courses.not_tried')}</span>
      )}
    </li>
  )
}

function Scores({ code, scores }: { code: string; scores: MemberScores[] }) {
  const save = () =>
    void download(`/api/courses/${encodeURIComponent(code)}/scores.csv`, 'scores.csv').catch(
      notifyError,
    )
  return (
    <section class="stack">
      <header class="page-head">
        <h2>{t('courses.scores')}</h2>
        <button type="button" class="small" onClick={save}>
          <Icon name="download" />
          CSV
        </button>
      </header>
      <div class="table">
        <table>
          <thead>
            <tr>
              <th scope="col">{t('courses.member')}</th>
              <th scope="col" class="number">
                {t('courses.tried')}
              </th>
              <th scope="col" class="number">
                {t('courses.total')}
              </th>
            </tr>
          </thead>
          <tbody>
            {scores.map(({ member_id, email, exercises, total }) => (
              <tr key={member_id}>
                <td>
                  <a href={studentPath(code, member_id)}>{nameOf(member_id) || email}</a>{' '}
                  {nameOf(member_id) && <span class="soft">{email}</span>}
                </td>
                <td class="number">{plural('courses.exercises', exercises.length)}</td>
                <td class="number">{formatPercent(total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** @param score 0 to 100 */
export function formatPercent(score: number): string {
  return formatNumber(score / 100, { style: 'percent', maximumFractionDigits: 0 })
}
