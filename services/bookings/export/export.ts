import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { toCsvLine } from '../../../shared/csv.ts'
import type { Language } from '../../../shared/language.ts'
import { invalid } from '../../../shared/problem.ts'
import { toLocal } from '../../../shared/time-zone.ts'
import type { Find } from '../find-bookings.ts'
import type { Policies } from '../policies.ts'
import { isShownTwice, toShown } from '../policy/wall-clock.ts'
import type { Reservations } from '../reservations.ts'
import type { Rulebook } from '../rulebook.ts'
import type { BookingsTables } from '../tables.ts'
import { readWindow } from '../usage/utilisation.ts'
import type { ReportReader } from '../usage/subjects.ts'
import { createBookedLines } from './booked-lines.ts'
import { createDirectLines } from './direct-lines.ts'
import { merge, type Line } from './line.ts'
import { createNames } from './names.ts'
import { words } from './words.ts'

interface ExportQuery {
  from: string
  to: string
  type?: string | undefined
  language?: Language | undefined
}

interface Request extends ReportReader {
  query: ExportQuery
  caller: Caller
}

interface Dependencies {
  find: Find
  policies: Policies
  reservations: Pick<Reservations, 'listTypes'>
  rulebook: Rulebook
}

type Names = ReturnType<ReturnType<typeof createNames>>

/** The log of who had what and when, as CSV in pieces of a few hundred lines. */
export function createExport(
  context: Context,
  tables: BookingsTables,
  { find, policies, reservations, rulebook }: Dependencies,
) {
  const readBooked = createBookedLines(context, tables, find)
  const readDirect = createDirectLines(context, rulebook)
  const namesFor = createNames(context)

  /** @throws 422 for an unknown type, or a window that is invalid or too long */
  return async ({ query, caller, ...reader }: Request): Promise<AsyncGenerator<string>> => {
    const window = readWindow(query)
    const { type, language = 'en' } = query
    if (type !== undefined) await requireType(type)
    const { ofOrganisation } = await policies.now()
    const shown = { language, zone: ofOrganisation.rules.time_zone }
    const names = namesFor(caller, reader)
    const lines = merge(readBooked(window, caller), readDirect(window, caller, { ...reader, type }))
    const text = toText()
    // The headings, after a page of either source: only before the first byte is a refusal one.
    const first = await text.next()
    return resume(first, text)

    async function* toText(): AsyncGenerator<string> {
      const { headings, separator } = words[language]
      // Without the mark Excel reads UTF-8 as another encoding.
      let head = `\uFEFF${toCsvLine(headings, separator)}`
      for await (const some of lines) {
        await names.learn(some)
        const isOf = (line: Line) => type === undefined || typeOf(line, names) === type
        const records = some.filter(isOf).map((line) => toRecord(line, names, shown))
        const more = head + records.join('')
        if (more) yield more
        head = ''
      }
      if (head) yield head
    }
  }

  async function requireType(name: string): Promise<void> {
    const types = await reservations.listTypes()
    if (types.some((type) => type.name === name)) return
    throw invalid([{ pointer: '?type', detail: 'There is no such type.' }])
  }
}

async function* resume(
  first: IteratorResult<string>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  yield first.value
  yield* rest
}

// A booking keeps the name that its type had.
function typeOf({ resource_id, resource_type }: Line, names: Names): string {
  return names.resourceOf(resource_id)?.type ?? resource_type
}

interface Shown {
  language: Language
  zone: string
}

function toRecord(line: Line, names: Names, { language, zone }: Shown): string {
  const { separator, states, conditions, former } = words[language]
  const { handover } = line
  const person = names.personOf(line.person)
  const at = (time: number | null | undefined) => toLocalText(time, zone)
  const condition = (name: string | null | undefined) => conditions[name ?? ''] ?? name ?? ''
  const { out_odometer: out = null, in_odometer: back = null } = handover ?? {}
  const values = [
    line.number,
    names.resourceOf(line.resource_id)?.name ?? line.resource_id,
    typeOf(line, names),
    at(line.from),
    at(line.to),
    zone,
    states[line.state],
    person?.name ?? former,
    person?.email,
    line.title,
    at(handover?.checked_out),
    at(handover?.returned),
    out,
    back,
    out === null || back === null ? null : back - out,
    handover?.out_fuel,
    handover?.in_fuel,
    condition(handover?.out_condition),
    condition(handover?.in_condition),
    handover?.out_note,
    handover?.in_note,
  ]
  const texts = values.map((value) => String(value ?? ''))
  return toCsvLine(texts, separator)
}

// With a space, as spreadsheets take it for a date and time. Of two that are alike, each has its
// offset.
function toLocalText(time: number | null | undefined, zone: string): string {
  if (typeof time !== 'number' || !Number.isFinite(time)) return ''
  const shown = new Date(toShown(time, zone)).toISOString().slice(0, 16).replace('T', ' ')
  return isShownTwice(time, zone) ? shown + toLocal(time, zone).offset : shown
}
