/** Named facts as rows for a terminal. */
export function toRows(facts: readonly (readonly [name: string, text: string])[]): string {
  return facts.map(([name, text]) => `  ${name.padEnd(14)} ${text}`).join('\n')
}

/** The first few problems, and how many more there are. */
export function toShown(problems: readonly string[], shownMax = 10): string {
  const left = problems.length - shownMax
  const shown = problems.slice(0, shownMax).map((problem) => `  - ${problem}`)
  return [...shown, ...(left > 0 ? [`  and ${left} more`] : [])].join('\n')
}
