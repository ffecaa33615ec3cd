import { computed, signal } from '@preact/signals'
import type attachments from './locale/attachments/en.json'
import type book from './locale/book/en.json'
import type books from './locale/books/en.json'
import type bookings from './locale/bookings/en.json'
import type both from './locale/both/en.json'
import type code from './locale/code/en.json'
import type courses from './locale/courses/en.json'
import type displays from './locale/displays/en.json'
import en from './locale/en.json'
import type files from './locale/files/en.json'
import type leaving from './locale/leaving/en.json'
import type links from './locale/links/en.json'
import type manage from './locale/manage/en.json'
import type notifications from './locale/notifications/en.json'
import type people from './locale/people/en.json'
import type photo from './locale/photo/en.json'
import type resource from './locale/resource/en.json'
import type policy from './locale/policy/en.json'
import type rules from './locale/rules/en.json'
import type series from './locale/series/en.json'
import type setup from './locale/setup/en.json'
import type system from './locale/system/en.json'
import type types from './locale/types/en.json'
import type webhooks from './locale/webhooks/en.json'
import type withdrawal from './locale/withdrawal/en.json'

type Parts = typeof attachments &
  typeof book &
  typeof books &
  typeof bookings &
  typeof both &
  typeof code &
  typeof courses &
  typeof displays &
  typeof files &
  typeof leaving &
  typeof links &
  typeof system &
  typeof manage &
  typeof notifications &
  typeof people &
  typeof photo &
  typeof resource &
  typeof policy &
  typeof rules &
  typeof series &
  typeof setup &
  typeof types &
  typeof webhooks &
  typeof withdrawal
export type MessageKey = keyof typeof en | keyof Parts

export const languages = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof languages

// Set by the build: its language. That language comes with the page, in place of English, the other
// one when it is chosen.
declare const builtFor: Language
const own = typeof builtFor === 'undefined' ? 'en' : builtFor

/** The texts of a part, in each language. */
export interface Texts {
  en: Record<string, string>
  de: () => Promise<{ default: Record<string, string> }>
}

const languageKey = 'campus.language'
const parts: Texts[] = [{ en, de: () => import('./locale/de.json') }]
const catalogue = signal<Record<string, string>>(en)
const current = signal<Language>(own)
export const language = computed(() => current.value)

/** For dates and numbers: the browser's own variant of the language, `en-GB` for English. */
export const locale = computed(
  () => navigator.languages.find((tag) => tag.startsWith(current.value)) ?? current.value,
)

/** The language chosen last, otherwise the first supported one of the browser. */
export async function startLanguage(): Promise<void> {
  const chosen = localStorage.getItem(languageKey) ?? ''
  const wanted = [chosen, ...navigator.languages]
  const found = wanted.map((tag) => tag.slice(0, 2)).find((tag) => tag in languages)
  if (found === chosen) tellGateway(chosen)
  await showLanguage((found ?? own) as Language)
}

export async function chooseLanguage(wanted: Language): Promise<void> {
  localStorage.setItem(languageKey, wanted)
  tellGateway(wanted)
  await showLanguage(wanted)
}

// It sends the build of that language next time; see decision 079.
function tellGateway(chosen: string): void {
  document.cookie = `${languageKey}=${chosen};path=/;max-age=31536000;samesite=lax`
}

/** Adds the texts of an optional part, before it is first shown. */
export async function addTexts(texts: Texts): Promise<void> {
  if (parts.includes(texts)) return
  parts.push(texts)
  await showLanguage(current.value)
}

/** Renders its children once their texts are loaded. */
export async function withTexts<T>(shown: T, ...texts: Texts[]): Promise<T> {
  await Promise.all(texts.map(addTexts))
  return shown
}

async function showLanguage(wanted: Language): Promise<void> {
  const all = await Promise.all(
    parts.map(async (texts) => (wanted === own ? texts.en : await readOther(texts))),
  )
  catalogue.value = Object.assign({}, ...all) as Record<string, string>
  current.value = wanted
  document.documentElement.lang = wanted
}

// If loading fails, the texts already there are better than nothing.
function readOther({ de, en: otherwise }: Texts): Promise<Record<string, string>> {
  return de().then(
    (texts) => texts.default,
    () => otherwise,
  )
}

type Values = Record<string, string | number>

/** A text with its `{names}` filled in. */
export function t(key: MessageKey, values: Values = {}): string {
  return (catalogue.value[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) =>
    String(values[name] ?? ''),
  )
}

// `files_one` and `files_other` are the forms of `files`.
type PluralKey = MessageKey extends infer Key
  ? Key extends `${infer Stem}_other`
    ? Stem
    : never
  : never

/** A text that depends on a count, by the rules of the language. */
export function plural(key: PluralKey, count: number, values: Values = {}): string {
  const form = new Intl.PluralRules(language.value).select(count) === 'one' ? 'one' : 'other'
  return t(`${key}_${form}` as MessageKey, { count: formatNumber(count), ...values })
}

export function formatNumber(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(locale.value, options).format(value)
}

/** 1536 → `1.5 kB`, in powers of 1000 as disks and networks count. */
export function formatBytes(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1)
  return formatNumber(bytes / 1000 ** power, {
    style: 'unit',
    unit: units[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power === 0 ? 0 : 1,
  })
}
