import { useSignal } from '@preact/signals'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { InputError } from '../error-text.ts'
import { formatNumber, t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Choice, Field, Form, TextArea, useForm } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { handOver, listReadings, type Step } from './check-out-and-return.ts'
import { PhotoFields } from './photo-fields.tsx'
import { usePhotoUploads } from './photo-uploads.ts'
import { readRefusal } from './refusal.ts'

interface HandoverFormProps {
  bookingId: string
  resourceId: string
  step: Step
  done: () => Promise<void>
}

/** The record of a handover; the server says what its rules require. */
export function HandoverForm({ bookingId, resourceId, step, done }: HandoverFormProps) {
  const odometer = useSignal('')
  const fuel = useSignal('')
  const condition = useSignal('')
  const note = useSignal('')
  const uploads = usePhotoUploads()
  const readings = useQuery(`odometer ${bookingId}`, () => listReadings(bookingId))
  const last =
    readings.data.value?.find(({ resource_id }) => resource_id === resourceId)?.checked_out
      .odometer ?? null
  const form = useForm(async () => {
    const files = await uploads.finish()
    const item = {
      resource_id: resourceId,
      ...(odometer.value && { odometer: Number(odometer.value) }),
      ...(fuel.value && { fuel: Number(fuel.value) }),
      ...(condition.value && { condition: condition.value as 'good' | 'damaged' }),
      ...(files.length > 0 && { files }),
      ...(note.value && { note: note.value }),
    }
    await handOver(bookingId, step, { items: [item] }).catch(throwInWords)
    notify(t(`handover.${step}_done`))
    await done()
  })
  return (
    <Form form={form} label={t(`handover.${step}`)}>
      <div class="pair">
        <Field
          label={t('handover.odometer')}
          type="number"
          min={0}
          value={odometer.value}
          hint={last === null ? '' : t('handover.last', { reading: formatNumber(last) })}
          change={(text) => (odometer.value = text)}
        />
        <Field
          label={t('handover.fuel')}
          type="number"
          min={0}
          max={100}
          value={fuel.value}
          change={(text) => (fuel.value = text)}
        />
      </div>
      <Choice
        label={t('handover.condition')}
        value={condition.value}
        change={(value) => (condition.value = value)}
        options={['', 'good', 'damaged'].map((value) => ({
          value,
          label: value && t(`handover.${value as 'good' | 'damaged'}`),
        }))}
      />
      <PhotoFields uploads={uploads} />
      <TextArea
        label={t('resources.note')}
        value={note.value}
        change={(text) => (note.value = text)}
        rows={2}
        maxLength={1000}
      />
    </Form>
  )
}

/** The required fields, without their place in a request; or why it cannot begin yet. */
function throwInWords(error: unknown): never {
  const refusal = readRefusal(error)
  if (refusal) throw new InputError(refusal.reasons().join(' '))
  const faults = error instanceof ProblemError ? (error.problem.errors ?? []) : []
  if (faults.length === 0) throw error
  throw new InputError(faults.map(({ detail }) => detail).join(' '))
}
