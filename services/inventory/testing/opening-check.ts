import type { Opening } from '../../../shared/schemas/opening.ts'
import type { TimeSpan } from '../span.ts'
import type { TestSystem } from '../../testing/system.ts'
import { buffersOf, isTombstone } from './operation.ts'
import { hour_ms } from '../../../shared/duration.ts'
import type { Performer } from './performer.ts'
import type { Random } from './random.ts'
import type { Fault, Row } from './wave-check.ts'

/** What is looked for; in milliseconds. */
interface Sought {
  after: number
  before: number
  length: number
  step: number
}

/** An opening, by the label of its resource. */
interface Expected extends TimeSpan {
  resource: string
  freeUntil: number
}

/**
 * All openings, by looking at the time between each two bookings.
 * @param busy the bookings of each resource in service, with what is kept free around them
 */
function expectOpenings(
  busy: ReadonlyMap<string, readonly TimeSpan[]>,
  { after, before, length, step }: Sought,
): Expected[] {
  const found = [...busy].flatMap(([resource, spans]) => {
    const kept = buffersOf(resource)
    const sorted = spans.toSorted((a, b) => a.from - b.from)
    const ends = [-Infinity, ...sorted.map(({ to }) => to + kept.before)]
    return ends.flatMap((end, at) => {
      const freeUntil = (sorted[at]?.from ?? Infinity) - kept.after
      const steps = step > 0 ? Math.ceil(Math.max(0, end - after) / step) : 0
      const from = step > 0 ? after + steps * step : Math.max(after, end)
      const to = from + length
      return to <= Math.min(freeUntil, before) ? [{ resource, from, to, freeUntil }] : []
    })
  })
  return found.toSorted((a, b) => a.from - b.from)
}

/** Asks each system for openings, and compares with the rows. Nothing changes meanwhile. */
export function createOpeningCheck(
  systems: readonly Pick<TestSystem, 'send'>[],
  { idOf, labelOf }: Pick<Performer, 'idOf' | 'labelOf'>,
) {
  return async (
    random: Random,
    rows: ReadonlyMap<string, readonly Row[]>,
    now: number,
  ): Promise<Fault[]> => {
    const isRetired = (row: Row) => isTombstone(row) && row.span.to === Infinity
    const inService = [...rows].filter(([, all]) => !all.some(isRetired))
    const busy = new Map(
      inService.map(([one, all]) => [one, all.map(({ busy: taken, span }) => taken ?? span)]),
    )
    const some = random.pick([...busy.keys()].slice(-20))
    const asked = some === undefined ? [undefined] : [undefined, some]
    const faults: Fault[] = []
    for (const system of systems) {
      for (const resource of asked) {
        const sought = drawSought(random, now)
        const scope = resource === undefined ? 'type=Car' : `resource_id=${idOf(resource)}`
        const path = `/api/openings?${scope}&${toQuery(sought)}`
        const response = await system.send('GET', path)
        const answer = (await response.json()) as Opening[]
        const of = resource === undefined ? busy : new Map([[resource, busy.get(resource) ?? []]])
        const what =
          response.status === 200
            ? findFault(answer, expectOpenings(of, sought), labelOf)
            : JSON.stringify(answer)
        if (what) faults.push({ resource: resource ?? '', what: `${path}: ${what}` })
      }
    }
    return faults
  }
}

/** Something to look for around a moment. */
function drawSought(random: Random, now: number): Sought {
  const after = now + random.integer(48) * hour_ms
  return {
    after,
    before: after + (random.oneIn(4) ? random.integer(40) + 1 : 100_000) * hour_ms,
    length: (1 + random.integer(6)) * hour_ms,
    step: random.oneIn(3) ? (1 + random.integer(5)) * hour_ms : 0,
  }
}

/** The query that looks for it. */
function toQuery({ after, before, length, step }: Sought): string {
  const toTime = (time: number) => new Date(time).toISOString()
  const toDuration = (time: number) => `PT${time / hour_ms}H`
  const given = {
    after: toTime(after),
    before: toTime(before),
    duration: toDuration(length),
    limit: '200',
    ...(step > 0 && { step: toDuration(step) }),
  }
  return new URLSearchParams(given).toString()
}

/** @returns what is wrong with the answer; undefined when nothing is */
function findFault(
  answered: readonly Opening[],
  expected: readonly Expected[],
  labelOf: (id: string) => string,
): string | undefined {
  const toLine = ({ resource, from, to, freeUntil }: Expected) =>
    `${resource} ${from} ${to} ${freeUntil}`
  const known = new Set(expected.map(toLine))
  const lines = answered.map((one) => {
    const [from, to] = [Date.parse(one.from_datetime), Date.parse(one.to_datetime)]
    const freeUntil = one.free_until === null ? Infinity : Date.parse(one.free_until)
    return { from, line: toLine({ resource: labelOf(one.resource_id), from, to, freeUntil }) }
  })
  const wrong = lines.find(({ line }) => !known.has(line))
  if (wrong) return `${wrong.line} is not open`
  if (new Set(lines.map(({ line }) => line)).size < lines.length) return 'one is there twice'
  const late = expected.slice(0, 200).findIndex(({ from }, at) => lines[at]?.from !== from)
  return late === -1 ? undefined : `${toLine(expected[late] as Expected)} is missing`
}
