import { and, eq, inArray } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { ItemRefusal } from '../../../shared/schemas/allocation-bundle.ts'
import type {
  MoveQuery,
  NewReservation,
  ReservationOutlook,
} from '../../../shared/schemas/reservation.ts'
import type { Buffers } from '../buffers.ts'
import { readItems, type WantedItem } from '../bundle-items.ts'
import { createRefusals } from '../bundle-refusal.ts'
import { createSlotChooser, type Unfit } from '../bundle-slots.ts'
import { createCandidates } from '../candidates.ts'
import { createNamedResources } from '../named-resources.ts'
import type { InventoryTables } from '../tables.ts'
import { fitsGrid } from '../span.ts'
import { toBookable } from '../type-values.ts'
import type { Types } from '../types.ts'
import { unrestricted } from '../visibility.ts'
import { gone, readTime, toNewBundle } from './reservation-values.ts'

/** Where an allocation is to go, in milliseconds since 1970. */
export interface Moved {
  id: string
  resource_id: string
  from: number
  to: number
}

/** Whom the service asks for. */
export function toViewer(caller: Caller, { id, groups }: NewReservation['viewer']): Caller {
  return { ...caller, id, role: groups === null ? 'admin' : 'member', groups: groups ?? [] }
}

/** Tells what a request would get, without booking it. */
export function createOutlook(context: Context, tables: InventoryTables, types: Types) {
  const { store } = context
  const candidates = createCandidates(context, tables)
  const resources = createNamedResources(store, tables)
  const choose = createSlotChooser(store, tables, { candidates, types })
  const explain = createRefusals(store, tables, { candidates, types })

  /** @throws 422 as the booking itself */
  async function look(
    { viewer: asker, ...body }: NewReservation,
    caller: Caller,
  ): Promise<ReservationOutlook> {
    const booker: Caller = { ...caller, role: 'system' }
    const items = readItems(toNewBundle(body), booker)
    const viewer = toViewer(caller, asker)
    const ids = items.flatMap(({ item }) => item.resource_id ?? [])
    const named = await resources.read(ids, viewer)
    const leavesOut = body.mode === 'skip'
    const asked = { items, named, spare: 0, keeps: true, caller: viewer, booker, leavesOut }
    const { slots, lacking, unfit } = await choose(asked)
    const inDoubt = items.filter(
      (item) => item.item.type === undefined || lacking.has(item) || unfit.has(item),
    )
    const chosen = slots.flatMap(({ wanted, choices: [first] }) =>
      first ? [{ item: wanted.at, resource_id: first.id, resource_type: first.resource_type }] : [],
    )
    return {
      chosen: chosen.toSorted((a, b) => a.item - b.item),
      refused: await explain(inDoubt, { named, caller: viewer, keeps: true, unfit }),
    }
  }

  /** What is in the way of moves, apart from what is moved itself. */
  async function explainMoves(moves: readonly Moved[], caller: Caller): Promise<ItemRefusal[]> {
    const ids = moves.map(({ resource_id }) => resource_id)
    const named = await resources.read(ids, unrestricted)
    const items = moves.map(({ resource_id, from, to }, at) => {
      return { at, item: { resource_id }, span: { from, to }, count: 1 }
    })
    const unfit: Unfit = new Map()
    const kept = await findKept(moves, items)
    for (const item of items) {
      const type = named.get(item.item.resource_id)?.resource_type
      const isFit = type === undefined || fitsGrid(toBookable(await types.find(type)), item.span)
      if (!isFit) unfit.set(item, 'not_on_slot_grid')
    }
    const apart = new Set(moves.map(({ id }) => id))
    return explain(items, { named, caller, keeps: true, unfit, kept, apart })
  }

  /** The buffers of what stays at its resource: it was booked with them, and keeps them. */
  async function findKept(moves: readonly Moved[], items: readonly WantedItem[]) {
    const { allocations, resources } = tables
    const { buffer_before_seconds, buffer_after_seconds } = allocations
    const ids = moves.map(({ id }) => id)
    const rows = await store.db
      .select({
        id: allocations.id,
        place: resources.id,
        buffer_before_seconds,
        buffer_after_seconds,
      })
      .from(allocations)
      .innerJoin(resources, eq(resources.number, allocations.resource_number))
      .where(inArray(allocations.id, ids))
    const found = new Map(rows.map((row) => [row.id, row]))
    return new Map(
      moves.flatMap(({ id, resource_id }, at): [WantedItem, Buffers][] => {
        const [item, row] = [items[at], found.get(id)]
        return item && row?.place === resource_id ? [[item, row]] : []
      }),
    )
  }

  /** What would be in the way of moves. */
  async function lookMoves({ body, caller }: { body: MoveQuery; caller: Caller }) {
    const moves = await readMoves(body.items, caller)
    return { chosen: [], refused: await explainMoves(moves, toViewer(caller, body.viewer)) }
  }

  /** Where each is to go: where it is, unless that is said. @throws 409 `reservation_gone` */
  async function readMoves(items: MoveQuery['items'], caller: Caller): Promise<Moved[]> {
    const staying = items.flatMap(({ id, resource_id }) => (resource_id === undefined ? [id] : []))
    const { allocations, resources } = tables
    if (staying.length === 0) return items.map((item, at) => toMoved(item, item.resource_id, at))
    const rows = await store.db
      .select({ id: allocations.id, resource_id: resources.id })
      .from(allocations)
      .innerJoin(resources, eq(resources.number, allocations.resource_number))
      .where(and(inArray(allocations.id, staying), eq(allocations.created_by, caller.id)))
    const places = new Map(rows.map((row) => [row.id, row.resource_id]))
    return items.map((item, at) => toMoved(item, item.resource_id ?? places.get(item.id), at))
  }

  return { look, explainMoves, lookMoves, readMoves }
}

export type Outlook = ReturnType<typeof createOutlook>

function toMoved(
  { id, from_datetime, to_datetime }: MoveQuery['items'][number],
  resource_id: string | undefined,
  at: number,
): Moved {
  if (resource_id === undefined) throw gone()
  const from = readTime(from_datetime, `#/items/${at}/from_datetime`)
  return { id, resource_id, from, to: readTime(to_datetime, `#/items/${at}/to_datetime`) }
}
