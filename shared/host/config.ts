import { readFileSync } from 'node:fs'
import { Type, type TObject, type TProperties } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { isTimeZone } from '../time-zone.ts'
import { createAddressList } from './address.ts'
import { DatabaseUrl, ServiceUrls, Settings } from './setting.ts'

/** The settings under their own names, and what follows from several of them. */
export interface Config extends Settings {
  /** The names of all services. */
  services: readonly string[]
  databaseUrl: (service: string) => string
  /** The addresses of a service that runs elsewhere, one per replica; undefined: not configured. */
  serviceUrls: (service: string) => string[] | undefined
  production: boolean
  sampleData: boolean
  /** Whether other machines may reach the system: then no account has a public password. */
  isExposed: boolean
  SIGN_UP: SignUpMode
  /** Undefined: no mail is sent. */
  smtp: { url: string; from: string; bouncesTo?: string | undefined } | undefined
}

/** How strangers get an account. */
export type SignUpMode = NonNullable<Settings['SIGN_UP']>

const gatewayPort = 3000

/**
 * Reads the configuration from environment variables, once, at the start. `<NAME>_FILE` names a
 * file that holds the value of `<NAME>`, as secrets are handed to containers.
 * @param environment the variables; an empty value counts as absent
 * @param services names whose `<NAME>_URL` and `<NAME>_DATABASE_URL` are read as well
 * @throws Error whose message lists every bad variable, with what it must be
 */
export function readConfig(
  environment: Record<string, string | undefined>,
  services: readonly string[],
): Config {
  const settings = readSettings(environment, services)
  const { SMTP_URL, MAIL_FROM, MAIL_BOUNCES_TO, SAMPLE_DATA } = settings
  const production = settings.NODE_ENV === 'production'
  const sampleData = SAMPLE_DATA ? !/^(false|0)$/.test(SAMPLE_DATA) : !production
  const publicUrl =
    settings.PUBLIC_URL ??
    (production ? undefined : `http://127.0.0.1:${settings.PORT ?? gatewayPort}`)
  return {
    ...settings,
    services,
    databaseUrl: (service) => {
      const own = settings[`${service.toUpperCase()}_DATABASE_URL`] as string | undefined
      return (own ?? settings.DATABASE_URL).replaceAll('{service}', service)
    },
    serviceUrls: (service) => settings[`${service.toUpperCase()}_URL`] as string[] | undefined,
    production,
    sampleData,
    isExposed: production || !isLoopback(settings.HOST) || settings.TRUSTED_PROXIES.length > 0,
    SIGN_UP: settings.SIGN_UP ?? (sampleData ? 'open' : 'invited'),
    ...(publicUrl && { PUBLIC_URL: publicUrl }),
    smtp:
      SMTP_URL && MAIL_FROM
        ? { url: SMTP_URL, from: MAIL_FROM, bouncesTo: MAIL_BOUNCES_TO }
        : undefined,
  }
}

type Read = Settings & Record<string, unknown>

function readSettings(
  environment: Record<string, string | undefined>,
  services: readonly string[],
): Read {
  const schema = withServices(services)
  const faults: string[] = []
  const given = Object.keys(schema.properties).flatMap((name) => {
    const value = readVariable(name, environment, faults)
    return value ? [[name, value] as const] : []
  })
  const values = Value.Convert(schema, Value.Default(schema, Object.fromEntries(given)))
  faults.push(...describeErrors([...Value.Errors(schema, values)]))
  faults.push(...listFurtherFaults(values as Record<string, string>))
  if (faults.length > 0) throw new Error([intro, ...faults].join('\n'))
  return Value.Decode(schema, values) as Read
}

const intro = 'The environment cannot be used. Change these variables (see .env.example):'

/** What no schema says: a line for each fault. */
function listFurtherFaults(values: Record<string, string>): string[] {
  const { SMTP_URL, MAIL_FROM, PUBLIC_URL, NODE_ENV, SIGN_UP, SIGN_UP_DOMAINS, TIME_ZONE } = values
  const zones = 'expected a name of the IANA time zone database, such as Europe/Berlin'
  return [
    SMTP_URL && !MAIL_FROM && 'MAIL_FROM: SMTP_URL needs it, such as Campus <campus@example.org>',
    SMTP_URL &&
      NODE_ENV === 'production' &&
      !PUBLIC_URL &&
      'PUBLIC_URL: SMTP_URL needs it, for links in mails',
    SIGN_UP === 'domain' && !SIGN_UP_DOMAINS && 'SIGN_UP_DOMAINS: SIGN_UP=domain needs it',
    !isTimeZone(TIME_ZONE ?? '') && `${show('TIME_ZONE', TIME_ZONE)}: ${zones}`,
  ].flatMap((fault) => (fault ? `  ${fault}` : []))
}

// The shared secret has its own file, which is created when it is missing.
const keptInFile = 'SECRET'

function readVariable(
  name: string,
  environment: Record<string, string | undefined>,
  faults: string[],
): string | undefined {
  const value = environment[name]
  const file = name === keptInFile ? undefined : environment[`${name}_FILE`]
  if (!file) return value
  if (value) faults.push(`  ${name} and ${name}_FILE are both set: remove one`)
  try {
    // Editors end a file with a line break, which is not part of the secret.
    return readFileSync(file, 'utf8').trimEnd()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    faults.push(`  ${name}_FILE=${JSON.stringify(file)}: cannot be read (${code})`)
    return undefined
  }
}

function withServices(services: readonly string[]): TObject {
  const properties: TProperties = { ...Settings.properties }
  for (const service of services) {
    properties[`${service.toUpperCase()}_URL`] = Type.Optional(ServiceUrls)
    properties[`${service.toUpperCase()}_DATABASE_URL`] = Type.Optional(DatabaseUrl)
  }
  return Type.Object(properties)
}

function describeErrors(errors: { path: string; value: unknown; message: string }[]): string[] {
  const lines = new Map(
    errors.map((error) => [
      error.path,
      `  ${show(error.path.slice(1), error.value)}: ${error.message.toLowerCase()}`,
    ]),
  )
  return [...lines.values()]
}

// Messages about bad variables end up in logs; secrets must not.
function show(name: string, value: unknown): string {
  return /SECRET|PASSWORD|KEY|DATABASE_URL|LIMITS_URL|SMTP_URL/.test(name)
    ? name
    : `${name}=${JSON.stringify(value)}`
}

const isLoopbackAddress = createAddressList(['127.0.0.0/8', '::1'])

function isLoopback(host: string): boolean {
  return host === 'localhost' || isLoopbackAddress(host)
}
