import { useSignal } from '@preact/signals'
import { useEffect, useId } from 'preact/hooks'
import type { DirectoryEntry } from '../../shared/schemas/directory.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { learnNames } from './names.ts'

// Waits for the end of typing.
const settle_ms = 250
const shownMax = '6'

interface PersonPickerProps {
  label: string
  /** Called with the id of the selected person. */
  change: (id: string) => void
  hint?: string
}

/** Selects a person by part of their name. */
export function PersonPicker({ label, change, hint }: PersonPickerProps) {
  const id = useId()
  const text = useSignal('')
  const found = useSignal<DirectoryEntry[]>([])
  useEffect(() => {
    found.value = []
    const q = text.value.trim()
    if (!q) return
    let isLate = false
    const timer = setTimeout(async () => {
      const call = ask(api.users.directory.get({ query: { q, limit: shownMax } }))
      const people = await call.catch(() => [])
      if (!isLate) found.value = people
    }, settle_ms)
    return () => {
      isLate = true
      clearTimeout(timer)
    }
  }, [text.value])
  const choose = (person: DirectoryEntry) => {
    learnNames([[person.id, person.display_name]])
    text.value = ''
    change(person.id)
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        // A name that is only typed would be nobody.
        ref={(input) => input?.setCustomValidity(text.value.trim() && t('people.select'))}
        id={id}
        type="search"
        autocomplete="off"
        placeholder={t('people.by_name')}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
        aria-describedby={hint && `${id}-hint`}
      />
      <ul class="suggestions" aria-live="polite">
        {found.value.map((person) => (
          <li key={person.id}>
            <button type="button" class="small" onClick={() => choose(person)}>
              {person.display_name}
            </button>
          </li>
        ))}
      </ul>
      {hint && (
        <small class="hint" id={`${id}-hint`}>
          {hint}
        </small>
      )}
    </div>
  )
}
