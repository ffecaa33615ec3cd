import { useSignal } from '@preact/signals'
import type { Handover, HandoverRecord } from '../../shared/schemas/handover.ts'
import { formatNumber, t } from '../i18n.ts'
import type { List } from '../list.ts'
import { nameOf } from '../people/names.ts'
import { formatRange, formatTime } from '../time.ts'
import { Check } from '../ui/form.tsx'
import { More } from '../ui/more.tsx'
import { Loaded } from '../ui/state.tsx'
import { notifyError } from '../ui/toast.tsx'
import { listPhotos } from './handover-log.ts'

interface LogProps {
  list: List<Handover>
  isDamageOnly: boolean
  change: (isDamageOnly: boolean) => void
  /** Where it is taken out of service, for those who may. */
  withdrawal: string | undefined
}

/** Records of handovers: odometer, fuel, damage, photos. */
export function Log({ list, isDamageOnly, change, withdrawal }: LogProps) {
  const items = list.items.value
  return (
    <section class="stack">
      <h2>{t('resource.log')}</h2>
      <Check label={t('resource.only_damage')} checked={isDamageOnly} change={change} />
      <Loaded query={list.first}>
        {() =>
          items.length === 0 ? (
            <p class="soft">{t('resource.log_none')}</p>
          ) : (
            <ul class="rows">
              {items.map((one) => (
                <Entry key={one.id} handover={one} withdrawal={withdrawal} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <More load={list.more} />
    </section>
  )
}

interface EntryProps extends Pick<LogProps, 'withdrawal'> {
  handover: Handover
}

function Entry({ handover, withdrawal }: EntryProps) {
  const { booking_id, booked_for, checked_out: out, returned: back, late } = handover
  const notes = [out.note, back?.note].filter(Boolean)
  const hasPhotos = out.files.length + (back?.files.length ?? 0) > 0
  return (
    <li>
      <div class="grow">
        <a href={`/bookings/${booking_id}`}>
          {back ? formatRange(out.at, back.at) : formatTime(out.at)}
        </a>
        , {nameOf(booked_for) || t('resource.somebody')}
        <br />
        <span class="soft">{describeReadings(out, back)}</span>
        {notes.map((note) => (
          <p key={note}>{note}</p>
        ))}
        {hasPhotos && <Photos handover={handover} />}
      </div>
      {back?.condition === 'damaged' && (
        <>
          <span class="badge bad">{t('resource.damaged')}</span>
          {withdrawal && (
            <a class="button small" href={withdrawal}>
              {t('resources.decommission')}
            </a>
          )}
        </>
      )}
      {!back && <span class="badge warn">{t('booking_state.checked_out')}</span>}
      {late && <span class="badge warn">{t('booking_state.late')}</span>}
    </li>
  )
}

function describeReadings(out: HandoverRecord, back: HandoverRecord | null): string {
  const odometer = [out.odometer, back?.odometer].map((it) => (it == null ? '–' : formatNumber(it)))
  const fuel = [out.fuel, back?.fuel].map((it) => (it == null ? '–' : `${formatNumber(it)} %`))
  const isRead = (values: string[]) => values.some((it) => it !== '–')
  const [from = '', to = ''] = odometer
  return [
    isRead(odometer) && t('resource.odometer', { from, to }),
    isRead(fuel) && t('resource.fuel', { from: fuel[0] ?? '', to: fuel[1] ?? '' }),
  ]
    .filter(Boolean)
    .join('; ')
}

/** Links open without a token but expire, so they are requested when needed. */
function Photos({ handover }: { handover: Handover }) {
  const links = useSignal<string[] | undefined>(undefined)
  const show = async () => {
    try {
      links.value = (await listPhotos(handover)).map(({ url }) => url)
    } catch (error) {
      notifyError(error)
    }
  }
  if (!links.value) {
    return (
      <button type="button" class="small" onClick={() => void show()}>
        {t('resource.photos')}
      </button>
    )
  }
  if (links.value.length === 0) return <p class="soft">{t('resource.photos_none')}</p>
  return (
    <div class="cluster">
      {links.value.map((url, at) => (
        <a key={url} href={url} target="_blank" rel="noreferrer">
          <img src={url} alt={t('resource.photo_of', { number: at + 1 })} height={96} />
        </a>
      ))}
    </div>
  )
}
