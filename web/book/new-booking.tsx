import { useSignal } from '@preact/signals'
import type { TimeSpan } from '../bookings/inventory.ts'
import { t } from '../i18n.ts'
import { bookPath } from '../pages.ts'
import { readQuery, setQuery } from '../router.ts'
import { fromInputTime, toInputTime } from '../time.ts'
import { Icon } from '../ui/icon.tsx'
import { Heading } from './heading.tsx'
import { nextHour, SpanFields } from './span-fields.tsx'
import { readUsual } from './usual.ts'
import { WhatStep, type Draft } from './what-step.tsx'

/** When, then what: a page each, so that "back" changes the answer. */
export function NewBookingPage() {
  const span = readSpan()
  const isWhat = readQuery('step') === 'what' && span.from < span.to
  const draft: Draft = { title: useSignal(''), wishes: useSignal({}) }
  return isWhat ? <WhatStep wanted={span} draft={draft} /> : <WhenStep span={span} />
}

function WhenStep({ span }: { span: TimeSpan }) {
  const isSpan = span.from < span.to
  return (
    <>
      <a href={bookPath} class="back">
        <Icon name="previous" />
        {t('book.title')}
      </a>
      <Heading text={t('book.when')} />
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (isSpan) setQuery({ ...toQuery(span), step: 'what' })
        }}
      >
        <SpanFields
          span={span}
          change={(changed) => setQuery(toQuery(changed), { replace: true })}
        />
        {!isSpan && <p class="notice warn">{t('error.empty_span')}</p>}
        <button type="submit" class="primary wide" disabled={!isSpan}>
          {t('book.what_is_free')}
          <Icon name="next" />
        </button>
        <a href={`${bookPath}/series?${new URLSearchParams(toQuery(span))}`}>{t('find.series')}</a>
      </form>
    </>
  )
}

function toQuery({ from, to }: TimeSpan) {
  return { from: toInputTime(from), to: toInputTime(to) }
}

/** From the URL; otherwise the usual length from the next full hour. */
function readSpan(): TimeSpan {
  const from = fromInputTime(readQuery('from')) ?? nextHour()
  const to = fromInputTime(readQuery('to'))
  return { from, to: to ?? new Date(from.getTime() + readUsual().length_ms) }
}
