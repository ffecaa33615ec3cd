import type { TimeSpan } from '../span.ts'
import type { SendOptions, TestSystem } from '../../testing/system.ts'
import type { Answer, Booked, Operation } from './operation.ts'
import type { HandResult, SqlSession } from './sql-session.ts'

/** What the API says of an allocation, as far as it matters here. */
interface Body {
  id?: string
  code?: string
  allocations?: number
  from_datetime?: string | null
  to_datetime?: string | null
  conflicts?: Required<Pick<Body, 'id' | 'from_datetime' | 'to_datetime'>>[]
}

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

  async function addResource(label: string): Promise<void> {
    const response = await send('POST', '/api/cars', { body: { name: label } })
    const { id } = (await response.json()) as Body
    if (response.status !== 201 || !id) throw new Error(`${label}: ${response.status}`)
    name(label, id)
  }

  async function toAnswer(response: Response, label: string): Promise<Answer> {
    const { status, headers } = response
    const text = await response.text()
    const body = (text === '' ? {} : JSON.parse(text)) as Body
    if (status === 201 && body.id && !labels.has(body.id)) name(label, body.id)
    const etag = /^"v(\d+)"$/.exec(headers.get('etag') ?? '')
    return {
      status,
      ...(body.code !== undefined && { code: body.code }),
      ...(status < 300 && body.id && toBooked(body)),
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

  // A refusal may name a booking whose own answer came later, so labels are looked up at the end.
  function relabel(answer: Answer): Answer {
    const conflicts = answer.conflicts?.map(({ booking, span }) => ({
      booking: labelOf(booking),
      span,
    }))
    return { ...answer, ...(conflicts && { conflicts }) }
  }

  async function performByHttp(operation: Operation): Promise<Answer> {
    const car = `${collectionOf(operation.resource)}/${idOf(operation.resource)}`
    if (operation.does === 'decommission') {
      const path = operation.cancel ? `${car}?allocations=cancel` : car
      return toAnswer(await send('DELETE', path, {}), '')
    }
    const { booking } = operation
    const path = `${car}/allocations/${idOf(booking)}`
    const headers = toHeaders(operation)
    if (operation.does === 'book') {
      const request = { body: toBody(operation.span), headers }
      return toAnswer(await send('POST', `${car}/allocations`, request), booking)
    }
    if (operation.does === 'change') {
      const bounds = toBody(operation.span)
      const body = Object.keys(bounds).length > 0 ? bounds : { description: 'changed' }
      return toAnswer(await send('PATCH', path, { body, headers }), booking)
    }
    return toAnswer(await send('DELETE', path, { headers }), booking)
  }

  async function perform(operation: Operation): Promise<Answer> {
    const { does, resource } = operation
    const id = does === 'decommission' ? '' : idOf(operation.booking)
    if (does === 'insert by hand') {
      name(operation.booking, id)
      const row = { id, resource_id: idOf(resource), span: operation.span }
      return { status: handStatuses[await session.insert(row)] }
    }
    if (does === 'move by hand') {
      return { status: handStatuses[await session.move(id, operation.span)] }
    }
    if (does === 'remove by hand') return { status: handStatuses[await session.remove(id)] }
    return performByHttp(operation)
  }

  return { addResource, perform, relabel, name, idOf, labelOf }
}

export type Performer = ReturnType<typeof createPerformer>

// Half of them at the path of their type, half at that of all types: the same, by the same code.
function collectionOf(resource: string): string {
  return Number(resource.at(-1)) % 2 === 0 ? '/api/cars' : '/api/resources'
}

function toHeaders(operation: Operation): Record<string, string> {
  if (operation.does === 'book') {
    return operation.key === undefined
      ? {}
      : { 'idempotency-key': operation.key.replaceAll(' ', '-') }
  }
  const version = 'ifVersion' in operation ? operation.ifVersion : undefined
  return version === undefined ? {} : { 'if-match': `"v${version}"` }
}

function toBody({ from, to }: Partial<TimeSpan>): Record<string, unknown> {
  const toText = (time: number) => new Date(time).toISOString()
  return {
    ...(from === -Infinity && { from_infinity: true }),
    ...(from !== undefined && from !== -Infinity && { from_datetime: toText(from) }),
    ...(to === Infinity && { to_infinity: true }),
    ...(to !== undefined && to !== Infinity && { to_datetime: toText(to) }),
  }
}

// The id of what was never given one, and of what is inserted by hand: the same in every run.
function toId(label: string): string {
  const hex = new Bun.CryptoHasher('md5').update(label).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
