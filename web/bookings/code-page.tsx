import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { ResourceNow } from '../../shared/schemas/handover.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { describeLength } from '../book/span-words.ts'
import { describeError } from '../error-text.ts'
import { t, withTexts } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { repeatable } from '../repeat-key.ts'
import { Photos } from '../photo/photo.tsx'
import { path } from '../router.ts'
import { hour_ms } from '../../shared/duration.ts'
import { formatTime } from '../time.ts'
import { Loaded } from '../ui/state.tsx'
import { createBooking } from './bookings.ts'
import { HandoverForm } from './lazy-handover-form.ts'
import { readCode } from './check-out-and-return.ts'
import { pageOf, readResource, typeOf } from './inventory.ts'
import { readRefusal } from './refusal.ts'
import { bookingTexts, codeTexts } from './texts.ts'

interface Found {
  now: ResourceNow
  resource: Resource
  type: ResourceType
}

/** The page of a printed code: the resource's state, and actions. */
function CodePage() {
  const [, , code = ''] = path.value.split('/')
  const found = useQuery(code, async (): Promise<Found> => {
    const now = await readCode(code)
    const resource = await readResource(now.resource_id)
    return { now, resource, type: await typeOf(resource) }
  })
  const card = useRef<HTMLElement>(null)
  // What had the focus is gone with its action.
  const changed = async () => {
    await found.reload()
    card.current?.focus()
  }
  return (
    <Loaded query={found}>
      {({ now, resource, type }) => (
        <section class="card stack" tabIndex={-1} ref={card}>
          <h1>{resource.name}</h1>
          <Photos resources={[resource]} />
          <p role="status">{describeNow(now)}</p>
          {resource.note && <p class="soft">{resource.note}</p>}
          <Offers {...{ now, resource }} changed={changed} />
          <a class="button" href={pageOf(type, resource)}>
            {t('code.book')}
          </a>
        </section>
      )}
    </Loaded>
  )
}

function describeNow({ state, until }: ResourceNow): string {
  return state === 'late' || until === null
    ? t(`code.${state}`)
    : t(`code.${state}_until`, { when: formatTime(until) })
}

interface OffersProps {
  now: ResourceNow
  resource: Resource
  changed: () => Promise<void>
}

function Offers({ now, resource, changed }: OffersProps) {
  const { offers, booking_id: bookingId } = now
  const step = (['return', 'check_out'] as const).find((it) => offers.includes(it))
  if (step && bookingId !== null) {
    const form = { bookingId, resourceId: resource.id, step, done: changed }
    return <HandoverForm key={step} {...form} />
  }
  return offers.includes('take') ? <Take {...{ now, resource, changed }} /> : null
}

const lengths_h = [1, 2, 4, 8]

/** Books it from now on; then it can be checked out. */
function Take({ now: { until }, resource, changed }: OffersProps) {
  const busy = useSignal(false)
  const refused = useSignal('')
  const end_ms = until === null ? Infinity : Date.parse(until)
  const take = async (hours: number) => {
    if (busy.value) return
    busy.value = true
    refused.value = ''
    const from = new Date()
    const to = new Date(Math.min(from.getTime() + hours * hour_ms, end_ms))
    const span = { from: from.toISOString(), to: to.toISOString() }
    const items = [{ resource_id: resource.id }]
    try {
      await createBooking({ items, title: resource.name, ...span }, repeatable())
      await changed()
    } catch (error) {
      refused.value = readRefusal(error)?.reasons().join(' ') ?? describeError(error)
    } finally {
      busy.value = false
    }
  }
  return (
    <div class="stack" aria-busy={busy.value}>
      <h2>{t('code.take')}</h2>
      <div class="cluster">
        {lengths_h.map((hours) => (
          <button key={hours} type="button" onClick={() => void take(hours)}>
            {describeLength(hours * hour_ms)}
          </button>
        ))}
      </div>
      {refused.value && (
        <p class="notice failure" role="alert">
          {refused.value}
        </p>
      )}
    </div>
  )
}

export const load = () => withTexts(CodePage, bookingTexts, codeTexts)
