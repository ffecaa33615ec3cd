import type { TimeSpan } from '../span.ts'
import {
  areTooClose,
  isTombstone,
  tombstoneOf,
  toText,
  type Booked,
  type Operation,
} from './operation.ts'
import type { Done, Fault, FiredWave } from './wave-check.ts'

/**
 * Tells whether a refusal was justified: something that was there before, during or after the wave
 * makes it true. What existed only while another statement was being rolled back does not count.
 */
export function checkRefusal(done: Done, wave: FiredWave): Fault[] {
  const { operation, answer } = done
  if (answer.status < 300 || isJustified(done, wave)) return []
  const what = `${toText(operation)} was refused for nothing: ${toText(answer)}`
  return [{ resource: operation.resource, what }]
}

function isJustified({ operation, answer }: Done, wave: FiredWave): boolean {
  switch (`${answer.status} ${answer.code ?? ''}`.trim()) {
    case '409 allocation_overlap':
      return isInTheWay(operation, wave) && areReal(answer.conflicts ?? [], operation, wave)
    case '409 resource_in_use':
      return everOn(operation.resource, wave).some(({ span }) => span.to > wave.now)
    case '422 empty_span':
      return askedSpans(operation, wave).some(({ from, to }) => from >= to)
    case '422 idempotency_key_reused':
      return 'key' in operation && operation.key !== undefined
    case '404 resource_not_found':
      return everOn(operation.resource, wave).some(isOpenTombstone)
    case '409 resource_in_service':
      return wasInService(operation.resource, wave)
    case '409 not_held':
      return wasConfirmed(operation, wave)
    case '422 hold_too_long':
      return operation.does === 'extend'
    case '422 items_overlap':
      return operation.does === 'book bundle'
    // Each of its items is looked at by itself.
    case '409 not_all_free':
      return (answer.refused ?? []).length > 0
    case '404 allocation_not_found':
      return wasAbsent(operation, wave)
    case '404':
      if (operation.does === 'end by hand' && wasConfirmed(operation, wave)) return true
      return wasAbsent(operation, wave)
    case '412 precondition_failed':
      return 'ifVersion' in operation && operation.ifVersion !== undefined
    case '409':
      return isInTheWay(operation, wave) || askedSpans(operation, wave).some(isEmpty)
    case '503 change_busy':
      return isOfResource(operation) || wasChangedByOthers({ operation, answer }, wave)
    case '503 database_busy':
    case '503':
      // Nothing was done, says it, and the rows are compared; but there must be two to deadlock.
      return wave.mayDeadlock && wave.done.length > 1
    default:
      return false
  }
}

/** Every span a booking of the resource had at some moment of the wave. */
export function everOn(resource: string, { before, after, done }: FiredWave): Booked[] {
  const rows = [...before, ...after].filter((row) => row.resource === resource)
  const made = done.flatMap(({ operation, answer }): Booked[] => {
    if (operation.resource !== resource || answer.status >= 300) return []
    if (operation.does === 'decommission') {
      const booking = tombstoneOf(resource, operation.now)
      return [{ booking, span: { from: operation.now, to: Infinity } }]
    }
    if (!('booking' in operation)) return []
    if (operation.does === 'book' && answer.replayed) return []
    const span = answer.span ?? ('span' in operation ? (operation.span as TimeSpan) : undefined)
    return span ? [{ booking: operation.booking, span }] : []
  })
  return [...rows, ...made]
}

/** The spans an operation may have asked for: a change that names one bound keeps the other. */
function askedSpans(operation: Operation, wave: FiredWave): TimeSpan[] {
  if (operation.does === 'book bundle') return operation.wanted.map(({ span }) => span)
  if (!('span' in operation)) return []
  if (operation.does !== 'change') return [operation.span]
  return everOn(operation.resource, wave)
    .filter(({ booking }) => booking === operation.booking)
    .map(({ span }) => ({ ...span, ...operation.span }))
}

function isInTheWay(operation: Operation, wave: FiredWave): boolean {
  const asked = askedSpans(operation, wave)
  return everOn(operation.resource, wave).some(
    ({ booking, span }) =>
      'booking' in operation &&
      booking !== operation.booking &&
      asked.some((one) => areTooClose(operation.resource, one, span)),
  )
}

/** Whether everything a refusal names was there and in the way. */
function areReal(conflicts: readonly Booked[], operation: Operation, wave: FiredWave): boolean {
  const ever = everOn(operation.resource, wave)
  const asked = askedSpans(operation, wave)
  return conflicts.every(
    ({ booking, span }) =>
      asked.some((one) => areTooClose(operation.resource, one, span)) &&
      ever.some(
        (one) => one.booking === booking && one.span.from === span.from && one.span.to === span.to,
      ),
  )
}

function wasAbsent(operation: Operation, { before, after }: FiredWave): boolean {
  if (!('booking' in operation)) return false
  const { booking, resource } = operation
  const isIt = (row: { booking: string; resource: string }) =>
    row.booking === booking && row.resource === resource
  return !before.some(isIt) || !after.some(isIt)
}

function wasChangedByOthers({ operation, answer }: Done, { done }: FiredWave): boolean {
  return done.some(
    (other) =>
      other.answer !== answer &&
      other.answer.status === 200 &&
      'booking' in operation &&
      'booking' in other.operation &&
      other.operation.booking === operation.booking,
  )
}

/** Whether it takes its resource out of service. */
export function isOpenTombstone(booked: Booked): boolean {
  return isTombstone(booked) && booked.span.to === Infinity
}

function wasInService(resource: string, { before, done }: FiredWave): boolean {
  const isOut = before.some((row) => row.resource === resource && isOpenTombstone(row))
  const isBack = ({ operation, answer }: Done) =>
    operation.does === 'put back' && operation.resource === resource && answer.status === 200
  return !isOut || done.some(isBack)
}

function wasConfirmed(operation: Operation, { before, after, done }: FiredWave): boolean {
  if (!('booking' in operation)) return false
  const isIt = ({ booking }: { booking: string }) => booking === operation.booking
  return (
    [...before, ...after].some((row) => isIt(row) && row.held_until === null) ||
    done.some((one) => 'booking' in one.operation && isIt(one.operation) && isConfirm(one))
  )
}

function isConfirm({ operation, answer }: Done): boolean {
  const makes = operation.does === 'book' && operation.hold === undefined
  return answer.status < 300 && (makes || operation.does === 'confirm')
}

function isOfResource({ does }: Operation): boolean {
  return does === 'put back' || does === 'decommission'
}

function isEmpty({ from, to }: TimeSpan): boolean {
  return from >= to
}
