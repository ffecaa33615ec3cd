import { eq, inArray, isNull, lte, or, sql, type SQL } from 'drizzle-orm'
import { requireAdministrator, type Caller } from '../../../shared/access.ts'
import type { Versioned } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import type { Language } from '../../../shared/language.ts'
import { invalid } from '../../../shared/problem.ts'
import { notificationKinds } from '../../../shared/notification-kinds.ts'
import {
  type Channel,
  type Kinds,
  type NotificationPreferences,
  type NotificationPreferencesChange,
} from '../../../shared/schemas/notification.ts'
import { isTimeZone } from '../../../shared/time-zone.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../../shared/version.ts'
import type { NotificationsTables } from '../tables.ts'
import type { PreferenceRow } from './tables.ts'

/** The effective settings of a user. */
export interface Chosen {
  effective: NotificationPreferences['effective']
  /** The address that its mail server refuses. */
  refusedAddress: string | null
}

export interface RefusedMail {
  address: string
  /** When it was refused, or the bounced mail was written: milliseconds since 1970. */
  known_ms: number
}

/** The row of defaults for all users. */
export const everybody = 'everybody'
const digestAt = '07:00'
// Languages seen recently, for users who return often.
const seenMax = 10_000

/** How people are notified. */
export function createPreferences(
  { store, config, clock }: Pick<Context, 'store' | 'config' | 'clock'>,
  { notification_preferences: table }: NotificationsTables,
) {
  const seen = new Map<string, Language>()

  async function read(ids: string[]): Promise<Map<string, PreferenceRow>> {
    const rows = await store.db
      .select()
      .from(table)
      .where(inArray(table.user_id, [everybody, ...ids]))
    return new Map(rows.map((row) => [row.user_id, row]))
  }

  /** The settings of each user, in one query. */
  async function find(ids: string[]): Promise<(userId: string) => Chosen> {
    const rows = await read(ids)
    const defaults = rows.get(everybody)
    return (userId) => {
      const own = rows.get(userId)
      return {
        effective: toEffective(own, defaults),
        refusedAddress: own?.refused_address ?? null,
      }
    }
  }

  function toEffective(own?: PreferenceRow, defaults?: PreferenceRow): Chosen['effective'] {
    const wide = readKinds(defaults)
    const narrow = readKinds(own)
    const channelOf = (kind: keyof Kinds): Channel => narrow[kind] ?? wide[kind] ?? 'mail'
    const quiet = own?.quiet_from ? own : defaults
    const language = own?.language ?? own?.seen_language ?? defaults?.language ?? 'en'
    return {
      kinds: Object.fromEntries(notificationKinds.map((kind) => [kind, channelOf(kind)])),
      quiet_hours: toQuiet(quiet),
      digest_at: own?.digest_at ?? defaults?.digest_at ?? digestAt,
      time_zone: own?.time_zone ?? defaults?.time_zone ?? config.TIME_ZONE,
      language: language as Language,
    }
  }

  /** @param userId or `everybody` */
  async function get(userId: string): Promise<Versioned<NotificationPreferences>> {
    const rows = await read([userId])
    return toVersioned(rows.get(userId), rows.get(everybody))
  }

  function toVersioned(own: PreferenceRow | undefined, defaults: PreferenceRow | undefined) {
    const value: NotificationPreferences = {
      kinds: readKinds(own),
      quiet_hours: toQuiet(own),
      digest_at: own?.digest_at ?? null,
      time_zone: own?.time_zone ?? null,
      language: (own?.language ?? null) as Language | null,
      mail_refused: own?.mail_refused ? (toInstant(own.mail_refused) ?? null) : null,
      effective: toEffective(own, defaults),
    }
    return { value, version: own?.version ?? 0 }
  }

  /** Only given fields change; null resets to the default. @throws 412, 422 */
  async function change(
    userId: string,
    { body, ifMatch }: Change<NotificationPreferencesChange>,
  ): Promise<Versioned<NotificationPreferences>> {
    requireTimeZone(body)
    return retryOnConflict(async () => {
      const rows = await read([userId])
      const own = rows.get(userId)
      const version = own?.version ?? 0
      requireMatch(version, ifMatch)
      const values = { ...toColumns(body, own, clock()), version: version + 1 }
      const written = await store.db
        .insert(table)
        .values({ user_id: userId, ...values })
        .onConflictDoUpdate({
          target: table.user_id,
          set: values,
          setWhere: eq(table.version, version),
        })
        .returning()
      const [row] = written
      return row && toVersioned(row, userId === everybody ? row : rows.get(everybody))
    })
  }

  /** Stores a user's language for mails, if it has changed. */
  async function see({ id, role }: Caller, language: Language): Promise<void> {
    if (role === 'service' || role === 'system' || seen.get(id) === language) return
    if (seen.size >= seenMax) seen.clear()
    seen.set(id, language)
    await store.db
      .insert(table)
      // Not a choice of theirs, so the tag of their preferences stays.
      .values({ user_id: id, seen_language: language, version: 0 })
      .onConflictDoUpdate({ target: table.user_id, set: { seen_language: language } })
  }

  /**
   * As a statement: the user's mail server permanently refuses this address. No effect if that is
   * known, or the user asked to try again since.
   */
  function noteRefusal(userId: string, { address, known_ms }: RefusedMail): SQL {
    const values = { mail_refused: clock(), refused_address: address }
    return store.db
      .insert(table)
      .values({ user_id: userId, ...values })
      .onConflictDoUpdate({
        target: table.user_id,
        set: { ...values, version: sql`${table.version} + 1` },
        setWhere: sql`${table.refused_address} IS DISTINCT FROM ${address}
          AND ${or(isNull(table.mail_lifted), lte(table.mail_lifted, known_ms))}`,
      })
      .getSQL()
  }

  async function forget(userIds: string[]): Promise<void> {
    for (const id of userIds) seen.delete(id)
    await store.db.delete(table).where(inArray(table.user_id, userIds))
  }

  return {
    find,
    get,
    change,
    see,
    noteRefusal,
    forget,
    getDefaults: () => get(everybody),
    changeDefaults: (given: Change<NotificationPreferencesChange>) => {
      requireAdministrator(given.caller)
      return change(everybody, given)
    },
  }
}

export type Preferences = ReturnType<typeof createPreferences>

function readKinds(row: PreferenceRow | undefined): Kinds {
  return row ? (JSON.parse(row.kinds) as Kinds) : {}
}

function toQuiet(row: PreferenceRow | undefined): NotificationPreferences['quiet_hours'] {
  const { quiet_from: from, quiet_to: to } = row ?? {}
  return from && to ? { from, to } : null
}

function toColumns(
  body: NotificationPreferencesChange,
  own: PreferenceRow | undefined,
  now_ms: number,
) {
  const { kinds, quiet_hours, ...plain } = body
  const given = (['digest_at', 'time_zone', 'language'] as const).filter((it) => it in plain)
  return {
    ...(kinds && { kinds: JSON.stringify({ ...readKinds(own), ...kinds }) }),
    ...(quiet_hours !== undefined && {
      quiet_from: quiet_hours?.from ?? null,
      quiet_to: quiet_hours?.to ?? null,
    }),
    ...Object.fromEntries(given.map((name) => [name, plain[name] ?? null])),
    ...('mail_refused' in plain && {
      mail_refused: null,
      refused_address: null,
      mail_lifted: now_ms,
    }),
  }
}

function requireTimeZone({ time_zone }: NotificationPreferencesChange): void {
  if (time_zone === undefined || time_zone === null || isTimeZone(time_zone)) return
  const detail = 'Name a zone of the IANA time zone database, such as Europe/Berlin.'
  throw invalid([{ pointer: '#/time_zone', detail }])
}
