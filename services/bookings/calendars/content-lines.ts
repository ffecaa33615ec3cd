import { ProblemError } from '../../../shared/problem.ts'

/** A line of a calendar, unfolded: `DTSTART;VALUE=DATE:20271225`. */
export interface ContentLine {
  /** In capitals. */
  name: string
  value: string
  /** Where it is in the file, from 1. */
  line: number
}

/** What is directly in a calendar, with its own lines. */
export interface Component {
  name: string
  line: number
  find: (name: string) => ContentLine | undefined
  all: (name: string) => ContentLine[]
}

const linesMax = 50_000
// An alarm in an event in a calendar; more is nothing that anybody writes.
const depthMax = 5

/**
 * The components of a calendar (RFC 5545 section 3.4), whatever they are.
 * @throws 422 that names the line where it is no calendar
 */
export function readComponents(text: string): Component[] {
  const found: Component[] = []
  const open: { name: string; line: number; lines: ContentLine[] }[] = []
  let last = 0
  for (const { name, value, line } of readLines(text)) {
    last = line
    const top = open.at(-1)
    const what = value.trim().toUpperCase()
    if (name === 'BEGIN') {
      if (!top && what !== 'VCALENDAR') throw refuse(line, 'A calendar begins: BEGIN:VCALENDAR.')
      if (open.length >= depthMax) throw refuse(line, `It is nested deeper than ${depthMax}.`)
      open.push({ name: what, line, lines: [] })
    } else if (name === 'END') {
      if (top?.name !== what) throw refuse(line, `END:${what} ends nothing that has begun.`)
      open.pop()
      if (open.length === 1) found.push(toComponent(top))
    } else if (top) {
      top.lines.push({ name, value, line })
    } else {
      throw refuse(line, 'This is no iCalendar file: it begins with BEGIN:VCALENDAR.')
    }
  }
  const left = open.at(-1)
  if (left) throw refuse(left.line, `BEGIN:${left.name} has no end: the file is cut off.`)
  if (last === 0) throw refuse(1, 'The file is empty.')
  return found
}

/** 422: what is wrong in which line of a file. */
export function refuse(line: number, detail: string): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'calendar_invalid',
    detail: `Line ${line}: ${detail}`,
    members: { line },
  })
}

function toComponent({ name, line, lines }: { name: string; line: number; lines: ContentLine[] }) {
  const all = (wanted: string) => lines.filter((it) => it.name === wanted)
  return { name, line, all, find: (wanted: string) => all(wanted)[0] }
}

/** Unfolds: what begins with a space or a tab belongs to the line before (section 3.1). */
function* readLines(text: string): Iterable<ContentLine> {
  const physical = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  if (physical.length > linesMax) throw refuse(linesMax, `A file has at most ${linesMax} lines.`)
  let parts: string[] = []
  let began = 1
  for (const [at, line] of [...physical, ''].entries()) {
    if (/^[ \t]/.test(line) && parts.length > 0) {
      parts.push(line.slice(1))
      continue
    }
    if (parts.length > 0) yield toLine(parts.join(''), began)
    parts = line === '' ? [] : [line]
    began = at + 1
  }
}

function toLine(text: string, line: number): ContentLine {
  // A colon in a quoted parameter is none (section 3.2).
  const [, name, , value] =
    /^([A-Za-z0-9-]+)((?:;[^:"]*(?:"[^"]*"[^:"]*)*)?):(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw refuse(line, 'This is no line of a calendar: NAME:value.')
  }
  return { name: name.toUpperCase(), value, line }
}
