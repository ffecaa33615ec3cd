import { useSignal } from '@preact/signals'
import type { Resource } from '../../shared/schemas/resource.ts'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { describeSpan } from '../bookings/span.ts'
import { nameKind } from '../bookings/kind.ts'
import { listBookedAsOf } from '../bookings/inventory.ts'
import { t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { addDays, fromInputTime } from '../time.ts'
import { Loaded } from '../ui/state.tsx'
import { TimeField } from '../ui/time-field.tsx'

// The range somebody would have looked ahead then.
const aheadDays = 60

/** The bookings as of an earlier moment. */
export function AsOf({ resource }: { resource: Resource }) {
  const text = useSignal('')
  const at = fromInputTime(text.value)
  return (
    <section class="stack">
      <h2>{t('resource.as_of_title')}</h2>
      <div class="pair">
        <TimeField
          label={t('resource.as_of')}
          value={text.value}
          change={(value) => (text.value = value)}
          hint={t('resource.as_of_text')}
        />
      </div>
      {at && at.getTime() <= Date.now() && <Then resource={resource} at={at} />}
    </section>
  )
}

function Then({ resource, at }: { resource: Resource; at: Date }) {
  const found = useQuery(`${resource.id} ${at.getTime()}`, () =>
    listBookedAsOf(at, { from: at, to: addDays(at, aheadDays) }, resource.id),
  )
  const error = found.error.value
  if (error instanceof ProblemError && error.code === 'history_not_kept') {
    return <p class="soft">{t('resource.as_of_unknown')}</p>
  }
  return (
    <Loaded query={found}>
      {(all) =>
        all.length === 0 ? (
          <p class="soft">{t('resource.as_of_none')}</p>
        ) : (
          <ul class="rows">
            {all.map((one) => (
              <li key={one.id}>
                <div class="grow">
                  <b>{nameOf(one.booked_for) || nameKind(one.allocation_type)}</b>{' '}
                  <span class="soft">{one.description}</span>
                  <br />
                  <span class="soft">{describeSpan(one)}</span>
                </div>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  )
}
