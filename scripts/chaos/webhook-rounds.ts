import { Webhook as Verifier } from 'standardwebhooks'
import type { CreatedWebhook, Webhook } from '../../shared/schemas/webhook.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { productionEnvironment, readAuthorization } from '../harness/administrator.ts'
import { startSystem, type System } from '../harness/run-system.ts'
import { waitUntil } from '../harness/wait.ts'

export interface WebhookReport {
  rounds: number
  /** Events written into the journal. */
  happened: number
  /** Events accepted by a receiver, and how often it got one again. */
  taken: number
  again: number
  /** Requests that were refused, cut off, or in flight at a kill. */
  untaken: number
  faults: string[]
}

interface WebhookRoundsOptions {
  /** An empty database. */
  databaseUrl: string
  rounds: number
}

interface Happened {
  subject: string
  data: { at: number }
}

const eventsPerRound = 60
const subjects = 8
// The kill comes at a random moment up to this after the first request of a round: before any
// result is recorded, or after some are.
const lifeMax_ms = 600

/**
 * Causes events, and kills their sender with SIGKILL in the middle. Its receiver refuses some
 * requests, leaves some without a response, and checks at the end that it got every event, signed,
 * and those of one subject in order.
 */
export async function runWebhookRounds(options: WebhookRoundsOptions): Promise<WebhookReport> {
  const counts = { rounds: 0, happened: 0, taken: 0, again: 0, untaken: 0 }
  const report: WebhookReport = { ...counts, faults: [] }
  const receiver = startReceiver(report)
  const start = () =>
    startSystem({
      parts: ['users', 'notifications'],
      environment: {
        ...productionEnvironment,
        DATABASE_URL: options.databaseUrl,
        WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
      },
    })
  let system: System = await start()

  async function ask<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = {
      authorization: await readAuthorization(system.url),
      'content-type': 'application/json',
    }
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) }
    const answer = await fetch(`${system.url}/api/webhooks${path}`, init)
    if (!answer.ok) throw new Error(`${method} ${path} was answered: ${await answer.text()}`)
    return (await answer.json()) as T
  }

  async function runRound(): Promise<void> {
    await happen(options.databaseUrl.replace('{service}', 'notifications'), report)
    const before = receiver.requests()
    await waitUntil('a request comes', () => receiver.requests() > before)
    await Bun.sleep(Math.random() * lifeMax_ms)
    await system.kill()
    system = await start()
    report.rounds++
  }

  try {
    const wanted = { url: receiver.url, events: ['*'] }
    const { id, secret } = await ask<CreatedWebhook>('POST', '', wanted)
    receiver.expect(secret)
    while (report.rounds < options.rounds) await runRound()
    // Each refusal delays its subject for seconds, so refusals must end.
    receiver.calm()
    const hook = () => ask<Webhook>('GET', `/${id}`)
    await waitUntil('all is sent', async () => receiver.taken() >= report.happened)
    await waitUntil('nothing waits', async () => (await hook()).pending === 0)
    report.faults.push(...receiver.findFaults(report.happened))
  } finally {
    await system.stop()
    await receiver.stop()
  }
  return report
}

async function happen(databaseUrl: string, report: WebhookReport): Promise<void> {
  const now = databaseUrl.startsWith('sqlite:') ? String(Date.now()) : 'now()'
  const values = Array.from({ length: eventsPerRound }, () => {
    const at = report.happened++
    return `('chaos', '${at}', 'booking.moved', 's${at % subjects}', ${now}, '{"at":${at}}')`
  })
  await changeByHand(
    databaseUrl,
    `INSERT INTO journal (source, source_event, type, subject, happened, data)
     VALUES ${values.join(', ')}`,
  )
}

function startReceiver(report: WebhookReport) {
  /** By subject, in the order of first acceptance. */
  const taken = new Map<string, number[]>()
  const ids = new Set<string>()
  let requests = 0
  let refuses = true
  let verifier: Verifier | undefined

  async function receive(request: Request): Promise<Response> {
    const body = await request.text()
    const headers = request.headers.toJSON()
    requests++
    const luck = Math.random()
    if (refuses && luck < 0.05) {
      report.untaken++
      return new Response(null, { status: luck < 0.03 ? 500 : 503 })
    }
    await Bun.sleep(Math.random() * 10)
    verifier?.verify(body, headers)
    const { subject, data } = JSON.parse(body) as Happened
    const id = headers['webhook-id'] ?? ''
    if (ids.has(id)) report.again++
    else taken.set(subject, [...(taken.get(subject) ?? []), data.at])
    ids.add(id)
    report.taken = ids.size
    return new Response(null, { status: 204 })
  }

  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: receive,
    error: (error) => {
      report.faults.push(`a request was not ours: ${error.message}`)
      return new Response(null, { status: 400 })
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}/`,
    requests: () => requests,
    taken: () => ids.size,
    calm: () => (refuses = false),
    expect: (secret: string) => (verifier = new Verifier(secret)),
    findFaults: (happened: number): string[] => {
      const all = [...taken.values()].flat()
      const isInOrder = ([, order]: [string, number[]]) =>
        order.every((at, index) => index === 0 || at > (order[index - 1] ?? 0))
      const unordered = [...taken].filter((one) => !isInOrder(one))
      return [
        ...unordered.map(([subject, order]) => `${subject} was told as ${order.join(' ')}`),
        ...(new Set(all).size === happened ? [] : [`${happened - all.length} events are missing`]),
      ]
    },
    stop: () => server.stop(true),
  }
}
