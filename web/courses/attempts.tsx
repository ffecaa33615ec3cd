import type { SubmissionSummary } from '../../shared/schemas/submission.ts'
import { t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { isAdmin } from '../session/session.ts'
import { Time } from '../ui/time.tsx'
import { formatPercent } from './course-page.tsx'
import { toneOf } from './verdict.tsx'

interface AttemptsProps {
  all: SubmissionSummary[]
  show: (id: string) => void
}

/** Earlier submissions; each can be viewed again. */
export function Attempts({ all, show }: AttemptsProps) {
  if (all.length === 0) return null
  return (
    <section class="stack">
      <h2>{t('exercise.attempts')}</h2>
      <ul class="rows">
        {all.map(({ id, attempt, status, score, created, member_id, email }) => (
          <li key={id}>
            <span class={`badge ${toneOf(status)}`}>{formatPercent(score)}</span>
            <span class="grow">
              {isAdmin.value ? `${nameOf(member_id) || email}, ` : ''}
              {t('exercise.attempt', { number: attempt })}, <Time at={created} />
            </span>
            <button type="button" class="small" onClick={() => show(id)}>
              {t('action.show')}
              <span class="visually-hidden">{attempt}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
