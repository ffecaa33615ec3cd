import { Type, type StaticDecode, type StringOptions } from '@sinclair/typebox'

const gibibyte = 2 ** 30
// The largest object of S3: 5 TiB.
const Bytes = (initial: number) =>
  Type.Integer({ default: initial, minimum: 1, maximum: 5 * 1024 * gibibyte })
/** 0: no limit. */
const Limit = (initial: number) => Type.Integer({ default: initial, minimum: 0, maximum: 1e9 })
const Days = (initial: number, { minimum = 1, maximum = 36_500 }) =>
  Type.Integer({ default: initial, minimum, maximum })
const OneOf = <const Words extends readonly string[]>(words: Words, options = {}) =>
  // A pattern, so that the message about a bad value lists the words.
  Type.Unsafe<Words[number]>(Type.String({ ...options, pattern: `^(${words.join('|')})$` }))
const Secret = Type.Optional(Type.String({ minLength: 32, maxLength: 1000 }))
const List = (pattern: string, options: StringOptions = {}) =>
  Type.Transform(Type.String({ maxLength: 4000, ...options, pattern }))
    .Decode((text) => text.split(',').flatMap((part) => part.trim() || []))
    .Encode(String)
// DNS names as well.
const addresses = '^[0-9a-zA-Z:./, -]*$'
const domain = '[a-z0-9-]+(\\.[a-z0-9-]+)+'

export const DatabaseUrl = Type.String({ pattern: '^(sqlite:.+|postgres(ql)?://.+)$' })
export const ServiceUrls = List('^https?://[^/, ]+( *, *https?://[^/, ]+)*$')

/** The settings by their names in the environment; .env.example explains them to operators. */
export const Settings = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  /** Undefined: the default port of the service. */
  PORT: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
  DATABASE_URL: Type.String({ ...DatabaseUrl, default: 'sqlite:data/{service}.sqlite' }),
  BLOB_URL: Type.String({
    pattern: '^(file:.+|s3://[a-z0-9][a-z0-9.-]+(/[^?]*)?(\\?.*)?)$',
    default: 'file:data/blobs',
    maxLength: 2000,
  }),
  S3_ACCESS_KEY_ID: Type.Optional(Type.String({ maxLength: 200 })),
  S3_SECRET_ACCESS_KEY: Type.Optional(Type.String({ maxLength: 200 })),
  MAX_FILE_BYTES: Bytes(gibibyte),
  USER_QUOTA_BYTES: Bytes(10 * gibibyte),
  /** Shared by all processes of a system, or one each. */
  SECRET: Secret,
  SECRET_FILE: Type.String({ default: 'data/secret', minLength: 1 }),
  SECRET_PREVIOUS: Secret,
  /** As JSON, see `readServiceKeys`; undefined: all processes share one secret. */
  SERVICE_KEYS: Type.Optional(Type.String({ maxLength: 10_000 })),
  KEYS_FILE: Type.String({ default: 'data/keys.json', minLength: 1 }),
  ADMIN_EMAIL: Type.Optional(Type.String({ pattern: '^[^\\s@]+@[^\\s@]+$', maxLength: 254 })),
  ADMIN_PASSWORD: Type.Optional(Type.String({ minLength: 10, maxLength: 200 })),
  USER_LIMIT_PER_MINUTE: Limit(6000),
  ADDRESS_LIMIT_PER_MINUTE: Limit(1200),
  LOGIN_LIMIT_PER_MINUTE: Limit(5),
  LIMITS_URL: Type.Optional(Type.String({ pattern: '^(redis|rediss|valkey)://.+$' })),
  SIGN_UP: Type.Optional(OneOf(['open', 'invited', 'domain', 'closed'])),
  SIGN_UP_DOMAINS: List(`^(${domain}( *, *${domain})*)?$`, { default: '' }),
  SIGN_UP_LIMIT_PER_HOUR: Limit(100),
  /** Without a trailing slash. Links are built from it, never from a request. */
  PUBLIC_URL: Type.Optional(
    Type.Transform(Type.String({ pattern: '^https?://[^/?#@\\s]+/?$', maxLength: 300 }))
      .Decode((url) => url.replace(/\/$/, ''))
      .Encode(String),
  ),
  SMTP_URL: Type.Optional(Type.String({ pattern: '^smtps?://\\S+$', maxLength: 1000 })),
  /** `campus@example.org`, or `Campus <campus@example.org>`. */
  MAIL_FROM: Type.Optional(
    Type.String({ pattern: '^([^<>"\\r\\n]+ <)?[^\\s@<>,;]+@[^\\s@<>,;]+>?$', maxLength: 300 }),
  ),
  MAIL_BOUNCES_TO: Type.Optional(
    Type.String({ pattern: '^[^\\s@<>,;]+@[^\\s@<>,;]+$', maxLength: 254 }),
  ),
  MAIL_TEMPLATES: Type.Optional(Type.String({ maxLength: 1000 })),
  USER_BOOKINGS_PER_DAY: Limit(1000),
  USER_BOOKS_PER_DAY: Limit(2000),
  SECOND_FACTOR: OneOf(['optional', 'administrators', 'everybody'], { default: 'optional' }),
  SECURITY_EVENT_DAYS: Days(365, {}),
  CHANGES_DAYS: Days(90, { maximum: 3650 }),
  /** 0: forever. At least as long as changes. */
  HISTORY_DAYS: Days(0, { minimum: 0 }),
  TIME_ZONE: Type.String({
    default: Intl.DateTimeFormat().resolvedOptions().timeZone,
    maxLength: 60,
  }),
  WEBHOOK_ALLOWED_NETWORKS: List('^[0-9a-fA-F:./, ]*$', { default: '' }),
  CORS_ORIGINS: List('^(https?://[^/, ]+[, ]*)*$', { default: '' }),
  ALLOWED_CALLERS: List(addresses, { default: '127.0.0.0/8,::1/128' }),
  TRUSTED_PROXIES: List(addresses, { default: '' }),
  /** By default `true` outside production. */
  SAMPLE_DATA: Type.Optional(OneOf(['true', 'false', '1', '0', 'quiet'])),
  NODE_ENV: Type.String({ default: 'development' }),
  LOG_LEVEL: OneOf(['debug', 'info', 'warn', 'error'], { default: 'info' }),
  LOG_FORMAT: OneOf(['json', 'pretty'], { default: process.stdout.isTTY ? 'pretty' : 'json' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://[^/]+$' })),
  OTEL_TRACES_SAMPLER_ARG: Type.Number({ default: 1, minimum: 0, maximum: 1 }),
  HOP_TIMEOUT_MS: Type.Integer({ default: 10_000, minimum: 10, maximum: 600_000 }),
  DRAIN_DELAY_MS: Type.Integer({ default: 0, minimum: 0, maximum: 60_000 }),
})
export type Settings = StaticDecode<typeof Settings>
