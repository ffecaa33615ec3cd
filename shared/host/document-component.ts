import { titleOf } from '../problem.ts'
import type { Operation, Paths, ResponseHeaders } from './document.ts'

interface Place {
  name: string
  content: unknown
  replace: (reference: { $ref: string }) => void
}

/**
 * Moves parameters, headers and error responses that several operations share to `components`, and
 * replaces them with references. The most frequent variant gets the name; others stay inline.
 */
export function shareRepeated(paths: Paths): Record<string, Record<string, unknown>> {
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
  // Headers first, so that equal responses hold equal references.
  const headers = share('headers', operations.flatMap(listHeaders))
  const responses = share('responses', operations.flatMap(listResponses))
  const parameters = share('parameters', operations.flatMap(listParameters))
  return { parameters, headers, responses }
}

function listHeaders({ responses = {} }: Operation): Place[] {
  return Object.values(responses).flatMap((response) => {
    const headers: ResponseHeaders = (response.headers = { ...response.headers })
    return Object.entries(headers).map(([name, content]) => placeIn(headers, name, content))
  })
}

const bodiless: Record<string, string> = { 204: 'no content', 304: 'not modified' }

// Success responses differ by operation.
function listResponses({ responses = {} }: Operation): Place[] {
  return Object.entries(responses).flatMap(([status, content]) => {
    if (Object.keys(content.headers ?? {}).length === 0) delete content.headers
    const name = bodiless[status] ?? (Number(status) >= 400 && titleOf(Number(status)))
    return name ? [{ ...placeIn(responses, status, content), name }] : []
  })
}

function listParameters({ parameters = [] }: Operation): Place[] {
  return parameters.map((content, at) => ({
    ...placeIn(parameters, String(at), content),
    name: content.name,
  }))
}

function placeIn(holder: object, key: string, content: unknown): Place {
  const replace = (reference: object) => void Object.assign(holder, { [key]: reference })
  return { name: key, content, replace }
}

function share(kind: string, places: Place[]): Record<string, unknown> {
  const byName = Map.groupBy(places, ({ name }) => name)
  const frequent = [...byName].flatMap(([name, named]) => {
    const groups = Map.groupBy(named, ({ content }) => JSON.stringify(content))
    const [most = []] = [...groups.values()].toSorted((a, b) => b.length - a.length)
    return most.length < 2 ? [] : [{ name, most }]
  })
  const shared = new Map<string, unknown>()
  for (const { name, most } of frequent.toSorted((a, b) => b.most.length - a.most.length)) {
    const content = most[0]?.content
    // Two names may differ in punctuation only, and mean different things.
    const component = listNames(name, content).find((it) => !shared.has(it))
    if (component === undefined) continue
    shared.set(component, content)
    for (const { replace } of most) replace({ $ref: `#/components/${kind}/${component}` })
  }
  return Object.fromEntries([...shared].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Its name in letters, and for a parameter also with where it is sent. */
function listNames(name: string, content: unknown): string[] {
  const { in: place } = content as { in?: string }
  return [name, ...(place === undefined ? [] : [`${name} ${place}`])].map(toComponentName)
}

function toComponentName(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}
