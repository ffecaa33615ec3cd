import type { Caller } from '../../shared/access.ts'
import { conflict, ProblemError } from '../../shared/problem.ts'
import type { ItemRefusal } from '../../shared/schemas/allocation-bundle.ts'
import type { ReservationOutlook } from '../../shared/schemas/reservation.ts'
import type { Wanted } from './booking-values.ts'
import { toHold } from './hold.ts'
import type { Reservations } from './reservations.ts'
import type { Judgement, Rulebook } from './rulebook.ts'

interface Asked {
  wanted: Wanted
  caller: Caller
  bookingId: string
  /** As of the rulebook. */
  mayRecall?: boolean
}

interface Known {
  resource_id: string
  resource_type: string
}

/** The predicted judgement for these resources. */
export interface Foreseen {
  resources: { id: string; type: string }[]
  judgement: Judgement
}

// About 200 bytes each.
const knownMax = 20_000

/** Judges a request before anything is held, and predicts which resources it would get. */
export function createForesight(reservations: Reservations, rulebook: Rulebook) {
  // Types of resources, as last reported; each hold reports them anew.
  const types = new Map<string, string>()

  function learn(found: readonly Known[]): void {
    if (types.size > knownMax) types.clear()
    for (const { resource_id, resource_type } of found) types.set(resource_id, resource_type)
  }

  function toResources({ items }: Wanted, chosen: ReservationOutlook['chosen'] = []) {
    return items.flatMap(({ resource_id, type, count = 1 }, at) => {
      const ids = chosen.filter(({ item }) => item === at).map((it) => it.resource_id)
      const known = type ?? types.get(resource_id ?? '')
      return Array.from({ length: count }, (_, index) => {
        return { id: resource_id ?? ids[index] ?? '', type: known }
      })
    })
  }

  async function judge(
    { wanted, caller, bookingId, mayRecall }: Asked,
    chosen?: ReservationOutlook['chosen'],
  ): Promise<Foreseen> {
    const { from, to, booked_for: person } = wanted
    const resources = toResources(wanted, chosen).flatMap(({ id, type }) =>
      type === undefined ? [] : [{ id, type }],
    )
    const span = { from, to }
    const asked = { bookingId, resources, caller, person, span }
    const judgement = await rulebook.decide(asked, mayRecall)
    await rulebook.requireQuotas(judgement)
    return { resources, judgement }
  }

  /** @throws the refusing rules; for what the caller cannot see, only that it does not exist */
  async function require(asked: Asked): Promise<Foreseen> {
    const isNew = toResources(asked.wanted).some(({ type }) => type === undefined)
    try {
      if (!isNew) return await judge(asked)
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'policy_refused') throw error
    }
    const { chosen } = await seen(asked)
    return judge({ ...asked, mayRecall: false }, chosen)
  }

  /** @throws 409 `not_all_free` if the caller can see no such resource */
  async function seen({ wanted, caller }: Asked): Promise<ReservationOutlook> {
    const outlook = await reservations.look(toHold(wanted, caller))
    learn(outlook.chosen)
    const missing = outlook.refused.filter(({ code }) => code === 'resource_not_found')
    if (missing.length > 0) throw notAllFree(missing)
    return outlook
  }

  /** @throws the refusing rules, then what is not free */
  async function look(asked: Asked) {
    const { chosen, refused } = await seen(asked)
    const { judgement } = await judge(asked, chosen)
    if (refused.length > 0) throw notAllFree(refused)
    return { judgement, chosen }
  }

  const typeOf = (resourceId: string) => types.get(resourceId)

  return { learn, require, look, typeOf }
}

export type Foresight = ReturnType<typeof createForesight>

function notAllFree(items: ItemRefusal[]): ProblemError {
  const which = items.map(({ item }) => item).join(', ')
  const detail = `Nothing was booked: these items are not available: ${which}.`
  return conflict('not_all_free', detail, { items })
}
