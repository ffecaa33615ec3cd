import { setImmediate } from 'node:timers/promises'
import type { Caller } from '../../shared/access.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { ImportReport } from '../../shared/schemas/book.ts'
import { toColumns, type BookColumns } from './book.ts'
import type { Catalogue } from './catalogue.ts'
import { readCsv } from './csv.ts'
import { readJsonItems } from './json-items.ts'
import { createRater, type ImportFault, type Rate, type RateAll } from './import-ratings.ts'
import type { Incoming } from './record.ts'
import type { Shelves } from './shelves.ts'

// Enough for the reviews among them, which are skipped.
const importBytesMax = 32 * 1024 * 1024
// More than anyone has read, and imported within the ten-second timeout of a hop.
const recordsMax = 50_000
// Read in a few milliseconds; other requests are served in between.
const pieceBytes = 64 * 1024
// Books per commit; others can write in between.
const batchSize = 250
const problemsMax = 1000

const readers = new Map([
  ['text/csv', readCsv],
  ['application/json', readJsonItems],
])

export interface ImportRequest {
  body: ReadableStream<Uint8Array> | null
  contentType: string | null
  caller: Caller
  /** As whom their ratings are made. */
  headers: Record<string, string>
}

/**
 * Adds many books from a stream, batch by batch; books already on the list are left as they are. An
 * interrupted import is safe to retry.
 */
export function createImport(catalogue: Catalogue, shelves: Shelves, rate: Rate) {
  async function run({ body, contentType, caller, headers }: ImportRequest): Promise<ImportReport> {
    const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
    const read = readers.get(type)
    if (!read || !body) throw unsupported()
    const report: ImportReport = { imported: 0, skipped: 0, problems: [] }
    const batch: Incoming[] = []
    const addOne = createAdder(caller)
    const rateAll = createRater(catalogue, (book, value) => rate(book, value, headers))
    const given = { addOne, rateAll, caller, report, isDateNoted: false }
    let line = 0
    let failure: unknown
    try {
      for await (const incoming of read(readText(body))) {
        if (report.imported + report.skipped >= recordsMax) throw tooMany()
        line = incoming.line
        batch.push(incoming)
        if (batch.length === batchSize) await addAll(batch.splice(0), given)
      }
    } catch (error) {
      failure = error
    }
    // What was read before the fault is kept; only a database fault ends the import.
    if (failure === undefined || failure instanceof ProblemError) {
      await addAll(batch, given)
    }
    if (failure === undefined) return report
    if (!(failure instanceof ProblemError) || line === 0) throw failure
    const detail = `${failure.message} From here on nothing was read.`
    report.skipped++
    report.problems.push({ line: line + 1, code: 'unreadable', detail }) // however many there are
    return report
  }

  async function addAll(batch: Incoming[], given: Import): Promise<void> {
    const { addOne, rateAll, caller, report } = given
    const books = batch.map((each) => ('fields' in each ? toColumns(each.fields) : undefined))
    const identities = books.flatMap((book) => book?.identity ?? [])
    // Duplicates must not use up the daily limit.
    const present = await catalogue.findPresent(identities)
    const outcomes = await Promise.all(
      books.map((book) => book && !present.has(book.identity) && addOne(book)),
    )
    for (const [at, each] of batch.entries()) {
      const { line } = each
      const outcome = outcomes[at]
      if ('problem' in each) skip(report, { line, code: 'invalid', detail: each.problem })
      else if (outcome instanceof ProblemError) {
        skip(report, { line, code: outcome.code, detail: outcome.message })
      } else if (outcome === 'added') report.imported++
      else skip(report, { line, code: 'duplicate', detail: describe(each.fields) })
    }
    const shelved = batch.flatMap((each, at) => {
      const { shelving } = 'fields' in each ? each : {}
      const { identity } = books[at] ?? {}
      return shelving && identity ? [{ identity, ...shelving }] : []
    })
    await shelves.putAll(caller, shelved)
    const rated = batch.flatMap((each, at) => {
      const { rating } = 'fields' in each ? each : {}
      const { identity } = books[at] ?? {}
      return rating && identity ? [{ line: each.line, identity, rating }] : []
    })
    for (const fault of await rateAll(rated)) note(report, fault)
    // The first one of an import: the others are like it.
    const dated = batch.find((each) => 'fields' in each && each.note)
    if (!given.isDateNoted && dated && 'fields' in dated && dated.note) {
      given.isDateNoted = true
      note(report, { line: dated.line, code: 'date_unreadable', detail: dated.note })
    }
  }

  // Once the daily limit is reached, the rest of an import does not ask the database again.
  function createAdder(caller: Caller): AddOne {
    let full: ProblemError | undefined
    return async (book) => {
      if (full) return full
      try {
        await catalogue.insert(book, caller)
        return 'added'
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error
        if (error.status === 409) return 'duplicate'
        if (error.status !== 429) throw error
        full = error
        return error
      }
    }
  }

  return run
}

type AddOne = (book: BookColumns) => Promise<'added' | 'duplicate' | ProblemError>

interface Import {
  addOne: AddOne
  rateAll: RateAll
  caller: Caller
  report: ImportReport
  isDateNoted: boolean
}

function skip(report: ImportReport, problem: ImportFault): void {
  report.skipped++
  note(report, problem)
}

function note(report: ImportReport, problem: ImportFault): void {
  if (report.problems.length < problemsMax) report.problems.push(problem)
}

function describe({ title, author }: { title: string; author: string }): string {
  return `"${title}" by ${author} is on the list already.`
}

async function* readText(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.byteLength
      if (size > importBytesMax) throw tooLarge()
      for (let at = 0; at < chunk.byteLength; at += pieceBytes) {
        yield utf8.decode(chunk.subarray(at, at + pieceBytes), { stream: true })
        await setImmediate()
      }
    }
    yield utf8.decode()
  } catch (error) {
    throw error instanceof TypeError ? notUtf8(error) : error
  }
}

function unsupported(): ProblemError {
  return new ProblemError({
    status: 415,
    code: 'unsupported_media_type',
    detail: 'Send the books as text/csv or as application/json.',
  })
}

function tooLarge(): ProblemError {
  return new ProblemError({
    status: 413,
    code: 'body_too_large',
    detail: `An import may have at most ${importBytesMax} bytes. Send the rest in another import.`,
  })
}

function tooMany(): ProblemError {
  return new ProblemError({
    status: 413,
    code: 'too_many_books',
    detail: `An import may have at most ${recordsMax} books. Send the rest in another import.`,
  })
}

function notUtf8(cause: unknown): ProblemError {
  const detail = 'The text is not UTF-8. Save it as UTF-8 and send it again.'
  return new ProblemError({ status: 400, code: 'not_utf8', detail, cause })
}
