import { isAdministrator, type Caller } from '../../shared/access.ts'
import type { Created } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import type { DailyLimit } from '../../shared/daily-limit.ts'
import { findReplay, type Creation } from '../../shared/idempotency.ts'
import { conflict, invalid, ProblemError, type FieldError } from '../../shared/problem.ts'
import type {
  ItemRefusal,
  AllocatedBundle,
  NewBundle,
} from '../../shared/schemas/allocation-bundle.ts'
import { createBundles } from '@campus/store/bundle.ts'
import { violation } from '@campus/store/error.ts'
import { insertInto } from '@campus/store/insert.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { blank, readDetails } from './booking.ts'
import { toBundle, toStored, type StoredBundle } from './bundle-answer.ts'
import { readItems } from './bundle-items.ts'
import { createRefusals } from './bundle-refusal.ts'
import { createSlotChooser, type BundleSlot } from './bundle-slots.ts'
import { bufferMax_ms, keepsBuffers, stampBuffers, toKept } from './buffers.ts'
import { createCandidates } from './candidates.ts'
import { readHold } from './hold-time.ts'
import { requireMayBookFor } from './member-limits.ts'
import { createNamedResources } from './named-resources.ts'
import type { InventoryTables } from './tables.ts'
import type { Types } from './types.ts'
import { createRemoveEndedHolds } from './waitlist/ended-holds.ts'

export interface AllocateMany {
  limit: DailyLimit
  types: Types
}

// Each costs a probe. Doubled after each attempt that did not suffice.
const spareFirst = 2
const spareMax = 32
// With few free ones left each loss means that another caller won: a thousand callers for the last
// of a hundred need more attempts than usual, until a query finds none free.
const attemptsMax = 25

/** Books several at once: all or nothing, or what is free; named resources, or any of a type. */
export function createAllocateMany(
  context: Context,
  tables: InventoryTables,
  { limit, types }: AllocateMany,
) {
  const { store, clock, id } = context
  const candidates = createCandidates(context, tables)
  const resources = createNamedResources(store, tables)
  const choose = createSlotChooser(store, tables, { candidates, types })
  const removeEndedHolds = createRemoveEndedHolds(store, tables)
  const explain = createRefusals(store, tables, { candidates, types })
  const stamp = stampBuffers(store.columns)
  const insert = insertInto(tables.allocations, {
    leave: ['version'],
    compute: { ...stamp.compute, resource_number: 'r.number' },
    given: { resource_number: 'integer', resource_version: 'integer', ...stamp.given },
    from: `input i JOIN resources r ON r.number = i.resource_number ${stamp.join}`,
    // A resource that was chosen by its properties or visibility must be unchanged; 0: any version.
    where: 'r.decommissioned IS NULL AND i.resource_version IN (0, r.version)',
    order: 'r.number, i.from_datetime',
  })
  const write = createBundles(store, {
    ...insert,
    alternatives: ['resource_number', 'resource_version'],
    routine: 'allocate_bundles',
  })

  /** @param viewer when a service books: the user who must see it, and whose daily limit counts */
  return async function allocateMany(
    creation: Creation<NewBundle>,
    viewer: Caller = creation.caller,
  ): Promise<Created<AllocatedBundle>> {
    const { body, caller, idempotencyKey } = creation
    requireMayBookFor(caller, body.booked_for)
    const items = readItems(body, caller)
    const created = clock()
    const held_until = readHold(body.hold_for, created)
    const details = { ...readBundleDetails(body), held_until, created, created_by: caller.id }
    const keeps = keepsBuffers(caller, details.allocation_type)
    const needsAll = body.mode !== 'skip'
    const leavesOut = !needsAll && caller.role === 'system'
    let spare = spareFirst / 2
    let mayGuess = needsAll

    function toRow({ wanted: { span } }: BundleSlot) {
      const time = { from_datetime: span.from, to_datetime: span.to, ...toKept(keeps, span) }
      return { id: id(), resource_number: 0, resource_version: 0, ...time, ...details }
    }

    async function findEarlier(): Promise<Created<AllocatedBundle> | undefined> {
      const replay = await findReplay<StoredBundle>(store, idempotencyKey)
      return replay && { value: toBundle(replay.value), replayed: true }
    }

    // A retry gets its response even when nothing is free now, or the daily limit is reached.
    async function answerAgain(refusal: unknown) {
      const earlier = await findEarlier()
      if (earlier) return earlier
      throw refusal
    }

    return retryOnConflict(async () => {
      spare = Math.min(spare * 2, spareMax)
      const ids = items.flatMap(({ item }) => item.resource_id ?? [])
      const recalled = mayGuess ? resources.recall(ids, viewer) : undefined
      const named = recalled ?? (await resources.read(ids, viewer))
      const who = { caller: viewer, booker: caller }
      const asked = { items, named, spare, keeps, ...who, leavesOut, mayGuess }
      mayGuess = false
      const chosen = await choose(asked).catch((refusal) => readFirst(refusal, recalled))
      if (!chosen) return undefined
      const { slots, lacking, unfit, guessed } = chosen
      const able = slots.filter(({ choices }) => choices.length > 0)
      const rows = able.map((slot) => ({ slot, row: toRow(slot) }))
      const stored = toStored(rows, { items, named, unfit })
      if (able.length > 0 && (!needsAll || able.length === slots.length)) {
        const bundle = {
          slots: rows.map(({ slot, row }) => {
            const isRecalled = recalled?.has(slot.wanted.item.resource_id ?? '') === true
            return { row, alternatives: toAlternatives(slot, { caller: viewer, isRecalled }) }
          }),
          needsAll,
          storedResponse: idempotencyKey && { ...idempotencyKey, answer: JSON.stringify(stored) },
        }
        const picks = await limit.spend(viewer, () => write(bundle).catch(loseToGrid), {
          atMost: able.length,
          used: (won) => won.length,
        })
        if (picks) return { value: toBundle({ ...stored, picks }), replayed: false }
      }
      // Another item may lack room only by what was read of a named resource before.
      if (guessed.size > 0 || (recalled?.size && lacking.size > 0)) {
        candidates.forgetGuess(guessed)
        return undefined
      }
      const inDoubt = items.filter(
        (item) => item.item.type === undefined || lacking.has(item) || unfit.has(item),
      )
      const current = recalled ? await resources.read(ids, viewer) : named
      const refused = await explain(inDoubt, { named: current, caller: viewer, keeps, unfit })
      // Last: a retry of this request may be what is in the way.
      const meanwhile = await findEarlier()
      if (meanwhile) return meanwhile
      if (refused.length > 0) throw notAllFree(refused, needsAll)
      for (const { wanted, choices } of able) {
        const { from, to } = wanted.span
        await removeEndedHolds(
          choices.map(({ number }) => number),
          { from: from - bufferMax_ms, to: to + bufferMax_ms },
        )
      }
      return undefined
    }, attemptsMax).catch(answerAgain)
  }
}

// Any of a type must still match as it did when it was chosen, and a caller who does not see
// everything must still see it. What was not read for this request must be as it was.
function toAlternatives(
  { wanted: { item }, choices }: BundleSlot,
  { caller, isRecalled }: { caller: Caller; isRecalled: boolean },
) {
  const isAnyVersion = item.type === undefined && isAdministrator(caller) && !isRecalled
  return choices.map(({ number, version }): [number, number] => [
    number,
    isAnyVersion ? 0 : version,
  ])
}

function readBundleDetails(body: NewBundle) {
  const errors: FieldError[] = []
  const details = readDetails(body, blank, errors)
  if (errors.length > 0) throw invalid(errors)
  return details
}

function notAllFree(items: ItemRefusal[], needsAll: boolean) {
  const which = items.map(({ item }) => item).join(', ')
  const detail = needsAll
    ? `Nothing was booked: these items are not available: ${which}.`
    : 'None of the items is available.'
  return conflict('not_all_free', detail, { items })
}

// What was not read for this request refuses nothing: the next attempt reads it.
function readFirst(
  refusal: unknown,
  recalled: ReadonlyMap<string, unknown> | undefined,
): undefined {
  if (!recalled?.size || !(refusal instanceof ProblemError)) throw refusal
}

// The grid of a type changed meanwhile: check again.
function loseToGrid(error: unknown): undefined {
  if (violation(error) !== 'check') throw error
}
