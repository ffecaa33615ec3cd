import type { OpenApiDocument } from '../../shared/host/document.ts'
import { readDocument, type Answer, type CheckedOperation } from './document-check.ts'
import { readStream } from './document-events.ts'
import { createLoggedSecrets } from './logged-secret.ts'
import type { SendOptions, TestSystem } from './system.ts'

export interface Sending extends SendOptions {
  query?: string
  /** Of a stream: the text it is read up to. */
  until?: string
}

/** What an operation is sent that its document cannot say by an example. */
export type Extras = Record<string, Sending | undefined>

const unknownId = '01a1fe45-0000-7000-8000-000000000000'

/**
 * Walks through a document as a client would that knows nothing else: it sends the examples, goes
 * where `Location` and lists say, and holds each answer against the document.
 */
export function createWalk(system: TestSystem, document: OpenApiDocument, extras: Extras) {
  const { operations, compare, unsent, events } = readDocument(document)
  /** Real paths, by the template they are of. */
  const places = new Map<string, string>()
  const faults: string[] = []
  const reached = new Set<string>()
  const secrets = createLoggedSecrets()

  const find = (method: string, template: string) =>
    operations.find((it) => it.method === method && it.template === template)

  /** @returns undefined while nothing is known of what it is about */
  function pathOf(template: string): string | undefined {
    const known = [...places.keys()]
      .filter((it) => template === it || template.startsWith(`${it}/`))
      .toSorted((a, b) => b.length - a.length)
    const [longest = ''] = known
    const path = (places.get(longest) ?? '') + template.slice(longest.length)
    return path.includes('{') ? undefined : path
  }

  /** Remembers a real path, and those above it: `/api/cars/1/allocations/2`. */
  function learn(path: string): string | undefined {
    const { pathname } = new URL(path, 'http://localhost')
    const parts = pathname.split('/')
    const fits = ({ template }: CheckedOperation) => {
      const names = template.split('/')
      const isSame = (name: string, at: number) => name.startsWith('{') || name === parts[at]
      return names.length === parts.length && names.every(isSame)
    }
    const fitting = operations.filter(fits).map(({ template }) => template)
    // `/api/users/me` is not a user whose id is `me`.
    const template = fitting.toSorted((a, b) => a.split('{').length - b.split('{').length)[0]
    const names = template?.split('/') ?? []
    for (const [at, name] of names.entries()) {
      if (!name.startsWith('{')) continue
      places.set(names.slice(0, at + 1).join('/'), parts.slice(0, at + 1).join('/'))
    }
    if (template !== undefined) places.set(template, pathname)
    return template
  }

  async function send(operation: CheckedOperation, options: Sending = {}): Promise<Answer> {
    const { id, method, template, parameters } = operation
    const extra = extras[id]
    const nobody = (_: string, name: string) => {
      const schema = parameters.find((it) => it.in === 'path' && it.name === name)?.schema
      return schema?.['type'] === 'integer' ? '1' : unknownId
    }
    const path = pathOf(template) ?? template.replace(/{(\w+)}/g, nobody)
    const query = options.query ?? extra?.query ?? ''
    const headers = { ...extra?.headers, ...options.headers }
    const example = method === 'GET' ? {} : { body: extra?.body ?? operation.example }
    const whole = { ...example, ...extra, ...options, headers }
    const response = await system.send(method, path + (query && `?${query}`), whole)
    const answer = {
      status: response.status,
      headers: response.headers,
      body: await read(response, options.until),
    }
    secrets.add(whole.body)
    secrets.add(answer.body)
    faults.push(...compare(operation, answer).map((fault) => `${id}: ${fault}`))
    if (answer.status < 300) reached.add(id)
    return answer
  }

  return { operations, find, pathOf, learn, send, toKept, faults, reached, secrets, unsent, events }
}

/** Of what was made, what is answered again: a secret is shown once. */
function toKept(made: unknown): object {
  const { secret: _, ...kept } = made as { secret?: string }
  return kept
}

export type Walk = ReturnType<typeof createWalk>

async function read(response: Response, until?: string): Promise<unknown> {
  if (response.headers.get('content-type') === 'text/event-stream') {
    return readStream(response, until)
  }
  const text = await response.text()
  return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text
}
