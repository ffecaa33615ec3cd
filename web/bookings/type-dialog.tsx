import { useSignal } from '@preact/signals'
import type { NewResourceType, PropertyRule } from '../../shared/schemas/resource-type.ts'
import { t, withTexts, type Texts } from '../i18n.ts'
import en from '../locale/types/en.json'
import { Dialog } from '../ui/dialog.tsx'
import { Check, Choice, Field, Form, Segments, useForm } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { notify } from '../ui/toast.tsx'
import { BufferFields } from './buffer-fields.tsx'
import { toTypeBuffers } from './buffers.ts'
import { addType } from './inventory.ts'

interface TypeDialogProps {
  close: () => void
  done: () => void
}

const kinds = ['integer', 'number', 'string', 'boolean', 'choice'] as const

interface Row {
  title: string
  kind: (typeof kinds)[number]
  /** Values of a choice, separated by commas. */
  values: string
  required: boolean
}

const emptyRow: Row = { title: '', kind: 'integer', values: '', required: false }

/** A new type: its name, how it is booked, and its properties. */
function TypeDialog({ close, done }: TypeDialogProps) {
  const fields = useSignal({ name: '', plural: '', kind: 'continuous', minutes: '30' })
  const buffers = useSignal({ before: '', after: '' })
  const rows = useSignal<Row[]>([])
  const set = (changes: Partial<typeof fields.value>) =>
    (fields.value = { ...fields.value, ...changes })
  const setRow = (at: number, changes: Partial<Row>) =>
    (rows.value = rows.value.map((row, index) => (index === at ? { ...row, ...changes } : row)))
  const { name, plural, kind, minutes } = fields.value
  const form = useForm(async () => {
    const grid = kind === 'interval' ? { slot_seconds: Number(minutes) * 60 } : {}
    const property_schema = toSchema(rows.value)
    const kept = toTypeBuffers(buffers.value)
    await addType({ name, ...(plural && { plural }), ...grid, ...kept, property_schema })
    notify(t('types.added', { name }))
    close()
    done()
  })
  return (
    <Dialog title={t('types.add')} close={close}>
      <Form form={form} label={t('types.add')} cancel={close}>
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
          />
        </div>
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
        <BufferFields value={buffers.value} change={(value) => (buffers.value = value)} />
        {rows.value.map((row, at) => (
          <PropertyRow
            key={at}
            row={row}
            set={(changes) => setRow(at, changes)}
            remove={() => (rows.value = rows.value.filter((_, index) => index !== at))}
          />
        ))}
        <button type="button" onClick={() => (rows.value = [...rows.value, emptyRow])}>
          <Icon name="plus" />
          {t('types.add_property')}
        </button>
      </Form>
    </Dialog>
  )
}

interface PropertyRowProps {
  row: Row
  set: (changes: Partial<Row>) => void
  remove: () => void
}

function PropertyRow({ row, set, remove }: PropertyRowProps) {
  return (
    <fieldset class="card stack">
      <legend>{row.title || t('types.property')}</legend>
      <div class="pair">
        <Field
          label={t('types.property')}
          value={row.title}
          change={(title) => set({ title })}
          maxLength={40}
          required
        />
        <Choice
          label={t('types.property_kind')}
          value={row.kind}
          change={(kind) => set({ kind: kind as Row['kind'] })}
          options={kinds.map((value) => ({ value, label: t(`property.${value}`) }))}
        />
      </div>
      {row.kind === 'choice' && (
        <Field
          label={t('types.values')}
          value={row.values}
          change={(values) => set({ values })}
          required
        />
      )}
      <div class="cluster">
        <Check
          label={t('types.required')}
          checked={row.required}
          change={(required) => set({ required })}
        />
        <button type="button" class="small push" onClick={remove}>
          <Icon name="trash" />
          {t('types.remove_property')}
        </button>
      </div>
    </fieldset>
  )
}

function toSchema(rows: Row[]): NonNullable<NewResourceType['property_schema']> {
  const named = rows.map((row) => ({ ...row, name: toName(row.title) }))
  return {
    properties: Object.fromEntries(named.map((row) => [row.name, toRule(row)])),
    required: named.filter((row) => row.required).map(({ name }) => name),
  }
}

// "Max. weight" → `max_weight`, its name in queries; the server refuses invalid ones.
function toName(title: string): string {
  const letters = title
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
  return letters.match(/[a-z0-9]+/g)?.join('_') ?? title
}

function toRule({ title, kind, values }: Row): PropertyRule {
  if (kind !== 'choice') return { type: kind, title }
  const choices = values.split(',').map((value) => value.trim())
  return { type: 'string', title, enum: choices.filter(Boolean) }
}

const texts: Texts = { en, de: () => import('../locale/types/de.json') }

export const load = () => withTexts(TypeDialog, texts)
