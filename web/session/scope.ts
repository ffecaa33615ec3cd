import { t } from '../i18n.ts'

export const scopeLevels = ['read', 'book', 'manage'] as const
/** The services of a key; accounts can only be read. */
export const scopePlaces = ['inventory', 'books', 'ratings', 'files', 'courses', 'users'] as const

type Level = (typeof scopeLevels)[number]
type Place = (typeof scopePlaces)[number]

/** A scope in words: `Read and change, Bookings`. */
export function describeScope(scope: string): string {
  const [level = '', place] = scope.split(':').toReversed()
  if (!isOneOf(scopeLevels, level)) return scope
  const what = t(`key_level.${level}`)
  if (place === undefined) return `${what}, ${t('keys.everywhere')}`
  return `${what}, ${isOneOf(scopePlaces, place) ? t(`key_place.${place}`) : place}`
}

function isOneOf<T extends Level | Place>(all: readonly T[], value: string): value is T {
  return (all as readonly string[]).includes(value)
}
