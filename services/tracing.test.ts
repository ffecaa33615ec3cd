import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { campaignEnvironment, readAuthorization } from '../scripts/harness/administrator.ts'
import { startSystem } from '../scripts/harness/run-system.ts'
import { startSplitSystem } from '../scripts/harness/split-system.ts'
import { describeStores, type MakeDatabase } from '../shared/testing/describe-stores.ts'

setDefaultTimeout(120_000)

interface SentSpan {
  service: string
  name: string
  traceId: string
  spanId: string
  parentSpanId: string
  attributes: Record<string, unknown>
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'

describeStores('a traced request', (makeDatabase) => {
  it('is one trace from the gateway through the service to its statement', async () => {
    const { endpoint, spans } = startCollector()
    const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, LOG_LEVEL: 'info' }
    const system = await startSplitSystem(await prepare(makeDatabase, settings))
    onTestFinished(system.kill)
    await book(system.url, `00-${traceId}-${parentId}-01`)
    await system.stop()

    const ours = spans.filter((span) => span.traceId === traceId)
    const find = (service: string, name: string) => {
      const found = ours.find((span) => span.service === service && span.name === name)
      if (!found) throw new Error(`No ${name} of ${service} in ${JSON.stringify(ours)}`)
      return found
    }
    const door = find('campus-gateway', 'POST /api/cars')
    const hop = find('campus-gateway', 'forward to inventory')
    const route = find('campus-inventory', 'POST /api/cars')
    const statement = find('campus-inventory', 'insert resources')
    expect(door.parentSpanId).toBe(parentId)
    expect(hop.parentSpanId).toBe(door.spanId)
    expect(route.parentSpanId).toBe(hop.spanId)
    expect(statement.parentSpanId).toBe(route.spanId)
    expect(route.attributes).toMatchObject({ 'http.response.status_code': 201 })
    // The lines of the door and of the service lead to it.
    expect(system.output().split(`"trace":"${traceId}"`)).toHaveLength(3)
    // No value of anybody's: a statement has placeholders where they go.
    expect(JSON.stringify(spans)).not.toContain('a traced car')
  })

  it('is not recorded beyond the sampling rate, whatever a stranger sends', async () => {
    const { endpoint, spans } = startCollector()
    const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: '0' }
    const system = await startSystem({ environment: await prepare(makeDatabase, settings) })
    onTestFinished(system.kill)
    // A stranger cannot have himself recorded.
    await book(system.url, `00-${traceId}-${parentId}-01`)
    await book(system.url, `00-${traceId}-${parentId}-00`)
    await book(system.url, 'nonsense')
    await system.stop()
    expect(spans).toEqual([])
  })

  it('loses nothing to an unavailable collector', async () => {
    const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
    const system = await startSystem({ environment: await prepare(makeDatabase, settings) })
    onTestFinished(system.kill)
    await book(system.url, `00-${traceId}-${parentId}-01`)
    await system.stop()
  })
})

async function prepare(makeDatabase: MakeDatabase, environment: Record<string, string>) {
  const database = await makeDatabase({ migrated: true })
  onTestFinished(database.remove)
  const { url: DATABASE_URL } = database
  return { ...campaignEnvironment, NODE_ENV: 'production', DATABASE_URL, ...environment }
}

async function book(url: string, traceparent: string): Promise<void> {
  const authorization = await readAuthorization(url)
  const headers = { authorization, traceparent, 'content-type': 'application/json' }
  const body = JSON.stringify({ name: `a traced car ${Bun.randomUUIDv7()}` })
  const answer = await fetch(`${url}/api/cars`, { method: 'POST', headers, body })
  expect(answer.status).toBe(201)
}

/** A collector that takes OTLP as JSON and keeps the spans. */
function startCollector() {
  const spans: SentSpan[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request) => {
      expect(new URL(request.url).pathname).toBe('/v1/traces')
      spans.push(...readSpans((await request.json()) as OtlpTraces))
      return Response.json({})
    },
  })
  onTestFinished(() => server.stop(true))
  return { endpoint: `http://127.0.0.1:${server.port}`, spans }
}

interface Attribute {
  key: string
  value: Record<string, unknown>
}

interface OtlpTraces {
  resourceSpans: {
    resource: { attributes: Attribute[] }
    scopeSpans: { spans: (Omit<SentSpan, 'attributes'> & { attributes: Attribute[] })[] }[]
  }[]
}

function readSpans({ resourceSpans }: OtlpTraces): SentSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(toRecord(resource.attributes)['service.name'])
    return scopeSpans.flatMap((scope) =>
      scope.spans.map((span) => ({ ...span, service, attributes: toRecord(span.attributes) })),
    )
  })
}

function toRecord(attributes: Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
