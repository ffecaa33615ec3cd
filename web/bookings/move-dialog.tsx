import { useSignal } from '@preact/signals'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { formatNumber, t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { formatTime, fromInputTime, toInputTime } from '../time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Choice, Form, useForm } from '../ui/form.tsx'
import { Loaded } from '../ui/state.tsx'
import { TimeField } from '../ui/time-field.tsx'
import { notify } from '../ui/toast.tsx'
import { changeShown } from './bookings.ts'
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
  /** The new resource of each item. */
  const chosen = useSignal(items.map(({ resource_id }) => resource_id))
  const span = useSignal({
    from: toInputTime(new Date(booking.from)),
    to: toInputTime(new Date(booking.to)),
  })
  const conflict = useSignal<Conflict | undefined>(undefined)
  const form = useForm(async () => {
    conflict.value = undefined
    const [from, to] = [fromInputTime(span.value.from), fromInputTime(span.value.to)]
    if (!from || !to) return
    try {
      const swap = items.flatMap(({ allocation_id, resource_id: is }, at) => {
        const resource_id = chosen.value[at] ?? is
        return resource_id === is ? [] : { allocation_id, resource_id }
      })
      const moved = await changeShown(booking, {
        from: from.toISOString(),
        to: to.toISOString(),
        ...(swap.length > 0 && { swap }),
      })
      notify(t('booking.moved_to', { from: formatTime(moved.from) }))
      close()
      await done()
    } catch (error) {
      conflict.value = toConflict(error)
      if (!conflict.value) throw error
    }
  })
  const take = ({ from, to }: Window) => {
    span.value = { from: toInputTime(from), to: toInputTime(to) }
    conflict.value = undefined
  }
  const choose = (at: number, id: string) => {
    chosen.value = chosen.value.with(at, id)
    conflict.value = undefined
  }
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
                  value={chosen.value[at] ?? ''}
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
              value={span.value[bound]}
              change={(value) => (span.value = { ...span.value, [bound]: value })}
              required
            />
          ))}
        </div>
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
