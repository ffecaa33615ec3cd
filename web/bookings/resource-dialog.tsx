import type { PropertyRule, ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useEdit, type Words } from '../ui/edit.tsx'
import { Choice, Field, Form, TextArea } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { useGroupNames } from '../people/group-picker.tsx'
import { nameType } from './type-name.ts'
import { BufferFields } from './buffer-fields.tsx'
import {
  describeBuffers,
  readBuffers,
  toBufferTexts,
  wordBuffers,
  type BufferTexts,
} from './buffers.ts'
import { changeResource, createResource, readResourceTagged } from './inventory.ts'
import { nameAll, VisibleToPicker } from './visible-to.tsx'

interface ResourceDialogProps {
  type: ResourceType
  /** Undefined: a new one. */
  resource?: Resource
  close: () => void
  done: () => void
}

interface Fields {
  name: string
  note: string
  time_zone: string
  visible_to: string[] | null
  /** Of the type, as typed. */
  properties: Record<string, string>
  buffers: BufferTexts
}

function useResource({ type, resource, close, done }: ResourceDialogProps) {
  const rules = Object.entries(type.property_schema.properties)
  const { nameOf } = useGroupNames()
  return useEdit<Resource, Fields>({
    of: resource,
    read: readResourceTagged,
    toFields: (shown) => ({
      name: shown?.name ?? '',
      note: shown?.note ?? '',
      time_zone: shown?.time_zone ?? '',
      visible_to: shown?.visible_to ?? null,
      properties: toTexts(rules, shown),
      buffers: toBufferTexts(shown),
    }),
    words: ({ name, note, time_zone, visible_to, properties, buffers }) => [
      [t('resources.name'), name],
      ...rules.map(([key, rule]) => wordProperty(key, rule, properties[key] ?? '')),
      [t('resources.note'), note],
      [t('resources.time_zone'), time_zone],
      ...wordBuffers(buffers),
      [t('visible_to.title'), nameAll(visible_to, nameOf)],
    ],
    send: async (
      { name, note, time_zone, visible_to, properties: typed, buffers },
      tagged,
      now,
    ) => {
      const own = time_zone === (now?.time_zone ?? '') ? {} : { time_zone: time_zone || null }
      // Those removed from the type would be refused.
      const others = type.property_schema.additionalProperties ? now?.properties : {}
      const properties = { ...others, ...readTexts(rules, typed) }
      const described = { name, note, visible_to, ...own, ...readBuffers(buffers) }
      const body = { ...described, ...(rules.length > 0 && { properties }) }
      if (resource) await changeResource(resource, body, tagged)
      else await createResource({ resource_type: type.name, ...body }, tagged)
      if (!resource) notify(t('resources.added', { name }))
      close()
      done()
    },
    ...(resource && { stale: done }),
  })
}

/** A resource: its name, its type's properties, and a note for people who book it. */
export function ResourceDialog(props: ResourceDialogProps) {
  const { type, resource, close } = props
  const rules = Object.entries(type.property_schema.properties)
  const { form, fields, set } = useResource(props)
  const { properties } = fields.value
  const title = resource ? resource.name : `${t('resources.add')}: ${nameType(type)}`
  return (
    <Dialog title={title} close={close}>
      <Form form={form} label={t(resource ? 'action.save' : 'resources.add')} cancel={close}>
        <Field
          label={t('resources.name')}
          value={fields.value.name}
          change={(name) => set({ name })}
          maxLength={100}
          required
          autofocus
        />
        {rules.map(([name, rule]) => (
          <Property
            key={name}
            label={rule.title ?? name}
            rule={rule}
            required={type.property_schema.required.includes(name)}
            value={properties[name] ?? ''}
            change={(value) => set({ properties: { ...properties, [name]: value } })}
          />
        ))}
        <TextArea
          label={t('resources.note')}
          value={fields.value.note}
          change={(note) => set({ note })}
          maxLength={1000}
          rows={2}
        />
        <Field
          label={t('resources.time_zone')}
          value={fields.value.time_zone}
          change={(time_zone) => set({ time_zone })}
          hint={t('resources.time_zone_hint')}
          maxLength={60}
        />
        <BufferFields
          value={fields.value.buffers}
          change={(buffers) => set({ buffers })}
          hint={t('buffers.as_type', { buffers: describeBuffers(type) || t('buffers.none') })}
        />
        <VisibleToPicker
          value={fields.value.visible_to}
          change={(visible_to) => set({ visible_to })}
        />
      </Form>
    </Dialog>
  )
}

interface PropertyProps {
  label: string
  rule: PropertyRule
  required: boolean
  value: string
  change: (value: string) => void
}

function Property({ label, rule, required, value, change }: PropertyProps) {
  const choices = choicesOf(rule)
  if (choices) {
    const options = required && value ? choices : [{ value: '', label: '–' }, ...choices]
    return <Choice {...{ label, value, change, options }} />
  }
  const isNumber = rule.type === 'integer' || rule.type === 'number'
  return (
    <Field
      {...{ label, value, change, required }}
      type={isNumber ? 'number' : 'text'}
      {...(rule.minimum !== undefined && { min: rule.minimum })}
      {...(rule.maximum !== undefined && { max: rule.maximum })}
      {...(rule.maxLength !== undefined && { maxLength: rule.maxLength })}
    />
  )
}

function wordProperty(name: string, rule: PropertyRule, text: string): Words[number] {
  const chosen = choicesOf(rule)?.find(({ value }) => value === text)
  return [rule.title ?? name, chosen?.label ?? text]
}

function choicesOf({ type, enum: values }: PropertyRule) {
  if (type === 'boolean') {
    return [
      { value: 'true', label: t('property.yes') },
      { value: 'false', label: t('property.no') },
    ]
  }
  return values?.map((value) => ({ value: String(value), label: String(value) }))
}

type Rules = [name: string, rule: PropertyRule][]

function toTexts(rules: Rules, resource: Resource | undefined): Record<string, string> {
  const texts = rules.map(([name]) => {
    const value = resource?.properties[name]
    return [name, value === undefined ? '' : String(value as string | number | boolean)]
  })
  return Object.fromEntries(texts) as Record<string, string>
}

// An empty field is undefined, which JSON omits.
function readTexts(rules: Rules, texts: Record<string, string>): Record<string, unknown> {
  const values = rules.map(([name, { type }]) => {
    const text = texts[name] ?? ''
    if (text === '') return [name, undefined]
    if (type === 'boolean') return [name, text === 'true']
    return [name, type === 'string' ? text : Number(text)]
  })
  return Object.fromEntries(values) as Record<string, unknown>
}
