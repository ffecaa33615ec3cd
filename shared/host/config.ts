import { readFileSync } from 'node:fs'
import { Type, type Static, type TObject, type TProperties } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { isTimeZone } from '../time-zone.ts'
import {
  accountVariables,
  listMissing,
  toAccountConfig,
  type AccountConfig,
} from './account-config.ts'
import { createAddressList } from './address.ts'

// Several addresses of one service are separated by commas.
const Urls = Type.String({ pattern: '^https?://[^/, ]+( *, *https?://[^/, ]+)*$', maxLength: 4000 })
const gibibyte = 2 ** 30
// 5 TiB: the largest object of S3.
const blobBytesMax = 5 * 1024 * gibibyte

const DatabaseUrl = Type.String({ pattern: '^(sqlite:.+|postgres(ql)?://.+)$' })
const BlobUrl = Type.String({
  pattern: '^(file:.+|s3://[a-z0-9][a-z0-9.-]+(/[^?]*)?(\\?.*)?)$',
  maxLength: 2000,
})
const Bytes = (options: { default: number }) =>
  Type.Integer({ ...options, minimum: 1, maximum: blobBytesMax })
const Cidrs = Type.String({ pattern: '^[0-9a-fA-F:./, ]*$', maxLength: 4000 })
const Origins = Type.String({ pattern: '^(https?://[^/, ]+[, ]*)*$', maxLength: 4000 })
// DNS names as well.
const Addresses = Type.String({ pattern: '^[0-9a-zA-Z:./, -]*$', maxLength: 4000 })

const Environment = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  PORT: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
  DATABASE_URL: Type.String({ ...DatabaseUrl, default: 'sqlite:data/{service}.sqlite' }),
  BLOB_URL: Type.String({ ...BlobUrl, default: 'file:data/blobs' }),
  S3_ACCESS_KEY_ID: Type.Optional(Type.String({ maxLength: 200 })),
  S3_SECRET_ACCESS_KEY: Type.Optional(Type.String({ maxLength: 200 })),
  MAX_FILE_BYTES: Bytes({ default: gibibyte }),
  USER_QUOTA_BYTES: Bytes({ default: 10 * gibibyte }),
  ALLOWED_CALLERS: Type.String({ ...Addresses, default: '127.0.0.0/8,::1/128' }),
  TRUSTED_PROXIES: Type.String({ ...Addresses, default: '' }),
  /** Shared by all processes of a system, or one each; at least 32 characters. */
  SECRET: Type.Optional(Type.String({ minLength: 32, maxLength: 1000 })),
  /** The file with the secret; created with a new one when missing. */
  SECRET_FILE: Type.String({ default: 'data/secret', minLength: 1 }),
  /** The previous secret: what it signed or sealed stays valid. */
  SECRET_PREVIOUS: Type.Optional(Type.String({ minLength: 32, maxLength: 1000 })),
  /** The public keys of all services, where each process has a secret of its own. */
  SERVICE_KEYS: Type.Optional(Type.String({ maxLength: 10_000 })),
  /** The file with the last known public keys of users, for a start while users is unavailable. */
  KEYS_FILE: Type.String({ default: 'data/keys.json', minLength: 1 }),
  /** Requests a minute; 0: no limit. */
  USER_LIMIT_PER_MINUTE: Type.Integer({ default: 6000, minimum: 0, maximum: 1e9 }),
  ADDRESS_LIMIT_PER_MINUTE: Type.Integer({ default: 1200, minimum: 0, maximum: 1e9 }),
  LOGIN_LIMIT_PER_MINUTE: Type.Integer({ default: 5, minimum: 0, maximum: 1e9 }),
  ...accountVariables,
  /** Bookings and changes of them per member and day; 0: no limit. */
  USER_BOOKINGS_PER_DAY: Type.Integer({ default: 1000, minimum: 0, maximum: 1e9 }),
  /** For how many days a reader of changes can resume. */
  CHANGES_DAYS: Type.Integer({ default: 90, minimum: 1, maximum: 3650 }),
  /** For how many days former versions of bookings are kept; 0: forever. */
  HISTORY_DAYS: Type.Integer({ default: 0, minimum: 0, maximum: 36_500 }),
  /** Books per member and day, added one by one or by import; 0: no limit. */
  USER_BOOKS_PER_DAY: Type.Integer({ default: 2000, minimum: 0, maximum: 1e9 }),
  /** Who must have a second factor: they set it up when they log in next. */
  SECOND_FACTOR: Type.Union(
    [Type.Literal('optional'), Type.Literal('administrators'), Type.Literal('everybody')],
    { default: 'optional' },
  ),
  /** How long security events are kept in the database, in days. */
  SECURITY_EVENT_DAYS: Type.Integer({ default: 365, minimum: 1, maximum: 36_500 }),
  /** The organisation's time zone: the default for resources. By default that of the machine. */
  TIME_ZONE: Type.String({
    default: Intl.DateTimeFormat().resolvedOptions().timeZone,
    maxLength: 60,
  }),
  LIMITS_URL: Type.Optional(Type.String({ pattern: '^(redis|rediss|valkey)://.+$' })),
  /** Private networks that webhooks may lead to. */
  WEBHOOK_ALLOWED_NETWORKS: Type.String({ ...Cidrs, default: '' }),
  CORS_ORIGINS: Type.String({ ...Origins, default: '' }),
  NODE_ENV: Type.String({ default: 'development' }),
  LOG_LEVEL: Type.Union(
    (['debug', 'info', 'warn', 'error'] as const).map((level) => Type.Literal(level)),
    { default: 'info' },
  ),
  LOG_FORMAT: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('pretty')])),
  /** The timeout of a hop to another service, in milliseconds. */
  HOP_TIMEOUT_MS: Type.Integer({ default: 10_000, minimum: 10, maximum: 600_000 }),
  /** The OTLP/HTTP endpoint of a collector; without it nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://[^/]+$' })),
  /** The share of traces that are recorded. */
  OTEL_TRACES_SAMPLER_ARG: Type.Number({ default: 1, minimum: 0, maximum: 1 }),
  /** How long readiness fails before the listener closes, so that load balancers notice first. */
  DRAIN_DELAY_MS: Type.Integer({ default: 0, minimum: 0, maximum: 60_000 }),
})
type Environment = Static<typeof Environment>

export interface Config extends AccountConfig {
  /** The names of all services. */
  services: readonly string[]
  host: string
  /** Undefined: the default port of the service. */
  port: number | undefined
  databaseUrl: (service: string) => string
  /** The addresses of a service that runs elsewhere, one per replica; undefined: not configured. */
  serviceUrls: (service: string) => string[] | undefined
  /** Where file contents are stored: `file:<dir>` or `s3://bucket/prefix?endpoint=…`. */
  blobUrl: string
  s3: { accessKeyId: string | undefined; secretAccessKey: string | undefined }
  fileBytesMax: number
  userQuota_bytes: number
  allowedCallers: string[]
  trustedProxies: string[]
  webhookNetworks: string[]
  /** The secret of this process; undefined: it is kept in `secretFile`. */
  secret: string | undefined
  secretFile: string
  secretPrevious: string | undefined
  /** As JSON; undefined: all processes share one secret. See `readServiceKeys`. */
  serviceKeys: string | undefined
  keysFile: string
  /** Requests a minute, sign-ups an hour; 0: no limit. */
  limits: { user: number; address: number; login: number; signUp: number }
  /** 0: no limit. */
  userBookingsPerDay: number
  userBooksPerDay: number
  secondFactor: Environment['SECOND_FACTOR']
  securityEventDays: number
  changesDays: number
  /** 0: forever. At least as long as changes. */
  historyDays: number
  /** An IANA time zone. */
  timeZone: string
  /** A Redis or Valkey that gateways share for rate limits; undefined: each counts alone. */
  limitsUrl: string | undefined
  /** Web origins whose pages may call the API; none by default. */
  corsOrigins: string[]
  production: boolean
  sampleData: boolean
  /** Whether other machines may reach the system: then no account has a public password. */
  isExposed: boolean
  logLevel: Environment['LOG_LEVEL']
  logFormat: 'json' | 'pretty'
  /** Where spans are sent; undefined: nothing is traced. */
  traces: { endpoint: string; ratio: number } | undefined
  hopTimeout_ms: number
  drainDelay_ms: number
}

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
  const values = readEnvironment(environment, services)
  const production = values.NODE_ENV === 'production'
  const sampleData = environment.SAMPLE_DATA ? !/^(false|0)$/.test(values.SAMPLE_DATA) : !production
  const read = (name: string) => values[name] as string | undefined
  return {
    services,
    host: values.HOST,
    port: values.PORT,
    databaseUrl: (service) =>
      (read(`${service.toUpperCase()}_DATABASE_URL`) ?? values.DATABASE_URL).replaceAll(
        '{service}',
        service,
      ),
    serviceUrls: (service) => {
      const urls = read(`${service.toUpperCase()}_URL`)
      return urls === undefined ? undefined : toList(urls)
    },
    blobUrl: values.BLOB_URL,
    s3: { accessKeyId: values.S3_ACCESS_KEY_ID, secretAccessKey: values.S3_SECRET_ACCESS_KEY },
    fileBytesMax: values.MAX_FILE_BYTES,
    userQuota_bytes: values.USER_QUOTA_BYTES,
    allowedCallers: toList(values.ALLOWED_CALLERS),
    trustedProxies: toList(values.TRUSTED_PROXIES),
    secret: values.SECRET,
    secretFile: values.SECRET_FILE,
    secretPrevious: values.SECRET_PREVIOUS,
    serviceKeys: values.SERVICE_KEYS,
    keysFile: values.KEYS_FILE,
    limits: {
      user: values.USER_LIMIT_PER_MINUTE,
      address: values.ADDRESS_LIMIT_PER_MINUTE,
      login: values.LOGIN_LIMIT_PER_MINUTE,
      signUp: values.SIGN_UP_LIMIT_PER_HOUR,
    },
    userBookingsPerDay: values.USER_BOOKINGS_PER_DAY,
    userBooksPerDay: values.USER_BOOKS_PER_DAY,
    secondFactor: values.SECOND_FACTOR,
    securityEventDays: values.SECURITY_EVENT_DAYS,
    changesDays: values.CHANGES_DAYS,
    historyDays: values.HISTORY_DAYS,
    timeZone: values.TIME_ZONE,
    limitsUrl: values.LIMITS_URL,
    webhookNetworks: toList(values.WEBHOOK_ALLOWED_NETWORKS),
    corsOrigins: toList(values.CORS_ORIGINS),
    production,
    isExposed: production || !isLoopback(values.HOST) || toList(values.TRUSTED_PROXIES).length > 0,
    sampleData,
    ...toAccountConfig(values, { production, sampleData, port: values.PORT }),
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT ?? (process.stdout.isTTY ? 'pretty' : 'json'),
    traces: values.OTEL_EXPORTER_OTLP_ENDPOINT
      ? { endpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT, ratio: values.OTEL_TRACES_SAMPLER_ARG }
      : undefined,
    hopTimeout_ms: values.HOP_TIMEOUT_MS,
    drainDelay_ms: values.DRAIN_DELAY_MS,
  }
}

function readEnvironment(
  environment: Record<string, string | undefined>,
  services: readonly string[],
): Environment & Record<string, unknown> {
  const schema = withServices(services)
  const faults: string[] = []
  const given = Object.keys(schema.properties).flatMap((name) => {
    const value = readVariable(name, environment, faults)
    return value ? [[name, value] as const] : []
  })
  const values = Value.Convert(schema, Value.Default(schema, Object.fromEntries(given)))
  faults.push(...describeErrors([...Value.Errors(schema, values)]))
  const { TIME_ZONE, NODE_ENV } = values as Environment
  faults.push(...listMissing(values as Environment, NODE_ENV === 'production'))
  if (!isTimeZone(TIME_ZONE)) faults.push(`  ${show('TIME_ZONE', TIME_ZONE)}: ${expectedZone}`)
  if (faults.length > 0) throw new Error([intro, ...faults].join('\n'))
  return values as Environment & Record<string, unknown>
}

const expectedZone = 'expected a name of the IANA time zone database, such as Europe/Berlin'
const intro = 'The environment cannot be used. Change these variables (see .env.example):'

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
  const properties: TProperties = { ...Environment.properties }
  for (const service of services) {
    properties[`${service.toUpperCase()}_URL`] = Type.Optional(Urls)
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

function toList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
}
