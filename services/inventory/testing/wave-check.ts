import type { TimeSpan } from '../span.ts'
import { checkRefusal } from './refusal-check.ts'
import { checkBundle, spreadDone } from './bundle-check.ts'
import {
  endOf,
  overlaps,
  tombstoneOf,
  toText,
  type Answer,
  type Booked,
  type Operation,
} from './operation.ts'

/** An allocation as the database has it, in labels. */
export interface Row extends Booked {
  resource: string
  version: number
  /** Null: it is confirmed. Holds that have ended are not among the rows. */
  held_until: number | null
  /** With what is kept free around it; of rows of the database. */
  busy?: TimeSpan
}

/** Something that cannot be, and where. */
export interface Fault {
  resource: string
  what: string
}

export interface Done {
  operation: Operation
  answer: Answer
}

/** A wave that is over: what was done, and the rows of all resources it touched. */
export interface FiredWave {
  now: number
  /** See `SqlSession`. */
  mayDeadlock: boolean
  done: readonly Done[]
  before: readonly Row[]
  after: readonly Row[]
}

type Doing<Does extends Operation['does']> = Extract<Operation, { does: Does }>

/** What was acknowledged to have happened to one booking. */
interface History {
  /** As it was before the wave, or as it was made in it. */
  row: Row
  changes: { operation: Change | Doing<'move by hand'>; answer: Answer }[]
  removals: Removal[]
}

type Change = Doing<'change' | 'confirm' | 'extend'>
type Removal = Doing<'release' | 'give back' | 'remove by hand' | 'end by hand'>['does']

/**
 * Lists impossible results. The database decides which of many operations win; but every
 * acknowledged change must be there and nothing else, nothing overlaps, and every refusal had a
 * conflict at some moment of the wave.
 */
export function checkWave(fired: FiredWave): Fault[] {
  const wave = { ...fired, done: spreadDone(fired) }
  const after = new Map(wave.after.map((row) => [row.booking, row]))
  const histories = toHistories(wave)
  const strangers = wave.after.filter(({ booking }) => !histories.has(booking))
  return [
    ...strangers.map((row) => fault(row, 'is stored, and nobody was told')),
    ...[...histories.values()].flatMap((history) =>
      checkBooking(history, after.get(history.row.booking), wave),
    ),
    ...checkAnswers(wave.done),
    ...checkOverlaps(wave.after),
    ...wave.done.flatMap((done) => checkRefusal(done, wave)),
    ...fired.done.flatMap((done) => checkBundle(done, wave)),
  ]
}

function fault({ resource, booking }: { resource: string; booking: string }, what: string): Fault {
  return { resource, what: `${booking} ${what}` }
}

function toHistories({ done, before }: FiredWave): Map<string, History> {
  const won = done.filter(({ answer }) => answer.status < 300)
  const rows = [...before, ...won.flatMap(toNewRow)]
  const histories = new Map<string, History>(
    rows.map((row) => [row.booking, { row, changes: [], removals: [] }]),
  )
  for (const { operation, answer } of won) {
    if (!('booking' in operation)) continue
    const history = histories.get(operation.booking)
    switch (operation.does) {
      case 'change':
      case 'confirm':
      case 'extend':
      case 'move by hand':
        history?.changes.push({ operation, answer })
        break
      case 'release':
      case 'give back':
      case 'remove by hand':
      case 'end by hand':
        history?.removals.push(operation.does)
    }
  }
  return histories
}

/** The row that an acknowledged operation says it has made. */
function toNewRow({ operation, answer }: Done): Row[] {
  const { resource } = operation
  const base = { resource, version: 1, held_until: null }
  if (operation.does === 'decommission') {
    const span = { from: operation.now, to: Infinity }
    return [{ ...base, booking: tombstoneOf(resource, operation.now), span }]
  }
  if (operation.does === 'insert by hand') return [{ ...base, ...bookedOf(operation) }]
  if (operation.does !== 'book' || answer.replayed) return []
  return [{ ...base, ...bookedOf(operation), held_until: endOf(operation.hold) }]
}

function bookedOf({ booking, span }: Booked): Booked {
  return { booking, span }
}

function checkBooking(history: History, stored: Row | undefined, wave: FiredWave): Fault[] {
  const { row, changes, removals } = history
  const faults = checkChain(history)
  // By hand, also the row of a hold that has ended can be removed.
  const ends = removals.filter((does) => does === 'end by hand').length
  const releases = removals.length - ends
  const isSweep = ends === 1 && removals.includes('remove by hand')
  if (ends > 1 || releases > 1 || (ends + releases > 1 && !isSweep)) {
    faults.push(fault(row, `was released ${removals.length} times`))
  }
  if (removals.length > 0 && stored) faults.push(fault(row, 'was released, and is still there'))
  if (removals.length === 0 && !stored && !mayBeCancelled(history, wave))
    faults.push(fault(row, 'is lost'))
  if (removals.length > 0 || !stored) return faults
  return [...faults, ...checkStored(row, changes, stored)]
}

function mayBeCancelled({ row, changes }: History, { now, done }: FiredWave): boolean {
  const ends = [row.span.to, ...changes.flatMap(({ operation }) => spanOf(operation).to ?? [])]
  return (
    ends.some((to) => to > now) &&
    done.some(
      ({ operation, answer }) =>
        operation.does === 'decommission' &&
        operation.cancel &&
        operation.resource === row.resource &&
        answer.status === 204,
    )
  )
}

/** A bound is what somebody who mentioned it made it, or what it was when nobody did. */
function checkStored(row: Row, changes: History['changes'], stored: Row): Fault[] {
  const wrong = (['from', 'to'] as const).filter((bound) => {
    const given = changes.flatMap(({ operation }) => spanOf(operation)[bound] ?? [])
    return !(given.length > 0 ? given : [row.span[bound]]).includes(stored.span[bound])
  })
  const faults = wrong.map((bound) => fault(row, `has a ${bound} that nobody gave it`))
  const chain = toChain(row, changes)
  const counted = row.version + chain.filter(({ isRepeat }) => !isRepeat).length
  if (stored.version !== counted) {
    faults.push(fault(row, `has version ${stored.version}, not ${counted}`))
  }
  const held_until = chain.at(-1)?.held_until ?? (chain.length > 0 ? null : row.held_until)
  if (stored.held_until !== held_until) {
    faults.push(fault(row, `is held until ${stored.held_until}, not ${held_until}`))
  }
  if (stored.resource !== row.resource) faults.push(fault(row, 'went to another resource'))
  return faults
}

function spanOf(operation: Change | Doing<'move by hand'>): Partial<TimeSpan> {
  return 'span' in operation ? operation.span : {}
}

interface Link {
  operation: Change
  answer: Answer
  /** Confirms what is confirmed already, and changes nothing. */
  isRepeat: boolean
  /** By then. */
  held_until: number | null
}

/** Changes by HTTP in the order of their versions; what does not count a version comes after. */
function toChain(row: Row, changes: History['changes']): Link[] {
  const sorted = changes
    .flatMap(({ operation, answer }) =>
      operation.does === 'move by hand' ? [] : [{ operation, answer }],
    )
    .toSorted(
      (a, b) =>
        (a.answer.version ?? 0) - (b.answer.version ?? 0) ||
        toRank(a.operation, a.answer) - toRank(b.operation, b.answer),
    )
  let { version, held_until } = row
  return sorted.map(({ operation, answer }) => {
    const { does } = operation
    const isRepeat = does === 'confirm' && held_until === null && answer.version === version
    if (!isRepeat) version++
    if (does === 'confirm') held_until = null
    if (does === 'extend') held_until = endOf(operation.hold)
    return { operation, answer, isRepeat, held_until }
  })
}

// Of those with one version, the first made it; who names it as it is now found it made.
function toRank({ does, ifVersion }: Change, { version }: Answer): number {
  if (does !== 'confirm') return 0
  return ifVersion === version ? 2 : 1
}

/** Without moves by hand, the versions tell the order, and each change builds on the one before. */
function checkChain({ row, changes }: History): Fault[] {
  const chain = toChain(row, changes)
  const hasMovesByHand = chain.length < changes.length
  let { span, version, held_until } = row
  for (const { operation, answer, isRepeat, held_until: until } of chain) {
    if (operation.ifVersion !== undefined && operation.ifVersion !== version) {
      return [fault(row, `was changed under If-Match ${operation.ifVersion} at version ${version}`)]
    }
    const isOfHold = operation.does === 'extend' || (operation.does === 'confirm' && !isRepeat)
    if (isOfHold && held_until === null) return [fault(row, `was no hold at version ${version}`)]
    held_until = until
    if (!isRepeat) version++
    if (answer.version !== version) return [fault(row, `has no version ${version}`)]
    if (answer.held_until !== held_until) return [fault(row, `was answered with another hold`)]
    span = { ...span, ...spanOf(operation) }
    const isBuiltOn = answer.span?.from === span.from && answer.span.to === span.to
    if (!isBuiltOn && !hasMovesByHand) {
      return [fault(row, `lost a change before version ${version}`)]
    }
  }
  return []
}

/** What cannot be, whatever the rows say. */
function checkAnswers(done: readonly Done[]): Fault[] {
  const made = done.filter(({ answer }) => answer.status < 300).flatMap(toNewRow)
  const twice = made.filter((row, at) => made.findIndex((r) => r.booking === row.booking) < at)
  const foreign = done.filter(
    ({ operation, answer }) =>
      answer.booking !== undefined &&
      'booking' in operation &&
      answer.booking !== operation.booking,
  )
  return [
    ...twice.map((row) => fault(row, 'was made twice')),
    ...foreign.map(({ operation, answer }) => ({
      resource: operation.resource,
      what: `${toText(operation)} was answered with ${answer.booking}`,
    })),
  ]
}

function checkOverlaps(rows: readonly Row[]): Fault[] {
  return rows.flatMap((row, at) =>
    rows
      .slice(at + 1)
      .filter((other) => other.resource === row.resource && overlaps(busyOf(row), busyOf(other)))
      .map((other) => fault(row, `overlaps ${other.booking}`)),
  )
}

function busyOf({ busy, span }: Row): TimeSpan {
  return busy ?? span
}
