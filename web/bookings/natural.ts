import { locale } from '../i18n.ts'

interface Named {
  resource_type: string
  name: string
}

/** By type, then by name as people count: Lorry 2 before Lorry 10. */
export function sortNaturally<T extends Named>(resources: readonly T[]): T[] {
  const { compare } = new Intl.Collator(locale.value, { numeric: true })
  return resources.toSorted((a, b) => {
    if (a.resource_type !== b.resource_type) return a.resource_type < b.resource_type ? -1 : 1
    return compare(a.name, b.name)
  })
}
