import type { Submission, TestVerdict } from '../../shared/schemas/submission.ts'
import { t } from '../i18n.ts'
import { Icon } from '../ui/icon.tsx'
import { formatPercent } from './course-page.tsx'

/** The result of each test. */
export function Verdict({ submission: { status, score, tests } }: { submission: Submission }) {
  return (
    <section class="card verdict">
      <h2>
        <span class={`badge ${toneOf(status)}`}>{t(`verdict.${status}`)}</span>{' '}
        {formatPercent(score)}
      </h2>
      <ul>
        {tests.map((test) => (
          <Line key={test.name} test={test} />
        ))}
      </ul>
    </section>
  )
}

function Line({ test: { name, status, message, output } }: { test: TestVerdict }) {
  return (
    <li>
      <p class="cluster">
        <span class={`badge ${toneOf(status)}`}>
          <Icon name={status === 'pass' ? 'check' : 'close'} />
          {t(`verdict.${status}`)}
        </span>
        {name}
      </p>
      {message && <pre>{message}</pre>}
      {output && (
        <details>
          <summary>{t('verdict.output')}</summary>
          <pre>{output}</pre>
        </details>
      )}
    </li>
  )
}

export function toneOf(status: Submission['status']): string {
  return status === 'pass' ? 'good' : 'bad'
}
