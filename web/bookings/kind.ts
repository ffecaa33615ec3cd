import { t } from '../i18n.ts'

const kinds = ['booking', 'maintenance'] as const

/** The known kinds, and that of a booking if it is another. */
export function kindsWith(type: string) {
  const names = kinds.some((kind) => kind === type) ? kinds : [...kinds, type]
  return names.map((value) => ({ value, label: nameKind(value) }))
}

export function nameKind(type: string): string {
  const known = kinds.find((kind) => kind === type)
  return known ? t(`kind.${known}`) : type
}
