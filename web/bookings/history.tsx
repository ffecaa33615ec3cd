import type { AllocationVersion } from '../../shared/schemas/allocation-history.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { WhenSeen } from '../ui/when-seen.tsx'
import { nameKind } from './kind.ts'
import { listHistory } from './inventory.ts'
import { describeSpan } from './span.ts'

interface HistoryProps {
  resource: Resource
  /** Counts changes made here, which may appear in it. */
  version: number
}

/** Recent users of a resource, and what became of each booking. */
export function History(props: HistoryProps) {
  return (
    <section class="stack">
      <h2>{t('history.title')}</h2>
      <WhenSeen>
        <Versions {...props} />
      </WhenSeen>
    </section>
  )
}

function Versions({ resource, version }: HistoryProps) {
  const found = useQuery(`history ${resource.id} ${version}`, () => listHistory(resource))
  return (
    <Loaded query={found}>
      {(versions) =>
        versions.length === 0 ? (
          <p class="soft">{t('history.none')}</p>
        ) : (
          <ul class="rows">
            {versions.map((one) => (
              <Version key={`${one.allocation.id} ${one.valid_to}`} version={one} />
            ))}
          </ul>
        )
      }
    </Loaded>
  )
}

function Version({ version }: { version: AllocationVersion }) {
  const { allocation, change, by, valid_to } = version
  const { booked_for, description, allocation_type } = allocation
  return (
    <li>
      <div class="grow">
        <b>{nameOf(booked_for) || nameKind(allocation_type)}</b>{' '}
        <span class="soft">{description}</span>
        <br />
        <span class="soft">{describeSpan(allocation)}</span>
      </div>
      {change && (
        <span class="soft">
          {describeEnd(change, by)}, <Time at={valid_to ?? ''} />
        </span>
      )}
    </li>
  )
}

function describeEnd(change: NonNullable<AllocationVersion['change']>, by: string | null): string {
  const what = t(`history.${change}`)
  const who = by && nameOf(by)
  return who ? t('history.by', { change: what, who }) : what
}
