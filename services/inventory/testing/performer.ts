import { hash } from 'node:crypto'
import type { SendOptions, TestSystem } from '../../testing/system.ts'
import {
  buffersOf,
  byPlace,
  type Answer,
  type Booked,
  type Made,
  type Operation,
} from './operation.ts'
import { toBookBody, toBounds, toBundleBody, toHoldBody, toWaitBody } from './request-body.ts'
import type { HandResult, SqlSession } from './sql-session.ts'

/** What the API says of an allocation, as far as it matters here. */
interface Body {
  id?: string
  held_until?: string | null
  resource_id?: string
  code?: string
  allocations?: number
  from_datetime?: string | null
  to_datetime?: string | null
  conflicts?: Required<Pick<Body, 'id' | 'from_datetime' | 'to_datetime'>>[]
  skipped?: Answer['skipped']
  items?: { item: number; code: string; conflicts: Body[] }[]
}

/** The answer to a bundle. */
type BundleBody = Omit<Body, 'allocations'> & { allocations?: Body[] }
type EntryBody = { id?: string; code?: string; status?: string; allocation?: Body | null }
type Waiting = Extract<Operation, { does: 'wait' | 'look' | 'leave' }>
type Bundle = Extract<Operation, { does: 'book bundle' | 'book any' }>
type Aimed = Extract<Operation, { booking: string }>

const handStatuses: Record<HandResult, number> = {
  done: 200,
  refused: 409,
  absent: 404,
  deadlock: 503,
}

/** Does operations: by HTTP at one of several replicas, or by hand in SQL. */
export function createPerformer(systems: readonly TestSystem[], session: SqlSession) {
  const ids = new Map<string, string>()
  const labels = new Map<string, string>()
  let turn = 0

  const idOf = (label: string) => ids.get(label) ?? toId(label)
  const labelOf = (id: string) => labels.get(id) ?? id

  /** Remembers which id the database, or nobody yet, gave to a label. */
  function name(label: string, id: string): void {
    ids.set(label, id)
    labels.set(id, label)
  }

  function send(method: string, path: string, options: SendOptions): Promise<Response> {
    const system = systems[turn++ % systems.length]
    if (!system) throw new Error('There is no system to send to')
    return system.send(method, path, options)
  }

  /** @param pool by which number it is found among others */
  async function addResource(label: string, pool: number): Promise<void> {
    const { before, after } = buffersOf(label)
    const buffers = { buffer_before_seconds: before / 1000, buffer_after_seconds: after / 1000 }
    const body = { name: label, properties: { pool }, ...buffers }
    const response = await send('POST', '/api/cars', { body })
    const { id } = (await response.json()) as Body
    if (response.status !== 201 || !id) throw new Error(`${label}: ${response.status}`)
    name(label, id)
  }

  async function toAnswer(response: Response, label: string): Promise<Answer> {
    const { status, headers } = response
    const text = await response.text()
    const body = (text === '' ? {} : JSON.parse(text)) as Body
    if (status === 201 && body.id && !labels.has(body.id)) name(label, body.id)
    const etag = /^"v(\d+)-/.exec(headers.get('etag') ?? '')
    return {
      status,
      ...(body.code !== undefined && { code: body.code }),
      ...(status < 300 && body.id && toBooked(body)),
      ...(status < 300 && body.id && { held_until: toTime(body.held_until) }),
      ...(etag && { version: Number(etag[1]) }),
      ...(status === 201 && { replayed: headers.get('idempotent-replayed') === 'true' }),
      ...(body.conflicts && { conflicts: body.conflicts.map(toBooked) }),
      ...(body.allocations !== undefined && { allocations: body.allocations }),
    }
  }

  function toBooked({ id = '', from_datetime: from, to_datetime: to }: Body): Booked {
    const span = { from: from ? Date.parse(from) : -Infinity, to: to ? Date.parse(to) : Infinity }
    return { booking: labelOf(id), span }
  }

  /** Gives what was made the labels it was planned under: by place, or for any, in order. */
  function nameMade(bundle: Bundle, allocations: Body[]): Made[] {
    const made = allocations.map((one) => ({ id: one.id ?? '', ...toMade(one) })).toSorted(byPlace)
    made.forEach(({ id, resource, span }, at) => {
      const planned =
        bundle.does === 'book any'
          ? bundle.wanted[at]
          : bundle.wanted.find((one) => one.resource === resource && isEqual(one.span, span))
              ?.booking
      if (planned !== undefined && !labels.has(id)) name(planned, id)
    })
    return made.map(({ id, ...one }) => ({ ...one, booking: labelOf(id) }))
  }

  function toMade(body: Body): Made {
    const resource = labelOf(body.resource_id ?? '')
    return { resource, ...toBooked(body), held_until: toTime(body.held_until) }
  }

  async function bookTogether(operation: Bundle): Promise<Answer> {
    const headers = toHeaders(operation)
    const body = toBundleBody(operation, idOf)
    const response = await send('POST', '/api/allocations', { body, headers })
    const { status } = response
    const { code, allocations, skipped, items } = (await response.json()) as BundleBody
    return {
      status,
      ...(code !== undefined && { code }),
      ...(allocations && { made: nameMade(operation, allocations), skipped: skipped ?? [] }),
      ...(status === 201 && { replayed: response.headers.get('idempotent-replayed') === 'true' }),
      ...(items && {
        refused: items.map(({ item, code: why, conflicts }) => {
          return { item, code: why, conflicts: conflicts.map(toBooked) }
        }),
      }),
    }
  }

  // A refusal may name a booking whose own answer came later, so labels are looked up at the end.
  function relabel(answer: Answer): Answer {
    const { conflicts, refused } = answer
    const rename = (booked: Booked[]) =>
      booked.map(({ booking, span }) => ({ booking: labelOf(booking), span }))
    return {
      ...answer,
      ...(conflicts && { conflicts: rename(conflicts) }),
      ...(refused && {
        refused: refused.map((one) => ({ ...one, conflicts: rename(one.conflicts) })),
      }),
    }
  }

  async function performByHttp(operation: Aimed): Promise<Answer> {
    const car = pathOf(operation)
    const { booking } = operation
    const [id, headers] = [idOf(booking), toHeaders(operation)]
    switch (operation.does) {
      case 'book': {
        const request = { body: toBookBody(operation), headers }
        return toAnswer(await send('POST', `${car}/allocations`, request), booking)
      }
      case 'change': {
        const bounds = toBounds(operation.span)
        const body = Object.keys(bounds).length > 0 ? bounds : { description: 'changed' }
        return toAnswer(await send('PATCH', `${car}/allocations/${id}`, { body, headers }), booking)
      }
      case 'confirm':
        return toAnswer(await send('POST', `/api/allocations/${id}/confirm`, { headers }), booking)
      case 'extend': {
        const request = { body: toHoldBody(operation.hold), headers }
        return toAnswer(await send('POST', `/api/allocations/${id}/extend`, request), booking)
      }
      case 'give back':
        return toAnswer(await send('POST', `/api/allocations/${id}/release`, { headers }), booking)
      default:
        return toAnswer(await send('DELETE', `${car}/allocations/${id}`, { headers }), booking)
    }
  }

  async function performWaiting(operation: Waiting): Promise<Answer> {
    const one = `/api/waitlist/${idOf(operation.booking)}`
    const response =
      operation.does === 'wait'
        ? await send('POST', '/api/waitlist', { body: toWaitBody(operation, idOf) })
        : await send(operation.does === 'look' ? 'GET' : 'DELETE', one, {})
    const { status } = response
    if (status === 204) return { status }
    const { id, code, status: state, allocation } = (await response.json()) as EntryBody
    if (code !== undefined) return { status, code }
    if (operation.does === 'wait' && id) name(operation.booking, id)
    const made = allocation ? [{ ...toMade(allocation), held_until: null }] : []
    return { status, waits: state === 'waiting', made }
  }

  function pathOf({ resource }: Operation): string {
    return `${collectionOf(resource)}/${idOf(resource)}`
  }

  async function perform(operation: Operation): Promise<Answer> {
    const { does, resource } = operation
    switch (does) {
      case 'book bundle':
      case 'book any':
        return bookTogether(operation)
      case 'decommission': {
        const query = operation.cancel ? '?allocations=cancel' : ''
        return toAnswer(await send('DELETE', `${pathOf(operation)}${query}`, {}), '')
      }
      case 'put back': {
        const answer = await send('POST', `/api/resources/${idOf(resource)}/return`, {})
        const { code } = (await answer.json()) as Body
        return { status: answer.status, ...(code !== undefined && { code }) }
      }
      case 'insert by hand': {
        const id = idOf(operation.booking)
        name(operation.booking, id)
        return byHand(session.insert({ id, resource_id: idOf(resource), span: operation.span }))
      }
      case 'move by hand':
        return byHand(session.move(idOf(operation.booking), operation.span))
      case 'remove by hand':
        return byHand(session.remove(idOf(operation.booking)))
      case 'end by hand':
        return byHand(session.end(idOf(operation.booking)))
      case 'wait':
      case 'look':
      case 'leave':
        return performWaiting(operation)
      default:
        return performByHttp(operation)
    }
  }

  return { addResource, perform, relabel, name, idOf, labelOf }
}

export type Performer = ReturnType<typeof createPerformer>

// Half of them at the path of their type, half at that of all types: the same, by the same code.
function collectionOf(resource: string): string {
  return Number(resource.at(-1)) % 2 === 0 ? '/api/cars' : '/api/resources'
}

async function byHand(result: Promise<HandResult>): Promise<Answer> {
  return { status: handStatuses[await result] }
}

function toHeaders(operation: Operation): Record<string, string> {
  const key = 'key' in operation ? operation.key : undefined
  const version = 'ifVersion' in operation ? operation.ifVersion : undefined
  return {
    ...(key !== undefined && { 'idempotency-key': key.replaceAll(' ', '-') }),
    ...(version !== undefined && { 'if-match': `"v${version}"` }),
  }
}

function toTime(text: string | null | undefined): number | null {
  return text ? Date.parse(text) : null
}

function isEqual(a: Booked['span'], b: Booked['span']): boolean {
  return a.from === b.from && a.to === b.to
}

// The id of what was never given one, and of what is inserted by hand: the same in every run.
function toId(label: string): string {
  const hex = hash('md5', label, 'hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
