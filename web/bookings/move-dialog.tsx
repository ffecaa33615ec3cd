import { useSignal } from '@preact/signals'
import type { Booking, BookingChange } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { formatNumber, t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { PersonPicker } from '../people/person-picker.tsx'
import { useQuery } from '../query.ts'
import { isAdmin, user } from '../session/session.ts'
import { describeInput, formatTime, fromInputTime, toInputTime } from '../time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useEdit, type Words } from '../ui/edit.tsx'
import { Choice, Field, Form } from '../ui/form.tsx'
import { Elsewhere } from '../ui/elsewhere.tsx'
import { Loaded } from '../ui/state.tsx'
import { TimeField } from '../ui/time-field.tsx'
import { notify } from '../ui/toast.tsx'
import { changeTagged, keptPending, readBookingTagged, whoChangedBooking } from './bookings.ts'
import { ConflictNotice } from './conflict-notice.tsx'
import { toConflict, type Conflict } from './conflict.ts'
import { listResources, type TimeSpan } from './inventory.ts'

interface MoveDialogProps {
  booking: Booking
  close: () => void
  done: () => Promise<void>
}

/** Another time, resource, purpose or person of a booking; its rules are checked again. */
export function MoveDialog({ booking, close, done }: MoveDialogProps) {
  const { items } = booking
  const all = useQuery('resources', () => listResources())
  const conflict = useSignal<Conflict | undefined>(undefined)
  const { form, fields, set } = useEdit<Booking, Fields>({
    of: booking,
    read: readBookingTagged,
    toFields: (shown) => toFields(shown ?? booking),
    words: (shown) => describe(shown, all.data.value ?? []),
    send: async (typed, tagged, now = booking) => {
      conflict.value = undefined
      try {
        const body = toBody(typed, now)
        const isChanged = Object.keys(body).length > 0
        if (isChanged) notify(say(body, await changeTagged(booking, body, tagged)))
        close()
        await done()
      } catch (error) {
        conflict.value = toConflict(error)
        if (!conflict.value) throw error
      }
    },
    by: whoChangedBooking,
    stale: () => void done(),
  })
  const { chosen, title, bookedFor } = fields.value
  const change = (changes: Partial<Fields>) => {
    set(changes)
    conflict.value = undefined
  }
  const take = ({ from, to }: TimeSpan) => change({ from: toInputTime(from), to: toInputTime(to) })
  const zones = (all.data.value ?? [])
    .filter(({ id }) => chosen.includes(id))
    .map(({ time_zone }) => time_zone)
  const choose = (at: number, id: string) => change({ chosen: chosen.with(at, id) })
  return (
    <Dialog title={t('booking.change')} close={close}>
      <Form form={form} label={t('action.save')} cancel={close}>
        <Field
          label={t('booking.description')}
          value={title}
          change={(typed) => set({ title: typed })}
          maxLength={100}
          required
        />
        {mayGive(booking) && (
          <PersonPicker
            label={t('booking.for')}
            change={(id) => change({ bookedFor: id })}
            hint={t('booking.for_chosen', { name: nameOf(bookedFor) })}
          />
        )}
        <Loaded query={all}>
          {(resources) => (
            <>
              {items.map((item, at) => (
                <Choice
                  key={item.allocation_id}
                  label={items.length === 1 ? t('booking.resource') : nameItem(at)}
                  value={chosen[at] ?? ''}
                  change={(id) => choose(at, id)}
                  options={toOptions(resources, item)}
                />
              ))}
            </>
          )}
        </Loaded>
        <div class="pair">
          {(['from', 'to'] as const).map((bound) => (
            <TimeField
              key={bound}
              label={t(`booking.${bound}`)}
              value={fields.value[bound]}
              change={(value) => set({ [bound]: value })}
              required
            />
          ))}
        </div>
        <Elsewhere span={readSpan(fields.value)} zones={zones} />
        {conflict.value && (
          <ConflictNotice
            conflict={conflict.value}
            take={take}
            {...(items.length === 1 && { takePeer: (id: string) => choose(0, id) })}
          />
        )}
      </Form>
    </Dialog>
  )
}

interface Fields {
  title: string
  bookedFor: string
  /** The resource of each item. */
  chosen: string[]
  from: string
  to: string
}

function toFields({ title, booked_for, items, from, to }: Booking): Fields {
  return {
    title,
    bookedFor: booked_for,
    chosen: items.map(({ resource_id }) => resource_id),
    from: toInputTime(new Date(from)),
    to: toInputTime(new Date(to)),
  }
}

function readSpan({ from, to }: Pick<Fields, 'from' | 'to'>): TimeSpan | undefined {
  const [start, end] = [fromInputTime(from), fromInputTime(to)]
  return start && end && { from: start, to: end }
}

/** Only what differs: a time is not typed to the second. */
function toBody({ chosen, title, bookedFor, ...typed }: Fields, now: Booking): BookingChange {
  const [is, span] = [toFields(now), readSpan(typed)]
  const swap = now.items.flatMap(({ allocation_id, resource_id: own }, at) => {
    const resource_id = chosen[at] ?? own
    return resource_id === own ? [] : { allocation_id, resource_id }
  })
  return {
    ...(title !== is.title && { title }),
    ...(bookedFor !== is.bookedFor && { booked_for: bookedFor }),
    ...(span && typed.from !== is.from && { from: span.from.toISOString() }),
    ...(span && typed.to !== is.to && { to: span.to.toISOString() }),
    ...(swap.length > 0 && { swap }),
  }
}

function say({ booked_for, from, to, swap }: BookingChange, changed: Booking): string {
  if (booked_for !== undefined) return t('booking.for_chosen', { name: nameOf(booked_for) })
  const isMoved = from !== undefined || to !== undefined || swap !== undefined
  return isMoved
    ? t('booking.moved_to', { from: formatTime(changed.from) })
    : t('booking.changed', { title: changed.title })
}

/** Managers may; a viewer who is not involved is one. */
function mayGive({ booked_for, created_by }: Booking): boolean {
  const me = user.value?.id
  const isInvolved = booked_for === me || created_by === me
  return isAdmin.value || !isInvolved || keptPending()?.manages === true
}

function describe(fields: Fields, resources: Resource[]): Words {
  const { chosen, title, bookedFor, from, to } = fields
  const names = chosen.map((id) => resources.find((it) => it.id === id)?.name ?? id)
  return [
    [t('booking.description'), title],
    [t('booking.for'), nameOf(bookedFor) || bookedFor],
    [t('booking.resource'), names.join(', ')],
    [t('booking.from'), describeInput(from)],
    [t('booking.to'), describeInput(to)],
  ]
}

const nameItem = (at: number) => `${t('booking.resource')} ${formatNumber(at + 1)}`

/** Its own type first, which is usual. The current one stays a choice even if hidden. */
function toOptions(
  resources: Resource[],
  { resource_id, resource_type }: Booking['items'][number],
) {
  const [own = [], others = []] = [true, false].map((isOwn) =>
    resources.filter((it) => (it.resource_type === resource_type) === isOwn),
  )
  const isThere = own.some(({ id }) => id === resource_id)
  const present = isThere ? [] : [{ id: resource_id, name: resource_type }]
  return [...present, ...own, ...others].map(({ id, name }) => ({ value: id, label: name }))
}
