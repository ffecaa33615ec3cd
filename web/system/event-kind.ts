import { securityEvents } from '../../shared/host/security-log.ts'
import { t } from '../i18n.ts'

/** The selectable kinds; unknown ones of a newer version are shown by name. */
export const kinds = securityEvents

export function describeKind(kind: string): string {
  const known = kinds.find((each) => each === kind)
  return known ? t(`event_kind.${known}`) : kind.replaceAll('_', ' ')
}
