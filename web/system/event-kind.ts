import { securityEvents } from '../../shared/host/security-log.ts'
import { t } from '../i18n.ts'

/** What can be chosen; one that a newer version wrote is shown by its own name. */
export const kinds = securityEvents

export function describeKind(kind: string): string {
  const known = kinds.find((each) => each === kind)
  return known ? t(`event_kind.${known}`) : kind.replaceAll('_', ' ')
}
