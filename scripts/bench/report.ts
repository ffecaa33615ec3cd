import { isMet, type Goal, type Measurement, type Row } from './row.ts'

export type Result = Row & { measurement: Measurement }

/** One result, for a terminal. */
export function toLines(result: Result): string {
  const { name, what, goal, measurement } = result
  const head = `${name.padEnd(9)} ${toMark(result).padEnd(7)} ${toText(goal, measurement.value)}`
  const lines = [`${head} (goal ${toGoal(goal)}): ${what}`, ...measurement.notes]
  return lines.join(`\n${' '.repeat(18)}`)
}

/** All results as the table of docs/performance.md. */
export function toMarkdown(results: Result[]): string {
  const rows = results.map((result) => {
    const { name, what, goal, measurement } = result
    const value = toText(goal, measurement.value)
    return [name, what, toGoal(goal), value, toMark(result), measurement.notes.join('; ')]
  })
  const head = ['row', 'what', 'goal', 'measured', '', 'medians']
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function toMark({ goal, measurement: { value } }: Result): string {
  if (value === undefined) return '–'
  return isMet(goal, value) ? 'met' : 'missed'
}

function toGoal({ bound, value, unit }: Goal): string {
  return `${bound === 'at least' ? '≥' : '≤'} ${value}${unit}`
}

function toText({ unit }: Goal, value: number | undefined): string {
  if (value === undefined) return '–'
  const digits = unit === '' || value < 10 ? 2 : 0
  return `${value.toFixed(digits)}${unit}`
}
