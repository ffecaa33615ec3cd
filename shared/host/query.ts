import { invalid } from '../problem.ts'

// Conditions add up: `where=seats>=4&where=fuel=diesel`.
const addsUp = new Set(['where'])

/**
 * Each other query parameter is given once. Of two, readers differ in which they take.
 * @throws 422 that names the one given twice
 */
export function requireEachOnce(url: string): void {
  const start = url.indexOf('?')
  if (start < 0 || !url.includes('&', start)) return
  const seen = new Set<string>()
  for (const [name] of new URLSearchParams(url.slice(start + 1))) {
    if (seen.has(name) && !addsUp.has(name))
      throw invalid([{ pointer: `?${name}`, detail: 'Given more than once' }])
    seen.add(name)
  }
}
