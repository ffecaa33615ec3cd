import {
  areTooClose,
  byPlace,
  endOf,
  tombstoneOf,
  toText,
  type Answer,
  type Operation,
} from './operation.ts'
import { everOn, isOpenTombstone } from './refusal-check.ts'
import type { Done, Fault, FiredWave } from './wave-check.ts'

type Bundle = Extract<Operation, { does: 'book bundle' | 'book any' }>

/**
 * What was done, with each part of a bundle as an operation of its own, and what was put back as a
 * change of what had taken it out.
 */
export function spreadDone(wave: FiredWave): Done[] {
  const returned = new Map<string, number>()
  return wave.done.flatMap((done): Done[] => {
    const { operation, answer } = done
    if (operation.does === 'put back' && answer.status === 200) {
      const before = returned.get(operation.resource) ?? 0
      returned.set(operation.resource, before + 1)
      return [done, ...toChange(operation, before, wave)]
    }
    return isBundle(operation) ? [done, ...toParts(operation, done, wave)] : [done]
  })
}

function isBundle(operation: Operation): operation is Bundle {
  return operation.does === 'book bundle' || operation.does === 'book any'
}

/** The first return ends what was there before the wave, if anything was; the next, the other. */
function toChange(
  { resource, now }: Extract<Operation, { does: 'put back' }>,
  at: number,
  { before, done }: FiredWave,
): Done[] {
  const old = before.filter((row) => row.resource === resource && isOpenTombstone(row))
  const made = done.flatMap(({ operation, answer }) => {
    const isIt = operation.does === 'decommission' && operation.resource === resource
    return isIt && answer.status === 204 ? [operation.now] : []
  })
  const from = [...old.map(({ span }) => span.from), ...made][at]
  // There was nothing to put back: a booking by this name is missed by the check.
  if (from === undefined) {
    const row = { booking: `return ${at} of ${resource}`, span: { from: now, to: Infinity } }
    return [{ operation: { does: 'insert by hand', resource, ...row }, answer: { status: 200 } }]
  }
  const to = Math.max(now, from + 1)
  const booking = tombstoneOf(resource, from)
  return [
    {
      operation: { does: 'change', resource, booking, span: { to } },
      answer: { status: 200, booking, span: { from, to }, version: 2, held_until: null },
    },
  ]
}

function toParts(operation: Bundle, { answer }: Done, wave: FiredWave): Done[] {
  const { hold } = operation
  const made = (answer.made ?? []).map(({ resource, booking, span, held_until }): Done => {
    const replayed = answer.replayed === true
    return {
      operation: { does: 'book', resource, booking, span, ...(hold && { hold }) },
      answer: { status: 201, booking, span, held_until, replayed },
    }
  })
  // A repeat tells what was in the way the first time.
  if (operation.does === 'book any' || answer.replayed) return made
  const refused = [...(answer.refused ?? []), ...(answer.skipped ?? [])].flatMap((one): Done[] => {
    const wanted = operation.wanted[one.item]
    if (!wanted) return []
    const conflicts = 'conflicts' in one ? one.conflicts : []
    // What is left out in the commit is told as taken, also when it was taken out of service.
    const isOut = one.code === 'resource_not_found' || !('conflicts' in one)
    const wasOut = isOut && everOn(wanted.resource, wave).some(isOpenTombstone)
    const [status, code] = wasOut ? [404, 'resource_not_found'] : [409, one.code]
    return [{ operation: { does: 'book', ...wanted }, answer: { status, code, conflicts } }]
  })
  return [...made, ...refused]
}

/** Tells what a bundle should not have answered. Its parts are checked by themselves. */
export function checkBundle({ operation, answer }: Done, wave: FiredWave): Fault[] {
  if (!isBundle(operation)) return []
  const { resource, wanted, skip } = operation
  const fault = (what: string): Fault => ({
    resource,
    what: `${toText(operation)} ${what}: ${toText(answer)}`,
  })
  if (answer.status === 201) {
    const { made = [], skipped = [] } = answer
    const left = skipped.reduce((sum, { count }) => sum + count, 0)
    const isWhole = made.length > 0 && made.length + left === wanted.length
    if (!isWhole || (left > 0 && !skip)) return [fault('is there in part')]
    if (!isAsPlanned(operation, answer)) return [fault('is not what was wanted')]
    if (operation.does === 'book any' && left > 0) {
      return wereFree(operation, wave) > made.length ? [fault('was left out for nothing')] : []
    }
  }
  if (operation.does === 'book any' && answer.code === 'not_all_free') {
    const enough = skip ? 1 : wanted.length
    return wereFree(operation, wave) >= enough ? [fault('was refused for nothing')] : []
  }
  return []
}

function isAsPlanned(bundle: Bundle, { made = [], replayed }: Answer): boolean {
  const held_until = endOf(bundle.hold)
  if (!replayed && made.some((one) => one.held_until !== held_until)) return false
  if (bundle.does === 'book bundle') {
    const planned = bundle.wanted.toSorted(byPlace)
    return made.every((one) =>
      planned.some(({ booking, resource, span }) => {
        const isIt = booking === one.booking && resource === one.resource
        return isIt && span.from === one.span.from && span.to === one.span.to
      }),
    )
  }
  const { span, pool } = bundle
  const different = new Set(made.map(({ resource }) => resource))
  return (
    different.size === made.length &&
    made.every(
      (one) =>
        pool.resources.includes(one.resource) &&
        one.span.from === span.from &&
        one.span.to === span.to,
    )
  )
}

/** How many of the pool were free all the time: nothing ever in the way, never out of service. */
function wereFree({ pool, span }: Extract<Bundle, { does: 'book any' }>, wave: FiredWave): number {
  return pool.resources.filter((resource) =>
    everOn(resource, wave).every(
      (one) => !areTooClose(resource, one.span, span) && !isOpenTombstone(one),
    ),
  ).length
}
