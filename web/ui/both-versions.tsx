import { useEffect, useRef } from 'preact/hooks'
import { t, withTexts, type Texts } from '../i18n.ts'
import en from '../locale/both/en.json'
import { nameOf } from '../people/names.ts'
import { adoptStyle } from '../style/adopt.ts'
import css from './both-versions.css' with { type: 'text' }
import type { Difference } from './edit.tsx'

interface BothVersionsProps {
  by: string
  rows: Difference[]
  keep: () => void
  take: () => void
}

/** What somebody else made of it meanwhile, beside what is in the form. */
function BothVersions({ by, rows, keep, take }: BothVersionsProps) {
  adoptStyle(css)
  const name = by && nameOf(by)
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => element.current?.focus(), [])
  return (
    <div class="notice warn both" role="alert" tabIndex={-1} ref={element}>
      <p>{name ? t('both.changed_by', { name }) : t('both.changed')}</p>
      {rows.length > 0 && <Rows rows={rows} />}
      <div class="cluster">
        <button
          type="button"
          onClick={({ currentTarget }) => {
            keep()
            currentTarget.form?.requestSubmit()
          }}
        >
          {t('both.keep')}
        </button>
        <button type="button" onClick={take}>
          {t('both.take')}
        </button>
      </div>
    </div>
  )
}

const fieldOf = (form: HTMLFormElement | null | undefined) =>
  form?.querySelector<HTMLElement>(':is(input, select, textarea):not(:disabled)')

/** What was typed is no longer in the form: its first field is next. */
function Discarded({ undo }: { undo: () => void }) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => fieldOf(element.current?.closest('form'))?.focus(), [])
  return (
    <div class="notice" role="status" ref={element}>
      <p>{t('both.discarded')}</p>
      <button
        type="button"
        onClick={({ currentTarget: { form } }) => {
          undo()
          fieldOf(form)?.focus()
        }}
      >
        {t('action.undo')}
      </button>
    </div>
  )
}

function Rows({ rows }: Pick<BothVersionsProps, 'rows'>) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t('both.mine')}</th>
          <th scope="col">{t('both.theirs')}</th>
        </tr>
      </thead>
      {rows.map(({ label, mine, theirs }, at) => (
        <tbody key={at}>
          <tr>
            <th scope="rowgroup" colSpan={2}>
              {label}
            </th>
          </tr>
          <tr>
            <Text text={mine} />
            <Text text={theirs} />
          </tr>
        </tbody>
      ))}
    </table>
  )
}

// Longer ones scroll, also by keyboard.
const shown_characters = 200

function Text({ text }: { text: string }) {
  return (
    <td>
      <div {...(text.length > shown_characters && { class: 'long', tabIndex: 0 })}>
        {text || '–'}
      </div>
    </td>
  )
}

const texts: Texts = { en, de: () => import('../locale/both/de.json') }

export const load = () => withTexts(BothVersions, texts)
export const loadDiscarded = () => withTexts(Discarded, texts)
