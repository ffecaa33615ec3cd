import type { Exercise } from '../../shared/schemas/course.ts'
import { t } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { nameOf } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { setQuery } from '../router.ts'
import { Time } from '../ui/time.tsx'
import { Loaded } from '../ui/state.tsx'
import { readAttempt, studentPath } from './school.ts'
import { Verdict } from './verdict.tsx'

const Editor = lazy(() => import('./editor.tsx').then(({ Editor }) => Editor))

interface StudentAttemptProps {
  exercise: Exercise
  id: string
}

/** For teachers: what a student submitted, to read beside one's own answer. */
export function StudentAttempt({ exercise, id }: StudentAttemptProps) {
  const attempt = useQuery(id, () => readAttempt(exercise, id))
  return (
    <Loaded query={attempt}>
      {(found) => {
        const name = nameOf(found.member_id) || found.email
        return (
          <section class="stack" aria-label={t('exercise.answer_of', { name })}>
            <header class="toolbar">
              <span>
                <a href={studentPath(exercise.course_code, found.member_id)}>{name}</a>,{' '}
                {t('exercise.attempt', { number: found.attempt })}, <Time at={found.created} />
              </span>
              <button
                type="button"
                class="small push"
                onClick={() => setQuery({ attempt: undefined })}
              >
                {t('action.close')}
              </button>
            </header>
            <Editor
              label={t('exercise.answer_of', { name })}
              language={exercise.language}
              value={found.code}
            />
            <Verdict submission={found} />
          </section>
        )
      }}
    </Loaded>
  )
}
