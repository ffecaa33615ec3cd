import { invalid } from '../problem.ts'

// Conditions can be repeated: `where=seats>=4&where=fuel=diesel`.
const addsUp = new Set(['where'])

/**
 * Requires that every other query parameter is given once: of two, implementations differ in which
 * they take.
 * @throws 422 that names the repeated one
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
