import { useSignal } from '@preact/signals'
import type { NewBookingSeries } from '../../shared/schemas/booking-series.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { listResources, listTypes } from '../bookings/inventory.ts'
import { nameType } from '../bookings/type-name.ts'
import { t, withTexts } from '../i18n.ts'
import { bookPath, isOfBook } from '../pages.ts'
import { useQuery } from '../query.ts'
import { repeatable } from '../repeat-key.ts'
import { navigate, path, readQuery } from '../router.ts'
import { day_ms, minute_ms } from '../../shared/duration.ts'
import { addDays, fromInputTime, toInputDate, toInputTime } from '../time.ts'
import { Choice, Field, Form, useForm } from '../ui/form.tsx'
import { Loaded } from '../ui/state.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { Outlook, type ShownDay } from './outlook.tsx'
import { RecurrenceFields } from './recurrence-fields.tsx'
import { toRule, type Recurrence } from './recurrence.ts'
import { createSeries, lookAhead, lookAtOne } from './series.ts'
import { bookingTexts } from '../bookings/texts.ts'
import { seriesTexts } from './texts.ts'

interface Fields {
  title: string
  type: string
  /** Empty: any of the type. */
  resourceId: string
  first: string
  from: string
  to: string
  on_conflict: 'fail' | 'skip' | 'alternative'
}

/** A preview of the days of a series and whether they can be booked; then books it. */
function NewSeries() {
  const found = useQuery('series', async () => {
    const [types, resources] = await Promise.all([listTypes(), listResources()])
    return { types, resources }
  })
  return <Loaded query={found}>{(all) => <SeriesForm {...all} />}</Loaded>
}

interface SeriesFormProps {
  types: ResourceType[]
  resources: Resource[]
}

function SeriesForm({ types, resources }: SeriesFormProps) {
  const tomorrow = addDays(new Date(), 1)
  // As chosen on the page before.
  const [from, end] = [fromInputTime(readQuery('from')), fromInputTime(readQuery('to'))]
  const length_ms = from && end && end.getTime() - from.getTime()
  // A day of a series ends within 24 hours.
  const to = from && length_ms && new Date(from.getTime() + Math.min(length_ms, day_ms - minute_ms))
  const fields = useSignal<Fields>({
    title: '',
    type: resources[0]?.resource_type ?? '',
    resourceId: '',
    first: toInputDate(from ?? tomorrow),
    from: from ? toInputTime(from).slice(11, 16) : '09:00',
    to: to ? toInputTime(to).slice(11, 16) : '10:00',
    on_conflict: 'skip',
  })
  const recurrence = useSignal<Recurrence>({
    unit: 'week',
    interval: 1,
    weekdays: [],
    monthly: 'day',
    end: 'count',
    count: 10,
    until: toInputDate(addDays(tomorrow, 90)),
  })
  const days = useSignal<ShownDay[] | undefined>(undefined)
  /** What the preview is of: any of a type becomes one. */
  const shown = useSignal<Partial<NewBookingSeries>>({})
  const key = useSignal(repeatable())
  // Exactly the preview is booked, or nothing.
  const set = (changes: Partial<Fields>) => {
    fields.value = { ...fields.value, ...changes }
    days.value = undefined
  }
  const body = (all: readonly ShownDay[] = []) => ({
    ...toBody(fields.value, recurrence.value),
    ...(all.length > 0 && shown.value),
    exceptions: all.flatMap(({ date, isLeftOut }) => (isLeftOut ? date : [])),
  })
  const preview = useForm(async () => {
    const asked = JSON.stringify(body())
    const { days: found, ...ofThese } = await lookAtOne(body())
    // What was typed meanwhile needs another.
    if (JSON.stringify(body()) !== asked) return
    days.value = found
    shown.value = ofThese
    key.value = repeatable()
  })
  const toggle = async (date: string, isLeftOut: boolean) => {
    const before = days.value ?? []
    const next = before.map((day) => (day.date === date ? { ...day, isLeftOut } : day))
    days.value = next
    key.value = repeatable()
    if (next.every((day) => day.isLeftOut)) return
    // Leaving a day out may make room for others, by a quota or among resources of a type.
    const seen = await lookAhead(body(next)).catch(notifyError)
    if (!seen || days.value !== next) return
    days.value = next.map((day) => seen.find((it) => it.date === day.date) ?? day)
  }
  const book = useForm(async () => {
    const made = await createSeries(body(days.value), key.value)
    const booked = made.occurrences.filter(({ booking_id }) => booking_id !== null)
    notify(t('series.booked', { count: booked.length }))
    navigate(isOfBook(path.value) ? bookPath : `/bookings/series/${made.id}`)
  })
  const names = new Map(resources.map(({ id, name }) => [id, name]))
  return (
    <>
      {!isOfBook(path.value) && <h2>{t('series.new')}</h2>}
      <p class="soft">{t('series.about')}</p>
      <Form form={preview} label={t('series.preview')} plain={days.value !== undefined}>
        <SubjectFields {...{ types, resources, set }} fields={fields.value} />
        <RecurrenceFields
          value={recurrence.value}
          first={fields.value.first}
          change={(changes) => {
            recurrence.value = { ...recurrence.value, ...changes }
            days.value = undefined
          }}
        />
        <Choice
          label={t('series.conflict')}
          value={fields.value.on_conflict}
          change={(value) => set({ on_conflict: value as Fields['on_conflict'] })}
          options={(['skip', 'alternative', 'fail'] as const).map((value) => ({
            value,
            label: t(`series.conflict_${value}`),
          }))}
        />
      </Form>
      {days.value && (
        <Preview
          days={days.value}
          names={names}
          wanted={fields.value.resourceId || undefined}
          isAll={fields.value.on_conflict === 'fail'}
          toggle={(date, isLeftOut) => void toggle(date, isLeftOut)}
          book={book}
        />
      )}
    </>
  )
}

interface PreviewProps {
  days: ShownDay[]
  names: Map<string, string>
  wanted: string | undefined
  /** Whether one refusal refuses all. */
  isAll: boolean
  toggle: (date: string, isLeftOut: boolean) => void
  book: ReturnType<typeof useForm>
}

function Preview({ days, names, wanted, isAll, toggle, book }: PreviewProps) {
  const kept = days.filter(({ isLeftOut }) => !isLeftOut)
  const refused = kept.filter(({ state }) => state === 'refused').length
  const count = isAll && refused > 0 ? 0 : kept.length - refused
  const leftOut = days.length - kept.length + refused
  return (
    <section class="stack">
      <h2 aria-live="polite">
        {t('series.days')}: {kept.length - refused}
        {leftOut > 0 && `, ${t('series.left_out', { count: leftOut })}`}
      </h2>
      <Outlook {...{ days, names, wanted, toggle }} />
      {count > 0 ? (
        <Form form={book} label={t('series.book', { count })} />
      ) : (
        <p class="notice failure">{t('series.none')}</p>
      )}
    </section>
  )
}

interface SubjectFieldsProps {
  types: ResourceType[]
  resources: Resource[]
  fields: Fields
  set: (changes: Partial<Fields>) => void
}

function SubjectFields({ types, resources, fields, set }: SubjectFieldsProps) {
  const own = resources.filter(({ resource_type }) => resource_type === fields.type)
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <>
      <Field
        label={t('booking.description')}
        value={fields.title}
        change={(title) => set({ title })}
        required
        maxLength={100}
      />
      <div class="pair">
        <Choice
          label={t('booking.type')}
          value={fields.type}
          change={(type) => set({ type, resourceId: '' })}
          options={types.map((it) => ({ value: it.name, label: nameType(it) }))}
        />
        <Choice
          label={t('booking.resource')}
          value={fields.resourceId}
          change={(resourceId) => set({ resourceId })}
          options={[
            { value: '', label: t('series.any') },
            ...own.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
      </div>
      <div class="pair">
        <Field
          label={t('series.first')}
          type="date"
          value={fields.first}
          change={(first) => first && set({ first })}
          required
        />
        <Field
          label={t('series.from')}
          type="time"
          value={fields.from}
          change={(from) => set({ from })}
          required
        />
        <Field
          label={t('series.to')}
          type="time"
          value={fields.to}
          change={(to) => set({ to })}
          hint={t('series.zone', { zone })}
          required
        />
      </div>
    </>
  )
}

function toBody(fields: Fields, recurrence: Recurrence): NewBookingSeries {
  const { title, type, resourceId, first, from, to, on_conflict } = fields
  const begin = new Date(`${first}T${from}`)
  const end = new Date(`${first}T${to}`)
  // Overnight.
  const until = end > begin ? end : addDays(end, 1)
  return {
    items: [resourceId ? { resource_id: resourceId } : { type }],
    from: begin.toISOString(),
    to: until.toISOString(),
    title: title.trim(),
    rule: toRule(recurrence, first),
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    on_conflict,
  }
}

export const load = () => withTexts(NewSeries, bookingTexts, seriesTexts)
