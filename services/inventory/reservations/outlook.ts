import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { ItemRefusal } from '../../../shared/schemas/allocation-bundle.ts'
import type { NewReservation, ReservationOutlook } from '../../../shared/schemas/reservation.ts'
import { readItems } from '../bundle-items.ts'
import { createRefusals } from '../bundle-refusal.ts'
import { createSlotChooser } from '../bundle-slots.ts'
import { createCandidates } from '../candidates.ts'
import type { InventoryTables } from '../tables.ts'
import type { Types } from '../types.ts'
import { unrestricted } from '../visibility.ts'
import { toNewBundle } from './reservation-values.ts'

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
    const named = await candidates.findAll(ids, viewer)
    const asked = { items, named, spare: 0, keeps: true, caller: viewer, booker }
    const { slots, lacking } = await choose(asked)
    const inDoubt = items.filter((item) => item.item.type === undefined || lacking.has(item))
    const chosen = slots.flatMap(({ wanted, choices: [first] }) =>
      first ? [{ item: wanted.at, resource_id: first.id, resource_type: first.resource_type }] : [],
    )
    return {
      chosen: chosen.toSorted((a, b) => a.item - b.item),
      refused: await explain(inDoubt, { named, caller: viewer, keeps: true }),
    }
  }

  /** What is in the way of moves: also what is moved itself. */
  async function explainMoves(moves: readonly Moved[], caller: Caller): Promise<ItemRefusal[]> {
    const ids = moves.map(({ resource_id }) => resource_id)
    const named = await candidates.findAll(ids, unrestricted)
    const items = moves.map(({ resource_id, from, to }, at) => {
      return { at, item: { resource_id }, span: { from, to }, count: 1 }
    })
    return explain(items, { named, caller, keeps: true })
  }

  return { look, explainMoves }
}

export type Outlook = ReturnType<typeof createOutlook>
