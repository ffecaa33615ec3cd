import type { BookingState } from '../../../shared/schemas/booking.ts'
import type { HandoverRow } from '../tables.ts'

/** One resource, had by one person for a time, in milliseconds since 1970; ±Infinity: open. */
export interface Line {
  /** Null: it has none. */
  number: string | null
  resource_id: string
  resource_type: string
  from: number
  to: number
  state: BookingState
  person: string
  title: string
  handover: HandoverRow | null
}

/**
 * Joins two sources, each by start, into one. Each step reads no more than a page of either, and
 * may bring nothing.
 */
export async function* merge(
  ...sources: [AsyncGenerator<Line[]>, AsyncGenerator<Line[]>]
): AsyncGenerator<Line[]> {
  const heads: (Line[] | undefined)[] = [[], []]
  for (;;) {
    for (const [at, source] of sources.entries()) {
      if (heads[at]?.length === 0) heads[at] = await readNext(source)
    }
    const read = heads.filter((head) => head !== undefined)
    if (read.length === 0) return
    // What comes later in either begins later, too. After an empty page that is not known.
    const until = Math.min(...read.map((head) => head.at(-1)?.from ?? -Infinity))
    const isKnown = ({ from }: Line) => from <= until
    yield read.flatMap((head) => head.filter(isKnown)).toSorted((a, b) => byStart(a, b))
    for (const [at, head] of heads.entries()) {
      heads[at] = head?.filter((line) => !isKnown(line))
    }
  }
}

// Two that have no start are alike, and their difference would be no number.
function byStart(a: Line, b: Line): number {
  return a.from === b.from ? 0 : a.from - b.from
}

async function readNext(source: AsyncGenerator<Line[]>): Promise<Line[] | undefined> {
  const { done, value } = await source.next()
  return done ? undefined : value
}
