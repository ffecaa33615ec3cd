import type { Context } from '../../../shared/context.ts'
import type { Language } from '../../../shared/language.ts'
import { layOut } from '../../../shared/mail/layout.ts'
import { sayTime } from '../../../shared/mail/say-time.ts'
import {
  fill,
  templateNames,
  type TemplateName,
  type Templates,
} from '../../../shared/mail/templates.ts'
import { notFound } from '../../../shared/problem.ts'
import type { MailPreview, MailTemplate } from '../../../shared/schemas/mail-template.ts'
import { sampleNotification, samplePeople, sampleUntil_ms } from './sample-values.ts'
import { toValues } from './values.ts'

const languages: Language[] = ['en', 'de']

/** Previews of mails for administrators, with the faults of their own templates. */
export function createPreview({ config }: Pick<Context, 'config'>, templates: Templates) {
  const home = config.PUBLIC_URL ?? 'https://campus.example.org'

  async function list(): Promise<MailTemplate[]> {
    const all = languages.flatMap((language) => templateNames.map((name) => ({ name, language })))
    return Promise.all(
      all.map(async ({ name, language }) => {
        const { isOwn, faults } = await templates.find(name, language)
        return { name, language, own: isOwn, faults }
      }),
    )
  }

  function toSample(name: TemplateName, language: Language) {
    const reader = { language, time_zone: config.TIME_ZONE }
    if (name.startsWith('account.')) {
      const until = sayTime(sampleUntil_ms, reader)
      return { name: samplePeople.by, link: `${home}/…`, until }
    }
    return {
      ...toValues(sampleNotification, { ...samplePeople, ...reader, link: `${home}/bookings` }),
      count: '2',
      items: '…',
      more: '3',
      unsubscribe: `${home}/api/notifications/unsubscribe/…`,
      settings: `${home}/notifications/preferences`,
    }
  }

  /** @throws 404 */
  async function show(name: string, language: Language): Promise<MailPreview> {
    if (!isTemplate(name)) throw notFound('template', name)
    const { subject, body, source, isOwn, faults } = await templates.find(name, language)
    const values = toSample(name, language)
    const hasFooter = name !== 'footer' && !name.startsWith('account.')
    const footer = hasFooter ? (await templates.write('footer', language, values)).text : ''
    const parts = { subject: fill(subject, values), text: fill(body, values), footer }
    const mail = layOut({ ...parts, language, home })
    return { name, language, own: isOwn, faults, source, ...mail }
  }

  return { list, show }
}

export type Preview = ReturnType<typeof createPreview>

function isTemplate(name: string): name is TemplateName {
  return (templateNames as readonly string[]).includes(name)
}
