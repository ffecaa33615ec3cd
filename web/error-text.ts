import { ProblemError } from '../packages/client/src/problem.ts'
import type { ProblemCode } from '../shared/problem-code.ts'
import { language, t, type Language, type MessageKey } from './i18n.ts'

/** Invalid input; the message is for the user who typed it. */
export class InputError extends Error {
  override readonly name = 'InputError'
}

// Problems explained in the reader's language; for others the server's text is shown.
const known: Record<string, MessageKey | undefined> = {
  unreachable: 'error.unreachable',
  unexpected_response: 'error.unexpected',
  account_disabled: 'error.account_disabled',
  credentials_wrong: 'error.credentials',
  current_password_wrong: 'error.own_password',
  second_factor_code_wrong: 'error.code',
  passkey_challenge_expired: 'error.passkey_expired',
  passkey_known: 'passkeys.known',
  passkey_refused: 'error.passkey',
  passkey_unknown: 'error.passkey_unknown',
  second_factor_required: 'error.last_factor',
  second_factor_not_found: 'error.no_factor',
  already_decided: 'error.already_decided',
  approval_required: 'error.approval_required',
  booking_closed: 'error.booking_closed',
  booking_over: 'error.booking_over',
  request_expired: 'error.request_expired',
  allocation_overlap: 'error.overlap',
  empty_span: 'error.empty_span',
  forbidden: 'error.forbidden',
  not_on_slot_grid: 'error.slot_grid',
  precondition_failed: 'error.changed',
  quota_exceeded: 'error.quota',
  link_invalid: 'error.link',
  person_cannot_see: 'error.person_sight',
  username_taken: 'error.username_taken',
  email_taken: 'error.email_taken',
  mail_not_set: 'error.mail',
  public_url_not_set: 'error.public_url',
  address_verified: 'error.address_verified',
  sign_in_invalid: 'oidc.elsewhere',
  sign_in_refused: 'error.sign_in_refused',
  sign_in_not_renewed: 'error.sign_in_not_renewed',
  provider_unavailable: 'error.provider_away',
  account_missing: 'error.account_missing',
  address_unverified: 'error.address_unverified',
  account_address_unverified: 'error.account_address_unverified',
  identity_taken: 'error.identity_taken',
  identity_provider_taken: 'error.provider_taken',
} satisfies Partial<Record<ProblemCode | 'unexpected_response' | 'unreachable', MessageKey>>

// Said by the server in English, with nothing that this reader would miss.
const translated: typeof known = {
  booking_lost: 'error.booking_lost',
  daily_limit_reached: 'error.daily_limit',
} satisfies Partial<Record<ProblemCode, MessageKey>>

/** What is wrong, and what to do about it. */
export function describeError(error: unknown, reader: Language = language.value): string {
  if (error instanceof InputError) return error.message
  if (!(error instanceof ProblemError)) {
    console.error(error)
    return t('error.unexpected')
  }
  const { code, detail, title } = error.problem
  const key = known[code] ?? (reader === 'en' ? undefined : translated[code])
  return key ? t(key) : detail || title
}
