import { withDeadline } from '../../shared/deadline.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { ImportReport } from '../../shared/schemas/book.ts'
import type { Catalogue } from './catalogue.ts'
import { ratingsUnavailable } from './ratings-client.ts'

export type ImportFault = ImportReport['problems'][number]

/** Rates a book as the user of these headers. */
export type Rate = (
  book: number,
  value: number,
  headers: Record<string, string>,
) => Promise<unknown>

interface Rated {
  line: number
  identity: string
  /** From 1 to 10. */
  rating: number
}

/** @returns the ratings that did not come along, and why: the first of them */
export type RateAll = (rated: Rated[]) => Promise<ImportFault[]>

// The ratings have other callers.
const atOnce = 50
// As many as are allowed in a day; those that are there already cost a question as well.
const askedMax = 1000
// Half of a report: the rest is for what was not imported at all.
const reportedMax = 500
// The report of an import must not be late because the ratings are.
const patience_ms = 2000

/**
 * Takes the ratings of an import along. One's own rating that is there stays as it is; once one is
 * refused, such as by the daily limit, the rest is not asked for.
 */
export function createRater(
  catalogue: Catalogue,
  rate: (book: number, value: number) => Promise<unknown>,
): RateAll {
  let refused: ProblemError | undefined
  let asked = 0
  let reported = 0

  async function rateOne(book: number, value: number): Promise<void> {
    if (!refused && asked++ === askedMax) refused = tooManyRatings()
    if (refused) throw refused
    await withDeadline(rate(book, value), patience_ms, giveUp).catch((error: unknown) => {
      if (!(error instanceof ProblemError)) throw error
      if (error.status === 409) return // rated already
      if (error.status !== 404) refused = error // removed meanwhile
      throw error
    })
  }

  return async (rated) => {
    if (rated.length === 0) return []
    const numbers = await catalogue.findPresent(rated.map(({ identity }) => identity))
    const faults: ImportFault[] = []
    const take = async ({ line, identity, rating }: Rated) => {
      const book = numbers.get(identity)
      if (book === undefined) return // not added, which is said
      await rateOne(book, rating).catch((error: unknown) => {
        if (!(error instanceof ProblemError)) throw error
        if (reported++ >= reportedMax) return
        faults.push({ line, code: error.code, detail: `Without its rating: ${error.message}` })
      })
    }
    for (let at = 0; at < rated.length; at += atOnce) {
      await Promise.all(rated.slice(at, at + atOnce).map(take))
    }
    return faults.toSorted((a, b) => a.line - b.line)
  }
}

function giveUp(): never {
  throw ratingsUnavailable()
}

function tooManyRatings(): ProblemError {
  const detail = `An import may have at most ${askedMax} ratings. Send the rest in another import.`
  return new ProblemError({ status: 413, code: 'too_many_ratings', detail })
}
