import { useSignal } from '@preact/signals'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { formatNumber, t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { describeInput, formatTime, fromInputTime, toInputTime } from '../time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useEdit, type Words } from '../ui/edit.tsx'
import { Choice, Form } from '../ui/form.tsx'
import { Elsewhere } from '../ui/elsewhere.tsx'
import { Loaded } from '../ui/state.tsx'
import { TimeField } from '../ui/time-field.tsx'
import { notify } from '../ui/toast.tsx'
import { changeTagged, readBookingTagged, whoChangedBooking } from './bookings.ts'
import { ConflictNotice } from './conflict-notice.tsx'
import { toConflict, type Conflict } from './conflict.ts'
import { listResources, type Window } from './inventory.ts'

interface MoveDialogProps {
  booking: Booking
  close: () => void
  done: () => Promise<void>
}

/** Another time or resource for a booking; its rules are checked again. */
export function MoveDialog({ booking, close, done }: MoveDialogProps) {
  const { items } = booking
  const all = useQuery('resources', () => listResources())
  const conflict = useSignal<Conflict | undefined>(undefined)
  const { form, fields, set } = useEdit<Booking, Fields>({
    of: booking,
    read: readBookingTagged,
    toFields: (shown) => toFields(shown ?? booking),
    words: (shown) => describe(shown, all.data.value ?? []),
    send: async ({ chosen, ...span }, tagged, now = booking) => {
      conflict.value = undefined
      const wanted = readSpan(span)
      if (!wanted) return
      try {
        const swap = now.items.flatMap(({ allocation_id, resource_id: is }, at) => {
          const resource_id = chosen[at] ?? is
          return resource_id === is ? [] : { allocation_id, resource_id }
        })
        const bounds = { from: wanted.from.toISOString(), to: wanted.to.toISOString() }
        const body = { ...bounds, ...(swap.length > 0 && { swap }) }
        const moved = await changeTagged(booking, body, tagged)
        notify(t('booking.moved_to', { from: formatTime(moved.from) }))
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
  const { chosen } = fields.value
  const change = (changes: Partial<Fields>) => {
    set(changes)
    conflict.value = undefined
  }
  const take = ({ from, to }: Window) => change({ from: toInputTime(from), to: toInputTime(to) })
  const zones = (all.data.value ?? [])
    .filter(({ id }) => chosen.includes(id))
    .map(({ time_zone }) => time_zone)
  const choose = (at: number, id: string) => change({ chosen: chosen.with(at, id) })
  return (
    <Dialog title={t('booking.move')} close={close}>
      <Form form={form} label={t('action.save')} cancel={close}>
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
  /** The resource of each item. */
  chosen: string[]
  from: string
  to: string
}

function toFields({ items, from, to }: Booking): Fields {
  return {
    chosen: items.map(({ resource_id }) => resource_id),
    from: toInputTime(new Date(from)),
    to: toInputTime(new Date(to)),
  }
}

function readSpan({ from, to }: Pick<Fields, 'from' | 'to'>): Window | undefined {
  const [start, end] = [fromInputTime(from), fromInputTime(to)]
  return start && end && { from: start, to: end }
}

function describe({ chosen, from, to }: Fields, resources: Resource[]): Words {
  const names = chosen.map((id) => resources.find((it) => it.id === id)?.name ?? id)
  return [
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
