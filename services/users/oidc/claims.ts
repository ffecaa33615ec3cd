import { Value } from '@sinclair/typebox/value'
import type { IDToken, UserInfoResponse } from 'openid-client'
import { DisplayName, Email } from '../../../shared/schemas/user.ts'

/** A provider's statements about a user. */
export interface Claims {
  subject: string
  /** In lower case; undefined when there is none, or the provider did not verify it. */
  email: string | undefined
  displayName: string | undefined
  wantedName: string | undefined
  /** Undefined if not listed here: current groups stay. */
  groups: string[] | undefined
  hasSecondFactor: boolean
  /** When they logged in there, in seconds since 1970; undefined if not stated. */
  authenticated: number | undefined
}

// More than a token or response within our size limit can hold.
const groupsMax = 2000
// `sub` is at most 255 characters of ASCII: OpenID Connect Core section 2.
const subjectMax = 255

type Said = IDToken | (IDToken & UserInfoResponse)

/** @throws Error `subject_invalid` */
export function readClaims(said: Said, groupClaim: string | null): Claims {
  const { sub: subject, email, name, preferred_username: wantedName, amr, auth_time } = said
  if (!subject || subject.length > subjectMax || subject.includes('\0')) {
    throw new Error('subject_invalid')
  }
  const isAddress = Value.Check(Email, email) && isVerified(said)
  return {
    subject,
    email: isAddress ? email.toLowerCase() : undefined,
    displayName: Value.Check(DisplayName, name) ? name : undefined,
    wantedName: typeof wantedName === 'string' ? wantedName : undefined,
    groups: groupClaim === null ? undefined : readGroups(said, groupClaim),
    // RFC 8176 section 2.
    hasSecondFactor: Array.isArray(amr) && amr.includes('mfa'),
    authenticated: typeof auth_time === 'number' ? auth_time : undefined,
  }
}

const yes = new Set<unknown>([true, 'true', 1, '1'])

// Microsoft Entra has its own claim for that; some providers send text.
function isVerified({ email_verified, xms_edov }: Said): boolean {
  return yes.has(email_verified) || yes.has(xms_edov)
}

// A provider may omit an empty list. Entra marks a list that is too long in `_claim_names`.
function readGroups(said: Said, claim: string): string[] | undefined {
  const elsewhere = said['_claim_names']
  if (typeof elsewhere === 'object' && elsewhere !== null && claim in elsewhere) return undefined
  const value = said[claim]
  const values: unknown[] = Array.isArray(value) ? value : [value]
  return values.filter((it) => typeof it === 'string').slice(0, groupsMax)
}
