import { useSignal } from '@preact/signals'
import type { Allocation, NewAllocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { PersonPicker } from '../people/person-picker.tsx'
import { isAdmin } from '../session/session.ts'
import { describeInput, fromInputTime, toInputTime } from '../time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useEdit, type Tagged, type Words } from '../ui/edit.tsx'
import { Check, Choice, Field, Form } from '../ui/form.tsx'
import { Elsewhere } from '../ui/elsewhere.tsx'
import { Icon } from '../ui/icon.tsx'
import { TimeField } from '../ui/time-field.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { isOfBooking, mayChange } from './bar.ts'
import { bookByRules, hasRules } from './book-by-rules.ts'
import { moveAcross, release } from './change.ts'
import { ConflictNotice } from './conflict-notice.tsx'
import { explainConflict, toConflict, type Conflict } from './conflict.ts'
import { ForeignBooking } from './foreign-booking.tsx'
import * as inventory from './inventory.ts'
import { kindsWith, nameKind } from './kind.ts'
import { join } from './waitlist.ts'

/** The initial state: a drawn span, or an existing booking. */
export interface Draft {
  resource: Resource | undefined
  span: inventory.TimeSpan
  allocation?: Allocation
}

interface BookingDialogProps {
  draft: Draft
  resources: Resource[]
  close: () => void
  /** Called with the resource whose bookings changed. */
  done: (resourceId: string) => void
}

export function BookingDialog({ draft, resources, close, done }: BookingDialogProps) {
  const { allocation } = draft
  if (allocation && (!mayChange(allocation) || isOfBooking(allocation))) {
    return <ForeignBooking allocation={allocation} resource={draft.resource} close={close} />
  }
  return <BookingForm {...{ draft, resources, close, done }} />
}

function BookingForm({ draft, resources, close, done }: BookingDialogProps) {
  const { allocation, resource: booked } = draft
  const conflict = useSignal<Conflict | undefined>(undefined)
  const find = (wanted: string) => resources.find(({ id }) => id === wanted)
  const { form, fields, set } = useEdit<Allocation, Fields>({
    of: allocation,
    read: inventory.readAllocationTagged,
    toFields: (shown) => toFields(draft, resources, shown),
    words: (shown) => describe(shown, find(shown.resourceId)),
    send: async (typed, tagged, now) => {
      const wanted = find(typed.resourceId)
      if (!wanted) return
      conflict.value = undefined
      const [body, length] = [toBody(typed), readSpan(typed)]
      try {
        if (now) await changeOrMove(now, wanted, { body, tagged })
        else if (length && body.allocation_type === 'booking' && (await hasRules(wanted))) {
          const { description: title, bookedFor } = typed
          await bookByRules({ resource: wanted, span: length, title, bookedFor, done })
        } else await createWithUndo(wanted, body, done)
        for (const id of new Set([wanted.id, now?.resource_id ?? wanted.id])) done(id)
        close()
      } catch (error) {
        conflict.value = toConflict(error) ?? (await explainConflict(error, wanted, length))
        if (!conflict.value) throw error
      }
    },
    by: ({ id }) => inventory.whoChanged(id),
  })
  const resource = find(fields.value.resourceId)
  const span = readSpan(fields.value)
  const wait = async () => {
    if (!resource || !span) return
    const { description } = fields.value
    try {
      await join({ resource_id: resource.id, description }, span)
      done(resource.id)
      close()
    } catch (error) {
      notifyError(error)
    }
  }
  const takePeer = (resourceId: string) => {
    set({ resourceId })
    conflict.value = undefined
  }
  const take = ({ from, to }: inventory.TimeSpan) => {
    set({ from: toInputTime(from), to: toInputTime(to) })
    conflict.value = undefined
  }

  return (
    <Dialog title={t(allocation ? 'booking.change' : 'booking.new')} close={close}>
      <Form
        form={form}
        label={t(allocation ? 'action.save' : 'booking.book')}
        cancel={close}
        more={
          allocation && booked && <Release {...{ allocation, close, done }} resource={booked} />
        }
      >
        <Choice
          label={t('booking.resource')}
          value={fields.value.resourceId}
          change={(resourceId) => set({ resourceId })}
          options={resources.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <Bounds fields={fields.value} set={set} />
        <Elsewhere span={span} zones={resource ? [resource.time_zone] : []} />
        <div class="pair">
          {isAdmin.value && (
            <Choice
              label={t('booking.type')}
              value={fields.value.type}
              change={(type) => set({ type })}
              options={kindsWith(fields.value.type)}
            />
          )}
          <Field
            label={t('booking.description')}
            value={fields.value.description}
            change={(description) => set({ description })}
            maxLength={100}
            autofocus
          />
        </div>
        {isAdmin.value && (
          <BookedFor id={fields.value.bookedFor} change={(bookedFor) => set({ bookedFor })} />
        )}
        {conflict.value && (
          <ConflictNotice
            conflict={conflict.value}
            take={take}
            takePeer={takePeer}
            {...(!allocation && span && !conflict.value.isByRules && { wait: () => void wait() })}
          />
        )}
      </Form>
    </Dialog>
  )
}

function Bounds({ fields, set }: { fields: Fields; set: (changes: Partial<Fields>) => void }) {
  return (
    <div class="pair">
      {(['from', 'to'] as const).map((bound) => (
        <div class="field" key={bound}>
          <TimeField
            label={t(`booking.${bound}`)}
            value={fields[`${bound}Open`] ? '' : fields[bound]}
            change={(value) => set({ [bound]: value })}
            disabled={fields[`${bound}Open`]}
            required
          />
          {isAdmin.value && (
            <Check
              label={t(`booking.${bound}_open`)}
              checked={fields[`${bound}Open`]}
              change={(open) => set({ [`${bound}Open`]: open })}
            />
          )}
        </div>
      ))}
    </div>
  )
}

function BookedFor({ id, change }: { id: string; change: (id: string) => void }) {
  const hint = id ? t('booking.for_chosen', { name: nameOf(id) }) : t('booking.for_hint')
  return <PersonPicker label={t('booking.for')} change={change} hint={hint} />
}

interface ReleaseProps {
  resource: Resource
  allocation: Allocation
  close: () => void
  done: (resourceId: string) => void
}

function Release({ resource, allocation, close, done }: ReleaseProps) {
  const refund = async () => {
    close()
    await release(resource, allocation).catch(notifyError)
    done(resource.id)
  }
  return (
    <button type="button" class="danger first" onClick={() => void refund()}>
      <Icon name="trash" />
      {t('booking.release')}
    </button>
  )
}

interface Changed {
  body: NewAllocation
  tagged: Tagged
}

function changeOrMove(allocation: Allocation, to: Resource, { body, tagged }: Changed) {
  if (to.id === allocation.resource_id) return inventory.changeTagged(allocation, body, tagged)
  return moveAcross(allocation, to, body)
}

async function createWithUndo(
  resource: Resource,
  body: NewAllocation,
  done: (resourceId: string) => void,
): Promise<void> {
  const made = await inventory.book(resource, body)
  const undo = async () => {
    await inventory.release(made).catch(notifyError)
    done(resource.id)
  }
  const run = () => void undo()
  notify(t('booking.booked', { name: resource.name }), { label: t('action.undo'), run })
}

interface Fields {
  resourceId: string
  from: string
  to: string
  fromOpen: boolean
  toOpen: boolean
  type: string
  description: string
  /** A user's id; empty: the current user. */
  bookedFor: string
}

function toFields({ resource, span }: Draft, resources: Resource[], shown?: Allocation): Fields {
  const { from_datetime: from, to_datetime: to } = shown ?? {}
  return {
    resourceId: shown?.resource_id ?? resource?.id ?? resources[0]?.id ?? '',
    from: toInputTime(from ? new Date(from) : span.from),
    to: toInputTime(to ? new Date(to) : span.to),
    fromOpen: shown?.from_infinity ?? false,
    toOpen: shown?.to_infinity ?? false,
    type: shown?.allocation_type ?? 'booking',
    description: shown?.description ?? '',
    bookedFor: shown?.booked_for ?? '',
  }
}

function describe(fields: Fields, resource: Resource | undefined): Words {
  const { from, to, fromOpen, toOpen, type, description, bookedFor } = fields
  return [
    [t('booking.resource'), resource?.name ?? ''],
    [t('booking.from'), fromOpen ? t('booking.from_open') : describeInput(from)],
    [t('booking.to'), toOpen ? t('booking.to_open') : describeInput(to)],
    [t('booking.type'), nameKind(type)],
    [t('booking.description'), description],
    [t('booking.for'), nameOf(bookedFor) || bookedFor],
  ]
}

function readSpan({ from, to, fromOpen, toOpen }: Fields): inventory.TimeSpan | undefined {
  const [start, end] = [fromInputTime(from), fromInputTime(to)]
  return start && end && !fromOpen && !toOpen ? { from: start, to: end } : undefined
}

function toBody(fields: Fields): NewAllocation {
  const { from, to, fromOpen, toOpen, type, description, bookedFor } = fields
  return {
    from_infinity: fromOpen,
    to_infinity: toOpen,
    from_datetime: fromOpen ? null : (fromInputTime(from)?.toISOString() ?? null),
    to_datetime: toOpen ? null : (fromInputTime(to)?.toISOString() ?? null),
    allocation_type: type,
    description,
    ...(isAdmin.value && bookedFor && { booked_for: bookedFor }),
  }
}
