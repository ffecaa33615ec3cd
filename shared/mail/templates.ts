import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import type { Language } from '../language.ts'
import { notificationKinds } from '../notification-kinds.ts'
import { locateFile } from '../program.ts'
import { accountMails } from './account-mails.ts'

/** The placeholders of notification templates: `{{title}}`. */
const notificationPlaceholders = [
  'title',
  'course',
  'score',
  'was_score',
  'number',
  'resources',
  'when',
  'was',
  'days',
  'by',
  'person',
  'reason',
  'late_since',
  'held_until',
  'count',
  'items',
  'more',
  'link',
  'unsubscribe',
  'settings',
] as const
const accountPlaceholders = ['name', 'link', 'until'] as const
type Placeholder = (typeof notificationPlaceholders | typeof accountPlaceholders)[number]
// Their links do not expire.
const withoutEnd = /^account\.(?:taken|passkey_added|passkey_removed)$/
export type Values = Partial<Record<Placeholder, string>>

const accountNames = accountMails.map((kind) => `account.${kind}` as const)
/** All templates. `footer` is the end of notification mails. */
export const templateNames = [...notificationKinds, ...accountNames, 'digest', 'footer'] as const
export type TemplateName = (typeof templateNames)[number]

export interface Template {
  /** Empty in the footer. */
  subject: string
  body: string
}

export interface FoundTemplate extends Template {
  /** The content of its file. */
  source: string
  isOwn: boolean
  /** What is wrong with the operator's file, so that the built-in one is used. */
  faults: string[]
}

const builtIn = 'shared/mail/templates'

/** Templates of mails: the operator's files, else the built-in ones. Read again for each mail. */
export function createTemplates({ config, log }: Pick<Context, 'config' | 'log'>) {
  async function find(name: TemplateName, language: Language): Promise<FoundTemplate> {
    const path = join(language, `${name}.txt`)
    const own = config.MAIL_TEMPLATES
      ? await readText(join(config.MAIL_TEMPLATES, path))
      : undefined
    const faults = own === undefined ? [] : listFaults(name, own)
    if (own !== undefined && faults.length === 0) {
      return { ...parse(own), source: own, isOwn: true, faults }
    }
    if (faults.length > 0) log.error('a template cannot be used', { template: path, faults })
    const source = await readFile(locateFile(join(builtIn, path)), 'utf8')
    return { ...parse(source), source: own ?? source, isOwn: own !== undefined, faults }
  }

  /** Its subject and its text, with these values. */
  async function write(name: TemplateName, language: Language, values: Values) {
    const { subject, body } = await find(name, language)
    return { subject: fill(subject, values), text: fill(body, values) }
  }

  return { find, write }
}

export type Templates = ReturnType<typeof createTemplates>

/**
 * Fills a template. A line whose placeholders are all empty is left out. Values are inserted
 * literally, even if they look like placeholders.
 */
export function fill(text: string, values: Values): string {
  const lines = text.split('\n').flatMap((line) => {
    const names = [...line.matchAll(/{{(\w+)}}/g)].map(([, name]) => name as keyof Values)
    if (names.some((name) => !values[name])) return []
    return line.replace(/{{(\w+)}}/g, (_, name: keyof Values) => values[name] ?? '')
  })
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

function parse(source: string): Template {
  const match = /^Subject: ([^\n]+)\n\n([^]*)$/.exec(source)
  return match ? { subject: match[1] ?? '', body: match[2] ?? '' } : { subject: '', body: source }
}

function listFaults(name: TemplateName, source: string): string[] {
  const isAccount = name.startsWith('account.')
  const known = new Set<string>(isAccount ? accountPlaceholders : notificationPlaceholders)
  if (withoutEnd.test(name)) known.delete('until')
  const unknown = listUsed(source)
    .filter((used) => !known.has(used))
    .map((used) => `{{${used}}} is unknown.`)
  const { subject, body } = parse(source)
  const hasSubject = name === 'footer' || subject !== ''
  const start = 'Begin with "Subject: …" and an empty line.'
  return [
    ...(hasSubject ? [] : [start]),
    ...(isAccount ? listAccountFaults(subject, body) : []),
    ...new Set(unknown),
  ]
}

/** Such a mail is useless without its link; not every recipient has a name. */
function listAccountFaults(subject: string, body: string): string[] {
  const hasLink = body.split('\n').some((line) => listUsed(line).join() === 'link')
  return [
    ...(listUsed(subject).length === 0 ? [] : ['Write the subject without {{…}}.']),
    ...(hasLink ? [] : ['{{link}} is missing on a line without another {{…}}.']),
  ]
}

function listUsed(text: string): string[] {
  return [...text.matchAll(/{{([^}]*)}}/g)].map(([, used = '']) => used)
}

// Longer than any useful mail.
const charactersMax = 20_000

async function readText(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).replaceAll('\r\n', '\n').slice(0, charactersMax)
  } catch {
    return undefined
  }
}
