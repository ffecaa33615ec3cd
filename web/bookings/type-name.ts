import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { t } from '../i18n.ts'

const known = ['Car', 'Lorry', 'Truck', 'Runway', 'Launchpad'] as const

/** The plural of a type: in the reader's language, or as its creator wrote it. */
export function nameType({ name, plural }: Pick<ResourceType, 'name' | 'plural'>): string {
  const found = known.find((one) => one === name)
  return found ? t(`type.${found}`) : plural
}
