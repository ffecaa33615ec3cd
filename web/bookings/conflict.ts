import type { Resource } from '../../shared/schemas/resource.ts'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { t } from '../i18n.ts'
import { addDays, formatTime } from '../time.ts'
import { findFree, listFreeSpans, typeOf, type TimeSpan } from './inventory.ts'
import { readRefusal } from './refusal.ts'
import { fitToGrid } from './span.ts'
import { describeTaken, type Taken } from './taken.ts'

/** Why a booking was refused, and where it would fit. */
export interface Conflict {
  /** As a function, as names may be read meanwhile. */
  text: () => string
  /** The first time it fits with its length; undefined: none soon. */
  suggestion: TimeSpan | undefined
  /** Others of its type that are free at that time. */
  peers: { id: string; name: string }[]
  /** Whether it is under rules, which have no waiting list. */
  isByRules?: boolean
}

// How far to look for a suitable time.
const lookAheadDays = 60
// Nobody compares more than these.
const peersMax = 3

/**
 * @returns undefined if the error is not about an overlap
 * @throws ProblemError if the server cannot be asked what is free
 */
export async function explainConflict(
  error: unknown,
  resource: Resource,
  wanted: TimeSpan | undefined,
): Promise<Conflict | undefined> {
  if (!(error instanceof ProblemError) || error.code !== 'allocation_overlap') return undefined
  const { conflicts = [] } = error.problem as { conflicts?: Taken[] }
  const first = conflicts.slice(0, 2)
  const isTurnaround = wanted && first.every((one) => !overlaps(one, wanted))
  const suggestion = wanted && (await findFit(resource, wanted))
  const peers = wanted ? await findPeers(resource, wanted) : []
  const free = suggestion ? ` ${t('conflict.free', { from: formatTime(suggestion.from) })}` : ''
  const why = isTurnaround ? 'conflict.turnaround' : 'conflict.taken'
  const { name } = resource
  const text = () => t(why, { name, taken: describeTaken(first) }) + free
  return { text, suggestion, peers }
}

/** Why a booking was refused: what its rules say, or that it is taken. */
export function toConflict(error: unknown): Conflict | undefined {
  const refusal = readRefusal(error)
  if (!refusal) return undefined
  const { reasons, nearest, peers } = refusal
  return { text: () => reasons().join(' '), suggestion: nearest, peers, isByRules: true }
}

function overlaps({ from_datetime, to_datetime }: Taken, { from, to }: TimeSpan): boolean {
  const start = from_datetime ? Date.parse(from_datetime) : -Infinity
  const end = to_datetime ? Date.parse(to_datetime) : Infinity
  return start < to.getTime() && end > from.getTime()
}

async function findPeers(resource: Resource, wanted: TimeSpan) {
  const free = await findFree({ name: resource.resource_type }, wanted, peersMax)
  return free.map(({ id, name }) => ({ id, name }))
}

async function findFit(resource: Resource, wanted: TimeSpan): Promise<TimeSpan | undefined> {
  const length = wanted.to.getTime() - wanted.from.getTime()
  const type = await typeOf(resource)
  const search = { from: wanted.from, to: addDays(wanted.from, lookAheadDays) }
  for (const { from_datetime, to_datetime } of await listFreeSpans(resource, search)) {
    const start = Math.max(Date.parse(from_datetime ?? ''), wanted.from.getTime())
    const fitting = fitToGrid({ from: new Date(start), to: new Date(start + length) }, type)
    // Rounded to slots, it may begin before the free span.
    const shift = fitting.from.getTime() < start ? (type.slot_seconds ?? 0) * 1000 : 0
    const from = new Date(fitting.from.getTime() + shift)
    const to = new Date(from.getTime() + length)
    if (!to_datetime || to.getTime() <= Date.parse(to_datetime)) return { from, to }
  }
  return undefined
}
