import { useComputed, useSignal } from '@preact/signals'
import type { CreatedDisplay, NewDisplay } from '../../shared/schemas/display.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { api, ask } from '../api.ts'
import { listResources, listTypes } from '../bookings/inventory.ts'
import { languages, t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Check, Choice, Field, Form, useForm } from '../ui/form.tsx'
import { Loaded } from '../ui/state.tsx'

interface DisplayDialogProps {
  close: () => void
  done: (display: CreatedDisplay) => void
}

// The server's limit per display.
const chosenMax = 60
// Beyond that, filter.
const shownMax = 200

/** A new display: its subject, with or without names. */
export function DisplayDialog({ close, done }: DisplayDialogProps) {
  const types = useQuery('types', listTypes)
  const fields = useSignal({
    name: '',
    type: '',
    with_names: false,
    language: '' as '' | 'en' | 'de',
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  })
  const chosen = useSignal<readonly string[]>([])
  const { name, type, with_names, language, time_zone } = fields.value
  const set = (change: Partial<typeof fields.value>) =>
    (fields.value = { ...fields.value, ...change })
  const form = useForm(async () => {
    const of = type ? { type } : { resource_ids: [...chosen.value] }
    const settings = { ...(language && { language }), ...(time_zone && { time_zone }) }
    const body: NewDisplay = { name: name.trim(), with_names, ...of, ...settings }
    done(await ask(api.bookings.displays.post(body)))
  })
  const every = (types.data.value ?? []).map((it) => ({
    value: it.name,
    label: t('displays.every', { type: it.plural }),
  }))
  const spoken = Object.entries(languages).map(([value, label]) => ({ value, label }))
  return (
    <Dialog title={t('displays.new')} close={close}>
      <Form form={form} label={t('displays.new')} cancel={close}>
        <Field
          label={t('keys.name')}
          value={name}
          change={(value) => set({ name: value })}
          required
          maxLength={100}
        />
        <Choice
          label={t('displays.of')}
          value={type}
          change={(value) => set({ type: value })}
          options={[{ value: '', label: t('displays.chosen') }, ...every]}
        />
        {type === '' && <Picker chosen={chosen.value} change={(ids) => (chosen.value = ids)} />}
        <Check
          label={t('displays.with_names')}
          checked={with_names}
          change={(value) => set({ with_names: value })}
        />
        <div class="pair">
          <Choice
            label={t('displays.language')}
            value={language}
            change={(value) => set({ language: value as typeof language })}
            options={[{ value: '', label: t('displays.browser') }, ...spoken]}
          />
          <Field
            label={t('displays.zone')}
            value={time_zone}
            change={(value) => set({ time_zone: value })}
            maxLength={60}
          />
        </div>
      </Form>
    </Dialog>
  )
}

interface PickerProps {
  chosen: readonly string[]
  change: (ids: readonly string[]) => void
}

/** Selects resources by name. */
function Picker({ chosen, change }: PickerProps) {
  const all = useQuery('all resources', () => listResources())
  const text = useSignal('')
  const shown = useComputed(() => {
    const wanted = text.value.toLocaleLowerCase()
    const isWanted = ({ name }: Resource) => name.toLocaleLowerCase().includes(wanted)
    return (all.data.value ?? []).filter(isWanted)
  })
  const toggle = (id: string, isChosen: boolean) =>
    change(isChosen ? [...chosen, id] : chosen.filter((it) => it !== id))
  return (
    <fieldset>
      <legend>{t('displays.chosen')}</legend>
      <p class="hint">{t(chosen.length > chosenMax ? 'displays.too_many' : 'displays.hidden')}</p>
      <input
        type="search"
        aria-label={t('board.filter')}
        placeholder={t('board.filter')}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      <Loaded query={all}>
        {() => (
          <ul class="picker" tabIndex={0} aria-label={t('displays.chosen')}>
            {shown.value.slice(0, shownMax).map(({ id, name }) => (
              <li key={id}>
                <Check
                  label={name}
                  checked={chosen.includes(id)}
                  change={(isChosen) => toggle(id, isChosen)}
                />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </fieldset>
  )
}
