import type { SubmissionSummary } from '../../shared/schemas/submission.ts'
import { t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { user } from '../session/session.ts'
import { Time } from '../ui/time.tsx'
import { formatPercent } from './course-page.tsx'
import { toneOf } from './verdict.tsx'

interface AttemptsProps {
  all: SubmissionSummary[]
  /** For a teacher, with whose they are. */
  named: boolean
  show: (attempt: SubmissionSummary) => void
}

/** Whether it is the user's own. */
export const isOwn = ({ member_id }: SubmissionSummary) => member_id === user.value?.id

/** Earlier submissions; each can be viewed again. */
export function Attempts({ all, named, show }: AttemptsProps) {
  if (all.length === 0) return null
  return (
    <section class="stack">
      <h2>{t('exercise.attempts')}</h2>
      <ul class="rows">
        {all.map((one) => {
          const name = named ? `${nameOf(one.member_id) || one.email}, ` : ''
          return (
            <li key={one.id}>
              <span class={`badge ${toneOf(one.status)}`}>{formatPercent(one.score)}</span>
              <span class="grow">
                {name}
                {t('exercise.attempt', { number: one.attempt })}, <Time at={one.created} />
              </span>
              <button type="button" class="small" onClick={() => show(one)}>
                {t('action.show')}
                <span class="visually-hidden">
                  {name}
                  {one.attempt}
                </span>
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
