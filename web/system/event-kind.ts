import { t } from '../i18n.ts'

/** What can be chosen; the log knows others, which are shown by their own name. */
export const kinds = [
  'login',
  'login_failed',
  'login_locked',
  'login_ended',
  'logins_ended',
  'refresh_token_reused',
  'sign_up',
  'account_disabled',
  'account_enabled',
  'account_removed',
  'bookings_handed_over',
  'bookings_released',
  'files_handed_over',
  'address_changed',
  'password_changed',
  'password_reset',
  'password_wrong',
  'role_changed',
  'group_created',
  'group_renamed',
  'group_removed',
  'group_member_set',
  'group_member_removed',
  'second_factor_on',
  'second_factor_off',
  'second_factor_wrong',
  'passkey_added',
  'passkey_removed',
  'passkey_refused',
  'recovery_codes_made',
  'recovery_code_used',
  'provider_created',
  'provider_changed',
  'provider_removed',
  'identity_connected',
  'identity_disconnected',
  'sign_in_refused',
  'last_administrator_kept',
  'api_key_created',
  'api_key_revoked',
  'signing_key_rotated',
  'signing_keys_revoked',
] as const

export function describeKind(kind: string): string {
  const known = kinds.find((each) => each === kind)
  return known ? t(`event_kind.${known}`) : kind.replaceAll('_', ' ')
}
