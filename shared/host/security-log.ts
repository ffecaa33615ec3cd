import type { Log } from './log.ts'

/** Events for auditors (OWASP Logging Cheat Sheet, "Which events to log"). */
export type SecurityEvent = keyof typeof levels

/** Where a request comes from. */
export interface Origin {
  request_id: string
  /** The client's address if known, else empty. */
  address: string
  user_agent: string | null
}

export interface SecurityFields {
  /** Who did it: a user's id, `service:<name>`, `anonymous`, or `system` for scheduled tasks. */
  actor: string
  /** Where from; undefined for scheduled tasks. */
  origin?: Origin | undefined
  /** The account it is about. */
  user?: string | undefined
  [detail: string]: unknown
}

// Normal events are `info`; the others are logged even at level `warn`.
const levels = {
  login: 'info',
  login_failed: 'warn',
  login_locked: 'warn',
  login_ended: 'info',
  logins_ended: 'info',
  refresh_token_reused: 'warn',
  sign_up: 'info',
  account_disabled: 'warn',
  account_enabled: 'warn',
  account_removed: 'warn',
  bookings_handed_over: 'warn',
  bookings_released: 'warn',
  files_handed_over: 'warn',
  invitation_created: 'warn',
  invitation_revoked: 'info',
  invitation_renewed: 'warn',
  address_changed: 'warn',
  address_change_asked: 'info',
  address_change_refused: 'warn',
  address_verified: 'info',
  password_link_asked: 'info',
  password_link_created: 'warn',
  password_changed: 'warn',
  password_reset: 'warn',
  password_wrong: 'warn',
  role_changed: 'warn',
  second_factor_on: 'warn',
  second_factor_off: 'warn',
  second_factor_wrong: 'warn',
  passkey_added: 'warn',
  passkey_removed: 'warn',
  passkey_refused: 'warn',
  recovery_codes_made: 'warn',
  recovery_code_used: 'warn',
  provider_created: 'warn',
  provider_changed: 'warn',
  provider_removed: 'warn',
  identity_connected: 'warn',
  identity_disconnected: 'warn',
  identity_confirmed: 'info',
  sign_in_refused: 'warn',
  last_administrator_kept: 'warn',
  api_key_created: 'warn',
  api_key_revoked: 'warn',
  group_created: 'info',
  group_renamed: 'info',
  group_removed: 'warn',
  group_member_set: 'warn',
  group_member_removed: 'warn',
  signing_key_rotated: 'warn',
  signing_keys_revoked: 'warn',
  backup_made: 'info',
  calendar_created: 'warn',
  calendar_revoked: 'warn',
  display_created: 'warn',
  display_revoked: 'warn',
  webhook_created: 'warn',
  webhook_changed: 'warn',
  webhook_removed: 'warn',
  webhook_secret_created: 'warn',
  webhook_secret_removed: 'warn',
  forbidden: 'warn',
} as const

/** All of them. */
export const securityEvents = Object.keys(levels) as SecurityEvent[]

export type SecurityLog = (event: SecurityEvent, fields: SecurityFields) => void

/**
 * Writes security events: lines with the message `security`, each with `event`, `actor`,
 * `request_id` and `address`. Never a password, a token, or the name somebody typed, which may be
 * a password in the wrong field.
 */
export function createSecurityLog(log: Log): SecurityLog {
  return (event, { origin, ...fields }) =>
    log[levels[event]]('security', {
      event,
      ...fields,
      ...(origin && { request_id: origin.request_id, address: origin.address }),
    })
}
