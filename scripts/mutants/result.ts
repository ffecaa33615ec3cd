/** The result of one mutant. */
export interface Result {
  path: string
  line: number
  /** Its description when no test detected it. */
  survivor: string | undefined
}

/** One line per survivor and per file, and the total. */
export function describeResult(results: Result[]): { lines: string[]; percent: number } {
  const sorted = results.toSorted((a, b) => a.path.localeCompare(b.path) || a.line - b.line)
  const survivors = sorted.flatMap(({ survivor }) => (survivor ? [`survived: ${survivor}`] : []))
  const files = Map.groupBy(sorted, ({ path }) => path)
  const rows = [...files].map(([path, ofFile]) => `${count(ofFile)}  ${path}`)
  return {
    lines: [...survivors, ...rows, `${count(results)}  of all bugs`],
    percent: toPercent(results),
  }
}

function count(results: Result[]): string {
  const found = results.filter(({ survivor }) => !survivor).length
  const [percent, of] = [toPercent(results).toFixed(1), String(results.length)]
  return `${percent.padStart(5)} %  ${String(found).padStart(4)} of ${of.padStart(4)}`
}

function toPercent(results: Result[]): number {
  if (results.length === 0) return 100
  return (results.filter(({ survivor }) => !survivor).length / results.length) * 100
}
