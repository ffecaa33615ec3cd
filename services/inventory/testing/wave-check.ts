import { checkRefusal } from './refusal-check.ts'
import { tombstoneOf, toText, type Answer, type Booked, type Operation } from './operation.ts'
import { overlaps } from './oracle.ts'

/** An allocation as the database has it, in labels. */
export interface Row extends Booked {
  resource: string
  version: number
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
  changes: { operation: Doing<'change' | 'move by hand'>; answer: Answer }[]
  removals: number
}

/**
 * Tells what cannot be. Which of many operations wins is left to the database; but every change
 * that was acknowledged is there and nothing else is, nothing overlaps, and whoever was refused had
 * something in the way at some moment of the wave.
 */
export function checkWave(wave: FiredWave): Fault[] {
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
  ]
}

function fault({ resource, booking }: { resource: string; booking: string }, what: string): Fault {
  return { resource, what: `${booking} ${what}` }
}

function toHistories({ done, before }: FiredWave): Map<string, History> {
  const won = done.filter(({ answer }) => answer.status < 300)
  const rows = [...before, ...won.flatMap(toNewRow)]
  const histories = new Map<string, History>(
    rows.map((row) => [row.booking, { row, changes: [], removals: 0 }]),
  )
  for (const { operation, answer } of won) {
    if (!('booking' in operation)) continue
    const history = histories.get(operation.booking)
    if (operation.does === 'change' || operation.does === 'move by hand') {
      history?.changes.push({ operation, answer })
    }
    if (history && /release|remove/.test(operation.does)) history.removals++
  }
  return histories
}

/** The row that an acknowledged operation says it has made. */
function toNewRow({ operation, answer }: Done): Row[] {
  const { resource, does } = operation
  if (does === 'decommission') {
    const span = { from: operation.now, to: Infinity }
    return [{ booking: tombstoneOf(resource), resource, span, version: 1 }]
  }
  const isNew = does === 'insert by hand' || (does === 'book' && !answer.replayed)
  return isNew ? [{ booking: operation.booking, resource, span: operation.span, version: 1 }] : []
}

function checkBooking(history: History, stored: Row | undefined, wave: FiredWave): Fault[] {
  const { row, changes, removals } = history
  const faults = checkChain(history)
  if (removals > 1) faults.push(fault(row, `was released ${removals} times`))
  if (removals > 0 && stored) faults.push(fault(row, 'was released, and is still there'))
  if (removals === 0 && !stored && !mayBeCancelled(history, wave))
    faults.push(fault(row, 'is lost'))
  if (removals > 0 || !stored) return faults
  return [...faults, ...checkStored(row, changes, stored)]
}

function mayBeCancelled({ row, changes }: History, { now, done }: FiredWave): boolean {
  const ends = [row.span.to, ...changes.flatMap(({ operation }) => operation.span.to ?? [])]
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
    const given = changes.flatMap(({ operation }) => operation.span[bound] ?? [])
    return !(given.length > 0 ? given : [row.span[bound]]).includes(stored.span[bound])
  })
  const faults = wrong.map((bound) => fault(row, `has a ${bound} that nobody gave it`))
  const counted = row.version + changes.filter(isByHttp).length
  if (stored.version !== counted) {
    faults.push(fault(row, `has version ${stored.version}, not ${counted}`))
  }
  if (stored.resource !== row.resource) faults.push(fault(row, 'went to another resource'))
  return faults
}

/** Without moves by hand, the versions tell the order, and each change builds on the one before. */
function checkChain({ row, changes }: History): Fault[] {
  const chain = changes
    .filter(isByHttp)
    .toSorted((a, b) => (a.answer.version ?? 0) - (b.answer.version ?? 0))
  const hasMovesByHand = chain.length < changes.length
  let { span, version } = row
  for (const { operation, answer } of chain) {
    const ifVersion = 'ifVersion' in operation ? operation.ifVersion : undefined
    if (ifVersion !== undefined && ifVersion !== version) {
      return [fault(row, `was changed under If-Match ${ifVersion} at version ${version}`)]
    }
    version++
    if (answer.version !== version) return [fault(row, `has no version ${version}`)]
    span = { ...span, ...operation.span }
    const isBuiltOn = answer.span?.from === span.from && answer.span.to === span.to
    if (!isBuiltOn && !hasMovesByHand) {
      return [fault(row, `lost a change before version ${version}`)]
    }
  }
  return []
}

function isByHttp({ operation }: { operation: Operation }): boolean {
  return operation.does === 'change'
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
      .filter((other) => other.resource === row.resource && overlaps(row.span, other.span))
      .map((other) => fault(row, `overlaps ${other.booking}`)),
  )
}
