import { isAdministrator, type Caller } from '../../shared/access.ts'
import { invalid, ProblemError } from '../../shared/problem.ts'
import type { ItemCode } from '../../shared/schemas/allocation-bundle.ts'
import type { Store } from '@campus/store/store.ts'
import { assign, countEnough, type Apart } from './assign.ts'
import { bufferMax_ms, buffersOf, lengthOf } from './buffers.ts'
import { listTooClose, requireApart, type WantedItem } from './bundle-items.ts'
import type { Candidate, Candidates } from './candidates.ts'
import { mapWithPauses } from './map-with-pauses.ts'
import { requireUnmanaged } from './managed.ts'
import { meetsConditions, readBodyConditions } from './property-filter.ts'
import { fitsGrid, requireBookable } from './span.ts'
import type { InventoryTables, ResourceTypeRow } from './tables.ts'
import { toBookable, toPropertySchema } from './type-values.ts'
import type { Types } from './types.ts'

/** One requested allocation and its candidate resources, the best first. */
export interface BundleSlot {
  wanted: WantedItem
  choices: Candidate[]
}

export interface ChosenSlots {
  slots: BundleSlot[]
  /** The items without enough free resources. */
  lacking: Set<WantedItem>
  /** The items that cannot be booked at all, where those are left out. */
  unfit: Unfit
  /** The types of which some were taken for free without looking. */
  guessed: Set<string>
}

/** Why an item cannot be booked, whatever is free. */
export type Unfit = Map<WantedItem, ItemCode>

export interface SlotChoice {
  /** Who books: a service may book what the user may not. */
  booker: Caller
  items: readonly WantedItem[]
  named: ReadonlyMap<string, Candidate>
  /** How many spare candidates go into the commit, as some may be booked by then. */
  spare: number
  /** Whether the bookings have buffers. */
  keeps: boolean
  caller: Caller
  /** Whether items off the grid or too close to another one are left out instead of refused. */
  leavesOut?: boolean
  /** Whether what was seen before may be taken for free, as the commit decides. */
  mayGuess?: boolean
}

interface Finding extends Pick<SlotChoice, 'keeps' | 'caller'> {
  atMost: number
  findFree: Candidates['findFree']
  require: (type: ResourceTypeRow, item: WantedItem) => boolean
  findType: Types['find']
}

/** Chooses the candidates of a bundle. The commit decides which are booked. */
export function createSlotChooser(
  store: Store,
  tables: InventoryTables,
  { candidates, types }: { candidates: Candidates; types: Types },
) {
  async function findChoices(
    wanted: WantedItem,
    { atMost, findFree, findType, require, keeps, caller }: Finding,
  ) {
    const { item, span, at } = wanted
    const { type: name = '', prefer = [] } = item
    const type = await findType(name).catch((error: unknown) => {
      throw error instanceof ProblemError && error.status === 404 ? noSuchType(at, name) : error
    })
    if (!require(type, wanted)) return []
    const conditions = readItemConditions(item, at, type)
    const filter = meetsConditions(store, tables.resources, conditions)
    const search = { type: name, filter, span, caller, ofType: keeps ? type : undefined }
    const preferred = await candidates.findPreferred(prefer, search)
    if (preferred.length >= atMost) return preferred
    const known = new Set(preferred.map(({ id }) => id))
    const others = await findFree({ ...search, count: atMost })
    return [...preferred, ...others.filter(({ id }) => !known.has(id))]
  }

  async function findBookable(name: string, booker: Caller) {
    const type = await types.find(name)
    requireUnmanaged(booker, toBookable(type))
    return type
  }

  /** @throws 422 for an unknown type, or a span off its grid; 403 for a managed type */
  return async function choose(choice: SlotChoice): Promise<ChosenSlots> {
    const { items, named, spare, keeps, caller, mayGuess } = choice
    const unfit: Unfit = new Map()
    const guessed = new Set<string>()
    const findFree: Candidates['findFree'] = (search) => {
      const guess = mayGuess ? candidates.guess(search) : undefined
      if (guess) guessed.add(search.type)
      return guess ? Promise.resolve(guess) : candidates.findFree(search)
    }
    const require = (type: ResourceTypeRow, item: WantedItem) => {
      const bookable = toBookable(type)
      if (!choice.leavesOut) requireBookable(bookable, item.span)
      const isFit = fitsGrid(bookable, item.span)
      if (!isFit) unfit.set(item, 'not_on_slot_grid')
      return isFit
    }
    const apartMax_ms = keeps ? 2 * bufferMax_ms : 0
    // Once per type.
    const found = new Map<string, ReturnType<Types['find']>>()
    const findType: Types['find'] = (name) => {
      const type = found.get(name) ?? recall(name) ?? findBookable(name, choice.booker)
      found.set(name, Promise.resolve(type))
      return Promise.resolve(type)
    }
    // Of one named resource the database checks grid and buffers, and only whom rules do not bind
    // needs nothing else of its type.
    const recall = (name: string) => {
      const [only, other] = items
      const isEnough = mayGuess && !other && only?.item.type === undefined
      const type = isEnough && isAdministrator(choice.booker) ? types.recall(name) : undefined
      return type && only && fitsGrid(toBookable(type), only.span) ? type : undefined
    }
    const apart: Apart = new Map()
    // Sequentially, so that other requests are served in between.
    const wanted = await mapWithPauses(items, async (item) => {
      const resource = named.get(item.item.resource_id ?? '')
      if (resource && !require(await findType(resource.resource_type), item)) {
        return { item, choices: [] }
      }
      const choices =
        item.item.type === undefined
          ? [resource].filter((one) => one !== undefined)
          : await findChoices(item, {
              atMost: countEnough(item.span, items, apartMax_ms) + spare,
              keeps,
              caller,
              findFree,
              findType,
              require,
            })
      for (const one of keeps ? choices : []) {
        apart.set(one.number, lengthOf(buffersOf(one, await findType(one.resource_type))))
      }
      return { item, choices }
    })
    // Named resources first, in the common order; then items with the fewest candidates.
    const sorted = wanted.toSorted((a, b) => {
      const [isNamed, isOtherNamed] = [a, b].map(({ item }) => item.item.type === undefined)
      if (isNamed !== isOtherNamed) return isNamed ? -1 : 1
      const [first = 0, second = 0] = [a, b].map(({ choices }) =>
        isNamed ? (choices[0]?.number ?? 0) : choices.length,
      )
      return first - second || a.item.span.from - b.item.span.from
    })
    const apartOf = (id: string) => apart.get(named.get(id)?.number ?? 0) ?? 0
    if (choice.leavesOut) {
      const fit = items.filter((item) => !unfit.has(item))
      for (const item of listTooClose(fit, apartOf)) unfit.set(item, 'items_overlap')
    } else requireApart(items, apartOf)
    const fit = sorted.filter(({ item }) => !unfit.has(item))
    return { ...toSlots(fit, { spare, apart }), unfit, guessed }
  }
}

function toSlots(
  wanted: { item: WantedItem; choices: Candidate[] }[],
  { spare, apart }: { spare: number; apart: Apart },
) {
  const all = wanted.flatMap(({ item, choices }) =>
    Array.from({ length: item.count }, (): BundleSlot => ({ wanted: item, choices })),
  )
  const given = assign(
    all.map(({ wanted: { span }, choices }) => ({
      span,
      choices: choices.map(({ number }) => number),
    })),
    apart,
  )
  const lacking = new Set(all.filter((_, at) => given[at] === undefined).map((slot) => slot.wanted))
  const slots = all.map(({ wanted: item, choices }, at): BundleSlot => {
    const first = choices.findIndex(({ number }) => number === given[at])
    if (first === -1) return { wanted: item, choices: [] }
    const fromIt = [...choices.slice(first), ...choices.slice(0, first)]
    return { wanted: item, choices: fromIt.slice(0, 1 + spare) }
  })
  return { slots, lacking }
}

function readItemConditions({ where }: WantedItem['item'], at: number, type: ResourceTypeRow) {
  return readBodyConditions(where, toPropertySchema(type), `#/items/${at}/where`)
}

function noSuchType(at: number, name: string) {
  const detail = `There is no type ${JSON.stringify(name)}.`
  return invalid([{ pointer: `#/items/${at}/type`, detail }], 'resource_type_not_found')
}
