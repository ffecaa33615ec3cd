import type { Context } from '../../../shared/context.ts'
import type { Language } from '../../../shared/language.ts'
import { notFound } from '../../../shared/problem.ts'
import type { MailPreview, MailTemplate } from '../../../shared/schemas/mail-template.ts'
import { toHtml } from './html.ts'
import { sampleNotification, samplePeople } from './sample-values.ts'
import { fill, templateNames, type TemplateName, type Templates } from './templates.ts'
import { toValues } from './values.ts'

const languages: Language[] = ['en', 'de']

/** Shows administrators what mails look like, with what is wrong with their own templates. */
export function createPreview({ config }: Pick<Context, 'config'>, templates: Templates) {
  const home = config.publicUrl ?? 'https://campus.example.org'

  async function list(): Promise<MailTemplate[]> {
    const all = languages.flatMap((language) => templateNames.map((name) => ({ name, language })))
    return Promise.all(
      all.map(async ({ name, language }) => {
        const { isOwn, faults } = await templates.find(name, language)
        return { name, language, own: isOwn, faults }
      }),
    )
  }

  /** @throws 404 */
  async function show(name: string, language: Language): Promise<MailPreview> {
    if (!isTemplate(name)) throw notFound('template', name)
    const { subject, body, source, isOwn, faults } = await templates.find(name, language)
    const footer = await templates.find('footer', language)
    const values = {
      ...toValues(sampleNotification, {
        ...samplePeople,
        language,
        time_zone: config.timeZone,
        link: `${home}/bookings`,
      }),
      count: '2',
      items: '…',
      more: '3',
      unsubscribe: `${home}/api/notifications/unsubscribe/…`,
      settings: `${home}/notifications/preferences`,
    }
    const text = fill(body, values)
    const end = fill(footer.body, values)
    return {
      name,
      language,
      own: isOwn,
      faults,
      source,
      subject: fill(subject, values),
      text: name === 'footer' ? end : `${text}\n\n-- \n${end}`,
      html: toHtml({ text: name === 'footer' ? '' : text, footer: end, home }),
    }
  }

  return { list, show }
}

export type Preview = ReturnType<typeof createPreview>

function isTemplate(name: string): name is TemplateName {
  return (templateNames as readonly string[]).includes(name)
}
