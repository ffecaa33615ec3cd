import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { forbidden, isAdministrator, requireOwner, type Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import { conflict, invalid, notFound, ProblemError } from '../../../shared/problem.ts'
import type { Calendar, CreatedCalendar, NewCalendar } from '../../../shared/schemas/calendar.ts'
import { toActor, type Asker } from '../../../shared/origin.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import type { Reservations } from '../reservations.ts'
import { toViewer } from '../reservations.ts'
import { hashSecretAddress, makeSecretAddress } from '../secret-address.ts'
import type { BookingsTables } from '../tables.ts'
import type { TypeIds } from '../type-ids.ts'

export type CalendarRow = BookingsTables['calendars']['$inferSelect']

// Enough for each device and each car of a fleet manager; the database refuses more.
const slots = Array.from({ length: 20 }, (_, at) => at + 1)
// Precision of `last_read`: one write an hour for each calendar in use.
const lastReadEvery_ms = 60 * 60_000
type CalendarContext = Pick<Context, 'store' | 'clock' | 'id' | 'config' | 'security'>

/** Calendar feeds at secret addresses: created, listed and revoked by their owners. */
export function createCalendars(
  { store, clock, id: newId, config, security }: CalendarContext,
  { calendars }: BookingsTables,
  { reservations, typeIds }: { reservations: Reservations; typeIds: TypeIds },
) {
  /** @throws 404 for a subject the caller cannot see, 409 at the limit */
  async function create(body: NewCalendar, asker: Asker): Promise<CreatedCalendar> {
    const { caller } = asker
    requireLogin(caller)
    requireOneSubject(body)
    const { type } = body
    const type_id = type === undefined ? null : await typeIds.find(type)
    const title = type ?? (await findTitle(body, caller))
    const { address, address_hash } = makeSecretAddress('feed')
    const values = {
      id: newId(),
      user_id: caller.id,
      address_hash,
      name: body.name ?? title,
      resource_id: body.resource_id ?? null,
      resource_type: type ?? null,
      type_id,
      created: clock(),
      last_read: null,
    }
    const row = await retryOnConflict(() => insert(values), slots.length + 1)
    security('calendar_created', { ...toActor(asker), user: caller.id, calendar: row.id })
    return { ...toCalendar(row), url: `${config.PUBLIC_URL ?? ''}${path}/${address}/campus.ics` }
  }

  // When two requests take the same slot, one moves on to the next.
  async function insert(values: Omit<CalendarRow, 'slot'>): Promise<CalendarRow | undefined> {
    const taken = await store.db
      .select({ slot: calendars.slot })
      .from(calendars)
      .where(eq(calendars.user_id, values.user_id))
    const slot = slots.find((each) => !taken.some((it) => it.slot === each))
    if (slot === undefined) throw tooMany()
    const [row] = await store.db
      .insert(calendars)
      .values({ ...values, slot })
      .onConflictDoNothing()
      .returning()
    return row
  }

  async function findTitle({ resource_id }: NewCalendar, caller: Caller): Promise<string> {
    if (resource_id === undefined) return 'Campus'
    const now = clock()
    const { name } = await reservations.readCalendar({
      viewer: toViewer(caller),
      resource_id,
      from: toInstant(now) ?? '',
      to: toInstant(now + 1) ?? '',
      named: [],
    })
    if (name === null) throw notFound('resource', resource_id)
    return name
  }

  /** @param userId the owner; administrators may name another user */
  async function list(caller: Caller, userId = caller.id): Promise<Calendar[]> {
    requireOwner(caller, userId)
    const rows = await store.db
      .select()
      .from(calendars)
      .where(eq(calendars.user_id, userId))
      .orderBy(asc(calendars.created), asc(calendars.id))
    return (await typeIds.withNames(rows)).map(toCalendar)
  }

  /** @throws 404 when it is gone or not the caller's */
  async function revoke(id: string, asker: Asker): Promise<void> {
    const { caller } = asker
    const isTheirs = isAdministrator(caller) ? undefined : eq(calendars.user_id, caller.id)
    const [gone] = await store.db
      .delete(calendars)
      .where(and(eq(calendars.id, id), isTheirs))
      .returning({ user: calendars.user_id })
    if (!gone) throw notFound('calendar', id)
    security('calendar_revoked', { ...toActor(asker), user: gone.user, calendar: id })
  }

  /** Finds the calendar at an address and records the read. @throws 404 if there is none */
  async function open(address: string): Promise<CalendarRow> {
    const address_hash = hashSecretAddress('feed', address)
    if (address_hash === undefined) throw noCalendar()
    const isIt = eq(calendars.address_hash, address_hash)
    const [row] = await store.db.select().from(calendars).where(isIt)
    if (!row) throw noCalendar()
    const now = clock()
    if (row.last_read === null || now - row.last_read >= lastReadEvery_ms) {
      await store.db.update(calendars).set({ last_read: now }).where(eq(calendars.id, row.id))
    }
    return { ...row, type_id: await typeIds.idOf(calendars, row) }
  }

  /** Removes the calendars of removed accounts. */
  async function forget(userIds: string[]): Promise<void> {
    await store.atomically([
      sql`DELETE FROM ${calendars} WHERE ${inArray(calendars.user_id, userIds)}`,
    ])
  }

  return { create, list, revoke, open, forget }
}

export type Calendars = ReturnType<typeof createCalendars>

export const path = '/api/calendars/feeds'

/** 404 for an address that is revoked or unknown, or whose owner has no active account. */
export function noCalendar(): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'calendar_not_found',
    detail: 'There is no such calendar, or it was revoked. Its owner can make a new one.',
  })
}

// A calendar would show the owner's view, which may exceed that of the key.
function requireLogin({ grant }: Caller): void {
  if (grant) throw forbidden('An API key cannot create a calendar. Log in instead.')
}

function requireOneSubject({ resource_id, type }: NewCalendar): void {
  if (resource_id === undefined || type === undefined) return
  throw invalid([{ pointer: '#/type', detail: 'Give either resource_id or type.' }])
}

function tooMany(): ProblemError {
  const detail = `You have ${slots.length} calendars. Revoke one first.`
  return conflict('too_many_calendars', detail)
}

function toCalendar(row: CalendarRow): Calendar {
  return {
    id: row.id,
    name: row.name,
    resource_id: row.resource_id,
    type: row.resource_type,
    created: toInstant(row.created) ?? '',
    last_read: row.last_read === null ? null : toInstant(row.last_read),
  }
}
