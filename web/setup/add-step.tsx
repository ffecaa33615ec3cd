import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { createResource } from '../bookings/inventory.ts'
import { TypeDialog } from '../bookings/lazy-dialogs.ts'
import { describeError } from '../error-text.ts'
import { formatNumber, locale, plural, t } from '../i18n.ts'
import { setQuery } from '../router.ts'
import { draftOf } from '../session/draft.ts'
import { TextArea } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { readPaste, rowsMax, type Draft, type Fault, type Rules } from './paste.ts'
import type { StepProps } from './setup-page.tsx'

/** Adds several at once, copied from a spreadsheet. Refused rows stay, with the reason. */
export function AddStep({ type, changed, next }: StepProps) {
  return type ? <Add key={type.id} type={type} changed={changed} next={() => next()} /> : null
}

interface AddProps {
  type: ResourceType
  changed: () => Promise<void>
  next: () => void
}

function Add({ type, changed, next }: AddProps) {
  const rules: Rules = Object.entries(type.property_schema.properties)
  const columns = [t('resources.name'), ...rules.map(([name, { title }]) => title ?? name)]
  // Kept for a user who is interrupted.
  const draft = useMemo(() => draftOf<string>(`setup ${type.id}`), [])
  const text = useSignal(draft.read() ?? '')
  const busy = useSignal(false)
  const changing = useSignal(false)
  const refused = useSignal<ReadonlyMap<string, string>>(new Map())
  const names = [t('resources.name'), 'name']
  const { drafts, unknown } = readPaste(text.value, { rules, names, locale: locale.value })
  const isReady = drafts.length > 0 && drafts.every(({ faults }) => faults.length === 0)
  const write = (value: string) => {
    text.value = value
    if (value) draft.keep(value)
    else draft.drop()
  }
  const add = async () => {
    if (busy.value) return
    busy.value = true
    const reasons = await addAll(type, drafts)
    refused.value = reasons
    const left = drafts.filter(({ name }) => reasons.has(name))
    write(left.map((draft) => toLine(draft, rules)).join('\n'))
    busy.value = false
    const added = drafts.length - left.length
    if (added > 0) notify(plural('setup.added', added))
    await changed()
    if (left.length === 0) next()
  }
  return (
    <>
      <TextArea
        label={t('setup.paste', { columns: columns.join(', ') })}
        value={text.value}
        change={write}
        rows={8}
      />
      <p class="soft">{t('setup.paste_text', { max: rowsMax })}</p>
      <div class="cluster">
        <button type="button" class="small" onClick={() => (changing.value = true)}>
          {t('setup.properties')}
        </button>
      </div>
      {changing.value && (
        <TypeDialog
          type={type}
          close={() => (changing.value = false)}
          done={(name) => void changed().then(() => setQuery({ type: name }))}
        />
      )}
      {unknown.length > 0 && (
        <p class="notice warn" role="status">
          {t('setup.unknown', { columns: unknown.join(', ') })}
        </p>
      )}
      {drafts.length > 0 && (
        <Preview columns={columns} rules={rules} drafts={drafts} refused={refused.value} />
      )}
      <footer class="actions">
        <button type="button" onClick={next}>
          {t('setup.skip')}
        </button>
        <button
          type="button"
          class="primary"
          disabled={!isReady}
          aria-busy={busy.value}
          onClick={() => void add()}
        >
          {plural('setup.add_all', drafts.length)}
        </button>
      </footer>
    </>
  )
}

/** Sequentially. @returns the reasons of refused ones, by name */
async function addAll(type: ResourceType, drafts: Draft[]): Promise<Map<string, string>> {
  const reasons = new Map<string, string>()
  for (const { name, properties } of drafts) {
    const body = { resource_type: type.name, name, properties }
    await createResource(body).catch((error: unknown) => reasons.set(name, describeError(error)))
  }
  return reasons
}

function toLine({ name, properties }: Draft, rules: Rules): string {
  return [name, ...rules.map(([rule]) => describeCell(properties[rule]))].map(quote).join('\t')
}

function quote(cell: string): string {
  return /["\t\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

/** As it was understood, and would be again. */
function describeCell(value: string | number | boolean = ''): string {
  if (typeof value === 'boolean') return t(value ? 'property.yes' : 'property.no')
  if (typeof value === 'string') return value
  return formatNumber(value, { useGrouping: false, maximumFractionDigits: 20 })
}

interface PreviewProps {
  columns: string[]
  rules: Rules
  drafts: Draft[]
  refused: ReadonlyMap<string, string>
}

/** A preview of what is added, with faults beside it. */
function Preview({ columns, rules, drafts, refused }: PreviewProps) {
  return (
    <div class="table" tabIndex={0} role="region" aria-label={t('setup.preview')}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {drafts.map((draft, at) => {
            const reasons = [...draft.faults.map(describeFault), refused.get(draft.name) ?? '']
            const wrong = reasons.filter(Boolean).join(' ')
            return (
              <tr key={at}>
                <th scope="row">
                  {draft.name}
                  {wrong && <span class="badge bad">{wrong}</span>}
                </th>
                {rules.map(([name]) => (
                  <td key={name}>{describeCell(draft.properties[name])}</td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function describeFault({ kind, title }: Fault): string {
  return t(`setup.fault_${kind}`, { title })
}
