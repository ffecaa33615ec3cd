import { expect } from 'bun:test'
import { Webhook as Verifier } from 'standardwebhooks'
import type {
  CreatedWebhook,
  NewWebhook,
  WebhookDelivery,
} from '../../../shared/schemas/webhook.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import type { TestSystem } from '../../testing/system.ts'

export interface Received {
  headers: Record<string, string>
  body: string
}

export interface Receiver {
  url: string
  requests: Received[]
  stop: () => Promise<void>
}

/** Lets webhooks reach receivers on this machine. */
export const onThisMachine = { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' }

type Respond = (received: Received) => Response | Promise<Response>

/** A real receiver, which stores what it gets. */
export function startReceiver(
  respond: Respond = () => new Response(null, { status: 204 }),
): Receiver {
  const requests: Received[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 60,
    fetch: async (request) => {
      const received = { headers: request.headers.toJSON(), body: await request.text() }
      requests.push(received)
      return respond(received)
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}/hook`,
    requests,
    stop: () => server.stop(true),
  }
}

/** Verifies like a receiver, with the standard's library. @throws if it is not from us */
export function verify(secret: string, { headers, body }: Received) {
  return new Verifier(secret).verify(body, headers) as {
    type: string
    timestamp: string
    subject: string
    data: unknown
  }
}

export interface Happened {
  type?: string
  subject: string
  data?: object
}

let happenedSoFar = 0

/** Causes events by writing into the journal. */
export async function happen(system: TestSystem, events: readonly Happened[]): Promise<void> {
  const url = system.databaseUrlOf('notifications')
  const values = events.map(({ type = 'booking.approved', subject, data = {} }) => {
    const at = url.startsWith('sqlite:') ? Date.now() : `'${new Date().toISOString()}'`
    const event = `by-hand-${++happenedSoFar}`
    return `('tests', '${event}', '${type}', '${subject}', ${at}, '${JSON.stringify(data)}')`
  })
  await changeByHand(
    url,
    `INSERT INTO journal (source, source_event, type, subject, happened, data)
     VALUES ${values.join(', ')}`,
  )
}

/** Waits until something holds. Tests time out if it never does. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await Bun.sleep(20)
}

/** What administrators do with webhooks. */
export function administer(system: () => TestSystem) {
  async function ask<T>(request: string, body?: object, status = 200): Promise<T> {
    const [method = '', path = ''] = request.split(' ')
    const response = await system().send(method, `/api/webhooks${path}`, body ? { body } : {})
    const text = await response.text()
    expect([request, response.status, text]).toEqual([request, status, text])
    return (text ? JSON.parse(text) : undefined) as T
  }
  return {
    ask,
    create: (body: Partial<NewWebhook> & { url: string }) =>
      ask<CreatedWebhook>('POST', { events: ['*'], ...body }, 201),
    deliveries: (id: string, query = '') =>
      ask<WebhookDelivery[]>(`GET /${id}/deliveries?limit=200${query}`),
  }
}
