import { useSignal } from '@preact/signals'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { describeError } from '../error-text.ts'
import { ifMatch } from '../if-shown.ts'
import { t, withTexts, type Texts } from '../i18n.ts'
import en from '../locale/types/en.json'
import { Dialog } from '../ui/dialog.tsx'
import { useEdit } from '../ui/edit.tsx'
import { Field, Form, Segments } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { BufferFields } from './buffer-fields.tsx'
import { toBufferTexts, toTypeBuffers, wordBuffers, type BufferTexts } from './buffers.ts'
import { addType, changeType, listTypes, readTypeTagged } from './inventory.ts'
import { PropertyFields } from './property-fields.tsx'
import { toPropertyRows, toPropertySchema, writeRow, type PropertyRow } from './type-properties.ts'
import { nameType } from './type-name.ts'

interface TypeDialogProps {
  /** Undefined: a new one. */
  type?: ResourceType
  close: () => void
  /** @param name of the type */
  done: (name: string) => void
}

interface Fields {
  name: string
  plural: string
  kind: 'continuous' | 'interval'
  minutes: string
  buffers: BufferTexts
  rows: PropertyRow[]
}

function toFields(type: ResourceType | undefined): Fields {
  return {
    name: type?.name ?? '',
    plural: type?.plural ?? '',
    kind: type?.kind ?? 'continuous',
    minutes: String((type?.slot_seconds ?? 1800) / 60),
    buffers: type ? toBufferTexts(type) : { before: '', after: '' },
    rows: type ? toPropertyRows(type.property_schema) : [],
  }
}

function toBody({ kind, minutes, buffers, rows }: Fields, now: ResourceType | undefined) {
  const { additionalProperties = false } = now?.property_schema ?? {}
  return {
    slot_seconds: kind === 'interval' ? Number(minutes) * 60 : null,
    ...toTypeBuffers(buffers),
    property_schema: { ...toPropertySchema(rows), additionalProperties },
  }
}

function useType({ type, close, done }: TypeDialogProps) {
  const known = useSignal<ResourceType | undefined>(undefined)
  const finish = (name: string) => {
    close()
    done(name)
  }
  const edit = useEdit<ResourceType, Fields>({
    of: type,
    read: readTypeTagged,
    toFields,
    words: ({ name, plural, kind, minutes, buffers, rows }) => [
      [t('types.name'), name],
      [t('types.plural'), plural],
      [t('types.minutes'), kind === 'interval' ? minutes : ''],
      ...wordBuffers(buffers),
      [t('types.properties'), rows.map(wordProperty).join('; ')],
    ],
    written: (typed) => ({ ...typed, rows: typed.rows.map(writeRow) }),
    send: async (fields, tagged, now) => {
      const { name, plural } = fields
      known.value = undefined
      // Names of declared types are fixed.
      const names = now?.declared ? {} : { name, plural }
      if (type) await changeType(type, { ...names, ...toBody(fields, now) }, tagged)
      else {
        const body = { name, plural, ...toBody(fields, now) }
        await addType(body, tagged).catch(async (error: unknown) => {
          known.value = await findTaken(error, name)
          throw error
        })
        notify(t('types.added', { name }))
      }
      finish(now?.declared ? now.name : name)
    },
    ...(type && { stale: () => done(type.name) }),
  })
  const taken = known.value
  /** Adds what is typed to the one that has the name. */
  const use = async (shown: ResourceType) => {
    const { data, response } = await readTypeTagged(shown)
    const of = data as ResourceType
    const rows = [...toPropertyRows(of.property_schema), ...edit.fields.value.rows]
    const { property_schema } = toBody({ ...edit.fields.value, rows }, of)
    await changeType(of, { property_schema }, { headers: ifMatch(response) })
    finish(of.name)
  }
  return { ...edit, taken, use }
}

/** A type: its name, how it is booked, and its properties. */
function TypeDialog(props: TypeDialogProps) {
  const { type, close } = props
  const { form, fields, set, taken, use } = useType(props)
  const { buffers, rows } = fields.value
  const label = t(type ? 'action.save' : 'types.add')
  return (
    <Dialog title={type ? nameType(type) : label} close={close}>
      <Form
        form={
          taken ? { ...form, error: undefined, notice: <Taken {...{ type: taken, use }} /> } : form
        }
        label={label}
        cancel={close}
      >
        {!type?.declared && <NameFields {...{ fields: fields.value, set }} />}
        <GridFields {...{ fields: fields.value, set }} />
        <BufferFields value={buffers} change={(value) => set({ buffers: value })} />
        {type && <p class="soft">{t('types.change_text')}</p>}
        <PropertyFields rows={rows} change={(changed) => set({ rows: changed })} />
      </Form>
    </Dialog>
  )
}

interface FieldsProps {
  fields: Fields
  set: (changes: Partial<Fields>) => void
}

function NameFields({ fields: { name, plural }, set }: FieldsProps) {
  return (
    <div class="pair">
      <Field
        label={t('types.name')}
        value={name}
        change={(text) => set({ name: text })}
        maxLength={50}
        required
        autofocus
      />
      <Field
        label={t('types.plural')}
        value={plural}
        change={(text) => set({ plural: text })}
        maxLength={60}
        required
      />
    </div>
  )
}

function GridFields({ fields: { kind, minutes }, set }: FieldsProps) {
  return (
    <div class="pair">
      <Segments
        label={t('types.kind')}
        value={kind}
        change={(value) => set({ kind: value })}
        options={[
          { value: 'continuous', label: t('resources.any_span') },
          { value: 'interval', label: t('types.slots') },
        ]}
      />
      {kind === 'interval' && (
        <Field
          label={t('types.minutes')}
          type="number"
          value={minutes}
          change={(text) => set({ minutes: text })}
          min={1}
          max={44_640}
          required
        />
      )}
    </div>
  )
}

interface TakenProps {
  type: ResourceType
  use: (type: ResourceType) => Promise<void>
}

function Taken({ type, use }: TakenProps) {
  const error = useSignal<unknown>(undefined)
  return (
    <div class="notice warn stack" role="alert">
      <p>{t('types.taken', { name: nameType(type) })}</p>
      {error.value !== undefined && <p>{describeError(error.value)}</p>}
      <button
        type="button"
        onClick={() => void use(type).catch((cause: unknown) => (error.value = cause))}
      >
        {t('types.use_it')}
      </button>
    </div>
  )
}

function wordProperty({ title, kind, values, required }: PropertyRow): string {
  const details = [t(`property.${kind}`), values, required && t('types.required')]
  return `${title}: ${details.filter(Boolean).join(', ')}`
}

async function findTaken(error: unknown, name: string): Promise<ResourceType | undefined> {
  if (!(error instanceof ProblemError) || error.code !== 'resource_type_name_taken') {
    return undefined
  }
  return (await listTypes()).find((type) => type.name === name)
}

const texts: Texts = { en, de: () => import('../locale/types/de.json') }

export const load = () => withTexts(TypeDialog, texts)
