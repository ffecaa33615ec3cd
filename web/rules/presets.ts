import type { PolicyRules } from '../../shared/schemas/policy.ts'
import type { MessageKey } from '../i18n.ts'

interface Preset {
  name: MessageKey
  text: MessageKey
  rules: PolicyRules
}

/** Three common sets of rules to start with. */
export const presets: Preset[] = [
  {
    name: 'rules.preset_open',
    text: 'rules.preset_open_text',
    rules: { granularity: 'PT15M', maximum_duration: 'P14D', maximum_ahead: 'P180D' },
  },
  {
    name: 'rules.preset_office',
    text: 'rules.preset_office_text',
    rules: {
      opening_hours: [
        {
          days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
          from: '08:00',
          to: '18:00',
        },
      ],
      opening_applies: 'whole',
      granularity: 'PT15M',
      maximum_duration: 'PT10H',
      maximum_ahead: 'P90D',
      cancel_until: 'PT1H',
    },
  },
  {
    name: 'rules.preset_ask',
    text: 'rules.preset_ask_text',
    rules: {
      granularity: 'PT30M',
      minimum_notice: 'P1D',
      maximum_duration: 'P14D',
      maximum_ahead: 'P180D',
      approval: { when: 'always' },
      cancel_until: 'P1D',
    },
  },
]
