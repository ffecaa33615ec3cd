import type { WaitlistEntry } from '../../shared/schemas/waitlist.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { formatRange, toInputDate } from '../time.ts'
import { Empty, Loaded } from '../ui/state.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { readResource } from './inventory.ts'
import { leave, listWaiting } from './waitlist.ts'

/** The user's entries in the waiting list, and their results. */
export function WaitingPage() {
  const list = useQuery('waiting', listWaiting)
  return (
    <Loaded query={list}>
      {(entries) =>
        entries.length === 0 ? (
          <Empty icon="bookings" title={t('wait.empty')}>
            <p>{t('wait.empty_text')}</p>
          </Empty>
        ) : (
          <ul class="rows">
            {entries.map((entry) => (
              <Row key={entry.id} entry={entry} reload={() => void list.reload()} />
            ))}
          </ul>
        )
      }
    </Loaded>
  )
}

function Row({ entry, reload }: { entry: WaitlistEntry; reload: () => void }) {
  const { allocation, earliest, latest } = entry
  const from = allocation?.from_datetime ?? earliest
  const to = allocation?.to_datetime ?? latest
  const giveUp = async () => {
    try {
      await leave(entry)
      notify(t('wait.left'))
    } catch (error) {
      notifyError(error)
    }
    reload()
  }
  return (
    <li>
      <span class="grow">
        <b>
          <What entry={entry} />
        </b>
        <br />
        {formatRange(from, to)}
        <br />
        <span class="soft">{describe(entry)}</span>
      </span>
      {allocation && (
        <a class="button small" href={`/bookings?view=day&date=${toInputDate(new Date(from))}`}>
          {t('wait.show')}
        </a>
      )}
      {entry.status === 'waiting' && (
        <button type="button" class="small" onClick={() => void giveUp()}>
          {t('wait.leave')}
        </button>
      )}
    </li>
  )
}

function What({ entry: { resource_id, resource_type, allocation } }: { entry: WaitlistEntry }) {
  const id = allocation?.resource_id ?? resource_id
  const resource = useQuery(`resource ${id}`, async () => (id ? readResource(id) : undefined))
  if (!id) return <>{t('wait.any', { type: resource_type })}</>
  return <>{resource.data.value?.name ?? resource_type}</>
}

function describe({ status, position, description }: WaitlistEntry): string {
  const state =
    status === 'waiting' ? t('wait.position', { position: position ?? '' }) : t(`wait.${status}`)
  return description ? `${state} · ${description}` : state
}
