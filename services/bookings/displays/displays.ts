import { and, asc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { forbidden, isAdministrator, type Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import { conflict, invalid, notFound } from '../../../shared/problem.ts'
import type { CreatedDisplay, Display, NewDisplay } from '../../../shared/schemas/display.ts'
import { toActor, type Asker } from '../../../shared/origin.ts'
import { removed } from '../../../shared/removed.ts'
import { isTimeZone } from '../../../shared/time-zone.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import { toViewer, type Reservations } from '../reservations.ts'
import type { Rulebook } from '../rulebook.ts'
import { makeSecretAddress } from '../secret-address.ts'
import type { BookingsTables } from '../tables.ts'
import type { TypeIds } from '../type-ids.ts'

export type DisplayRow = BookingsTables['displays']['$inferSelect']

/** The public identity that a display reads with. */
export const anybody = { id: 'display', groups: [] }

// One for each door of a large site; the database refuses more.
const slots = Array.from({ length: 200 }, (_, at) => at + 1)

interface Dependencies {
  reservations: Reservations
  rulebook: Rulebook
  typeIds: TypeIds
}

type DisplayContext = Pick<Context, 'store' | 'clock' | 'id' | 'config' | 'security'>

/** Screens at secret addresses: created, listed and revoked by managers and administrators. */
export function createDisplays(
  { store, clock, id: newId, config, security }: DisplayContext,
  { displays }: BookingsTables,
  { reservations, rulebook, typeIds }: Dependencies,
) {
  /** @throws 404 for a subject the caller cannot see, 403 for one they do not manage, 409, 422 */
  async function create(body: NewDisplay, asker: Asker): Promise<CreatedDisplay> {
    const { caller } = asker
    if (caller.grant) throw forbidden('An API key cannot create a display. Log in instead.')
    requireOneSubject(body)
    const { hidden, type_id } = await requireSubject(body, caller)
    const { address, address_hash } = makeSecretAddress('display')
    const values = {
      id: newId(),
      address_hash,
      name: body.name,
      resource_type: body.type ?? null,
      type_id,
      resources: body.resource_ids ? JSON.stringify(body.resource_ids) : null,
      hidden: JSON.stringify(hidden),
      with_names: body.with_names ? 1 : 0,
      language: body.language ?? null,
      time_zone: body.time_zone ?? null,
      created: clock(),
      created_by: caller.id,
      last_read: null,
      withheld_since: null,
    }
    const row = await retryOnConflict(() => insert(values), slots.length + 1)
    security('display_created', { ...toActor(asker), display: row.id })
    return { ...toDisplay(row), url: `${config.PUBLIC_URL ?? ''}/display/${address}` }
  }

  // When two requests take the same slot, one moves on to the next.
  async function insert(values: Omit<DisplayRow, 'slot'>): Promise<DisplayRow | undefined> {
    const taken = await store.db.select({ slot: displays.slot }).from(displays)
    const slot = slots.find((each) => !taken.some((it) => it.slot === each))
    if (slot === undefined) throw tooMany()
    const [row] = await store.db
      .insert(displays)
      .values({ ...values, slot })
      .onConflictDoNothing()
      .returning()
    return row
  }

  /** @returns the resources that are hidden from others, and the id of the type */
  async function requireSubject(body: NewDisplay, caller: Caller) {
    const { type, resource_ids } = body
    if (type !== undefined) {
      const type_id = await typeIds.find(type)
      await requireManages(caller, [{ resource_id: '', resource_type: type }])
      return { hidden: [], type_id }
    }
    const ask = async (viewer: ReturnType<typeof toViewer>) =>
      (await reservations.readCurrent({ viewer, resource_ids: resource_ids ?? [] })).resources
    const found = await ask(toViewer(caller))
    const missing = resource_ids?.find((id) => !found.some((it) => it.id === id))
    if (missing !== undefined) throw notFound('resource', missing)
    await requireManages(
      caller,
      found.map(({ id: resource_id, resource_type }) => ({ resource_id, resource_type })),
    )
    const open = new Set((await ask(anybody)).map(({ id }) => id))
    return { hidden: found.flatMap(({ id }) => (open.has(id) ? [] : id)), type_id: null }
  }

  async function requireManages(
    caller: Caller,
    items: { resource_id: string; resource_type: string }[],
  ): Promise<void> {
    if (await rulebook.mayManage(caller, items)) return
    throw forbidden('Only administrators and managers of its subject may create a display.')
  }

  /** All displays for an administrator, otherwise the caller's own. */
  async function list(caller: Caller): Promise<Display[]> {
    const rows = await store.db
      .select()
      .from(displays)
      .where(isTheirs(caller))
      .orderBy(asc(displays.name), asc(displays.id))
    return (await typeIds.withNames(rows)).map(toDisplay)
  }

  /** @returns the hash of its address @throws 404 when it is gone or not the caller's */
  async function revoke(id: string, asker: Asker): Promise<string> {
    const [gone] = await store.db
      .delete(displays)
      .where(and(eq(displays.id, id), isTheirs(asker.caller)))
      .returning({ hash: displays.address_hash })
    if (!gone) throw notFound('display', id)
    security('display_revoked', { ...toActor(asker), display: id })
    return gone.hash
  }

  function isTheirs(caller: Caller) {
    return isAdministrator(caller) ? undefined : eq(displays.created_by, caller.id)
  }

  async function find(hash: string): Promise<DisplayRow | undefined> {
    const [row] = await store.db.select().from(displays).where(eq(displays.address_hash, hash))
    return row && { ...row, type_id: await typeIds.idOf(displays, row) }
  }

  async function noteRead(id: string): Promise<void> {
    await store.db.update(displays).set({ last_read: clock() }).where(eq(displays.id, id))
  }

  /** Notes that what was chosen is withheld, or shown again; the first to notice sets the time. */
  async function noteWithheld(id: string, isWithheld: boolean): Promise<void> {
    const since = displays.withheld_since
    await store.db
      .update(displays)
      .set({ withheld_since: isWithheld ? clock() : null })
      .where(and(eq(displays.id, id), isWithheld ? isNull(since) : isNotNull(since)))
  }

  /** A display stays when its maker leaves. */
  async function forget(userIds: string[]): Promise<void> {
    await store.atomically([
      sql`UPDATE ${displays} SET created_by = ${removed}
        WHERE ${inArray(displays.created_by, userIds)}`,
    ])
  }

  return { create, list, revoke, find, noteRead, noteWithheld, forget }
}

export type Displays = ReturnType<typeof createDisplays>

function requireOneSubject({ type, resource_ids, time_zone }: NewDisplay): void {
  if ((type === undefined) === (resource_ids === undefined)) {
    throw invalid([{ pointer: '#/type', detail: 'Give either type or resource_ids.' }])
  }
  if (time_zone !== undefined && !isTimeZone(time_zone)) {
    const detail = 'Give the name of a time zone, such as Europe/Berlin.'
    throw invalid([{ pointer: '#/time_zone', detail }])
  }
}

function tooMany() {
  return conflict('too_many_displays', `There are ${slots.length} displays. Revoke one first.`)
}

function toDisplay(row: DisplayRow): Display {
  return {
    id: row.id,
    name: row.name,
    type: row.resource_type,
    resource_ids: readResources(row),
    with_names: row.with_names === 1,
    language: row.language as Display['language'],
    time_zone: row.time_zone,
    created: toInstant(row.created) ?? '',
    created_by: row.created_by,
    last_read: row.last_read === null ? null : toInstant(row.last_read),
    withheld_since: row.withheld_since === null ? null : toInstant(row.withheld_since),
  }
}

/** The ids of those that were hidden when it was made. */
export function readHidden({ hidden }: DisplayRow): string[] {
  return JSON.parse(hidden) as string[]
}

/** The ids it names; null for all of its type. */
export function readResources({ resources }: DisplayRow): string[] | null {
  return resources === null ? null : (JSON.parse(resources) as string[])
}
