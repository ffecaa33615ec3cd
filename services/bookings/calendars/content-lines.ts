import { ProblemError } from '../../../shared/problem.ts'

/** An unfolded line of a calendar: `DTSTART;VALUE=DATE:20271225`. */
export interface ContentLine {
  /** In upper case. */
  name: string
  value: string
  /** Line number in the file, from 1. */
  line: number
}

/** A component directly inside the calendar, with its own lines only. */
export interface Component {
  name: string
  line: number
  find: (name: string) => ContentLine | undefined
  all: (name: string) => ContentLine[]
}

const linesMax = 50_000
// An alarm in an event in a calendar is 3; nothing in use is deeper.
const depthMax = 5

/**
 * Parses the components of a calendar (RFC 5545 section 3.4), of any kind.
 * @throws 422 naming the line that is not valid
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
      if (open.length >= depthMax) throw refuse(line, `Nested deeper than ${depthMax}.`)
      open.push({ name: what, line, lines: [] })
    } else if (name === 'END') {
      if (top?.name !== what) throw refuse(line, `END:${what} has no matching BEGIN.`)
      open.pop()
      if (open.length === 1) found.push(toComponent(top))
    } else if (top) {
      top.lines.push({ name, value, line })
    } else {
      throw refuse(line, 'This is not an iCalendar file: it must begin with BEGIN:VCALENDAR.')
    }
  }
  const left = open.at(-1)
  if (left) throw refuse(left.line, `BEGIN:${left.name} has no end: the file is cut off.`)
  if (last === 0) throw refuse(1, 'The file is empty.')
  return found
}

/** 422 for a fault in a line of the file. */
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

/**
 * Unfolds lines: one that starts with a space or a tab continues the previous one (section 3.1).
 */
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
  // A colon in a quoted parameter does not separate (section 3.2).
  const [, name, , value] =
    /^([A-Za-z0-9-]+)((?:;[^:"]*(?:"[^"]*"[^:"]*)*)?):(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw refuse(line, 'Not a calendar line. Use NAME:value.')
  }
  return { name: name.toUpperCase(), value, line }
}
