import { expect, it } from 'bun:test'
import type { Paths } from './document.ts'
import { shareRepeated } from './document-component.ts'

interface Parameter {
  name: string
  in: string
  schema: object
}

const text = (maxLength: number) => ({ type: 'string', maxLength })

/** What each operation says once its references are followed. */
function resolve(paths: Paths, components: Record<string, Record<string, unknown>>): string[] {
  const follow = (value: unknown): unknown => {
    const { $ref = '' } = value as { $ref?: string }
    const [, kind = '', name = ''] = /^#\/components\/(\w+)\/(.+)$/.exec($ref) ?? []
    return components[kind]?.[name] ?? value
  }
  return Object.values(paths).map(({ get }) =>
    JSON.stringify([
      (get?.parameters ?? []).map(follow),
      Object.values(get?.responses ?? {}).map(({ headers = {} }) =>
        Object.entries(headers).map(([name, header]) => [name, follow(header)]),
      ),
    ]),
  )
}

/** An operation of each list of parameters, each with these headers. */
function toPaths(lists: Parameter[][], headers: Record<string, object> = {}): Paths {
  const paths = lists.map((parameters, at) => {
    const responses = { 200: { description: 'ok', headers: { ...headers } } }
    return [`/${at}`, { get: { parameters: parameters.map((it) => ({ ...it })), responses } }]
  })
  return Object.fromEntries(paths) as unknown as Paths
}

it('names apart what differs in more than punctuation', () => {
  const header: Parameter = { name: 'last-event-id', in: 'header', schema: text(60) }
  const query: Parameter = { name: 'last_event_id', in: 'query', schema: text(50) }
  const lists = [[header], [header, query], [query], [header]]
  const before = resolve(toPaths(lists), {})
  const paths = toPaths(lists)
  const components = shareRepeated(paths)
  expect(resolve(paths, components)).toEqual(before)
  expect(Object.keys(components['parameters'] ?? {})).toEqual(['LastEventId', 'LastEventIdQuery'])
})

it('leaves inline what has no name of its own', () => {
  const parameters = ['a-b', 'a_b', 'a.b'].map((name, at) => {
    return { name, in: 'query', schema: text(at + 1) }
  })
  const lists = [parameters, parameters]
  const headers = { 'x-b': { schema: text(1) }, x_b: { schema: text(2) } }
  const before = resolve(toPaths(lists, headers), {})
  const paths = toPaths(lists, headers)
  const components = shareRepeated(paths)
  expect(resolve(paths, components)).toEqual(before)
  expect(Object.keys(components['parameters'] ?? {})).toEqual(['AB', 'ABQuery'])
  expect(Object.keys(components['headers'] ?? {})).toEqual(['XB'])
})
