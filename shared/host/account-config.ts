import { Type, type Static } from '@sinclair/typebox'

const Domain = '[a-z0-9-]+(\\.[a-z0-9-]+)+'

/** The variables for how people get accounts, and for mail. */
export const accountVariables = {
  /** `quiet`: without what is under way. */
  SAMPLE_DATA: Type.String({ pattern: '^(true|false|1|0|quiet)$', default: 'true' }),
  ADMIN_EMAIL: Type.Optional(Type.String({ pattern: '^[^\\s@]+@[^\\s@]+$', maxLength: 254 })),
  ADMIN_PASSWORD: Type.Optional(Type.String({ minLength: 10, maxLength: 200 })),
  /** How strangers get an account; by default `open` with sample data, else `invited`. */
  SIGN_UP: Type.Optional(
    Type.Union([
      Type.Literal('open'),
      Type.Literal('invited'),
      Type.Literal('domain'),
      Type.Literal('closed'),
    ]),
  ),
  /** The e-mail domains whose addresses may ask for a link. */
  SIGN_UP_DOMAINS: Type.String({
    pattern: `^(${Domain}( *, *${Domain})*)?$`,
    default: '',
    maxLength: 4000,
  }),
  /** Per network; ten times as many in total. 0: no limit. */
  SIGN_UP_LIMIT_PER_HOUR: Type.Integer({ default: 100, minimum: 0, maximum: 1e9 }),
  /** The address of the console. Links are built from it, never from a request. */
  PUBLIC_URL: Type.Optional(Type.String({ pattern: '^https?://[^/?#@\\s]+/?$', maxLength: 300 })),
  SMTP_URL: Type.Optional(Type.String({ pattern: '^smtps?://\\S+$', maxLength: 1000 })),
  /** A folder of texts that replace the built-in ones of mails: `de/booking.approved.txt`. */
  MAIL_TEMPLATES: Type.Optional(Type.String({ maxLength: 1000 })),
  /** Where bounced mails are returned to; by default `MAIL_FROM`. */
  MAIL_BOUNCES_TO: Type.Optional(
    Type.String({ pattern: '^[^\\s@<>,;]+@[^\\s@<>,;]+$', maxLength: 254 }),
  ),
  /** `campus@example.org`, or `Campus <campus@example.org>`. */
  MAIL_FROM: Type.Optional(
    Type.String({ pattern: '^([^<>"\\r\\n]+ <)?[^\\s@<>,;]+@[^\\s@<>,;]+>?$', maxLength: 300 }),
  ),
}
const Variables = Type.Object(accountVariables)
type Variables = Static<typeof Variables>

export type SignUpMode = NonNullable<Variables['SIGN_UP']>

export interface AccountConfig {
  /** Of the first administrator; undefined: one is generated, and shown once. */
  adminEmail: string | undefined
  adminPassword: string | undefined
  signUp: { mode: SignUpMode; domains: string[] }
  /** An origin without a trailing slash; undefined: no links can be made. */
  publicUrl: string | undefined
  /** A folder; undefined: all texts are the built-in ones. */
  mailTemplates: string | undefined
  /** Whether the sample includes people who request, hold and return things. */
  sampleIsBusy: boolean
  /** Undefined: no mail is sent. */
  smtp: { url: string; from: string; bouncesTo?: string | undefined } | undefined
}

interface Surroundings {
  production: boolean
  sampleData: boolean
  port: number | undefined
}

const gatewayPort = 3000

/** The same, parsed. */
export function toAccountConfig(
  values: Variables,
  { production, sampleData, port = gatewayPort }: Surroundings,
): AccountConfig {
  const { SIGN_UP, SIGN_UP_DOMAINS, PUBLIC_URL, SMTP_URL, MAIL_FROM } = values
  const own = production ? undefined : `http://127.0.0.1:${port}`
  return {
    adminEmail: values.ADMIN_EMAIL,
    adminPassword: values.ADMIN_PASSWORD,
    signUp: {
      mode: SIGN_UP ?? (sampleData ? 'open' : 'invited'),
      domains: SIGN_UP_DOMAINS.split(',').flatMap((domain) => domain.trim() || []),
    },
    sampleIsBusy: values.SAMPLE_DATA !== 'quiet',
    publicUrl: PUBLIC_URL?.replace(/\/$/, '') ?? own,
    mailTemplates: values.MAIL_TEMPLATES,
    smtp:
      SMTP_URL && MAIL_FROM
        ? { url: SMTP_URL, from: MAIL_FROM, bouncesTo: values.MAIL_BOUNCES_TO }
        : undefined,
  }
}

/** What variables that were given require besides: a line for each that is missing. */
export function listMissing(values: Variables, production: boolean): string[] {
  const { SIGN_UP, SIGN_UP_DOMAINS, PUBLIC_URL, SMTP_URL, MAIL_FROM } = values
  return [
    SMTP_URL && !MAIL_FROM && '  MAIL_FROM: SMTP_URL needs it, such as Campus <campus@example.org>',
    SMTP_URL && production && !PUBLIC_URL && '  PUBLIC_URL: SMTP_URL needs it, for links in mails',
    SIGN_UP === 'domain' && !SIGN_UP_DOMAINS && '  SIGN_UP_DOMAINS: SIGN_UP=domain needs it',
  ].filter((line) => typeof line === 'string' && line !== '') as string[]
}
