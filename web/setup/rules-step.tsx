import { useSignal } from '@preact/signals'
import { t } from '../i18n.ts'
import { setPolicy } from '../rules/policies.ts'
import { presets } from '../rules/presets.ts'
import { ownZone, withZone } from '../rules/zone.ts'
import { notifyError } from '../ui/toast.tsx'
import type { StepProps } from './setup-page.tsx'

/** Three common sets of rules to start with. */
export function RulesStep({ type, changed, next }: StepProps) {
  const busy = useSignal(false)
  if (!type) return null
  const choose = async (rules: (typeof presets)[number]['rules']) => {
    if (busy.value) return
    busy.value = true
    try {
      await setPolicy({ type: type.name, rules: withZone(rules) })
      await changed()
      next()
    } catch (error) {
      notifyError(error)
    } finally {
      busy.value = false
    }
  }
  return (
    <>
      <p>
        {t('setup.rules_text')} {t('setup.rules_zone', { zone: ownZone() })}
      </p>
      <div class="cards" aria-busy={busy.value}>
        {presets.map(({ name, text, rules }) => (
          <button key={name} type="button" class="preset" onClick={() => void choose(rules)}>
            <b>{t(name)}</b>
            <span class="soft">{t(text)}</span>
          </button>
        ))}
      </div>
      <footer class="actions">
        <a class="button" href={`/bookings/rules?for=${encodeURIComponent(type.name)}`}>
          {t('setup.own_rules')}
        </a>
        <button type="button" onClick={() => next()}>
          {t('setup.no_rules')}
        </button>
      </footer>
    </>
  )
}
