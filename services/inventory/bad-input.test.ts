import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'
import { cars, ids, usedKey, type BadRequest } from './testing/bad-requests/bad-request.ts'
import { badBodies } from './testing/bad-requests/body.ts'
import { badFields } from './testing/bad-requests/field.ts'
import { badHeaders } from './testing/bad-requests/header.ts'
import { badPaths } from './testing/bad-requests/path.ts'
import { badQueryRequests } from './testing/bad-requests/query.ts'
import { badSpans } from './testing/bad-requests/span.ts'
import { badWire } from './testing/bad-requests/wire.ts'
import { openSqlSession } from './testing/open-sql-session.ts'
import { sendBytes, type RawAnswer } from './testing/raw-http.ts'
import type { SqlSession } from './testing/sql-session.ts'

const topics = {
  bodies: badBodies,
  fields: badFields,
  spans: badSpans,
  paths: badPaths,
  queries: badQueryRequests,
  headers: badHeaders,
  'what is no HTTP': badWire,
}

describeStores('bad input to a listening inventory', (makeDatabase) => {
  let system: TestSystem
  let session: SqlSession
  let port: number
  let token: string

  beforeAll(async () => {
    const fixed: string[] = []
    system = await startForTest(makeDatabase, { id: () => fixed.shift() ?? Bun.randomUUIDv7() })
    system.app.listen({ hostname: '127.0.0.1', port: 0, reusePort: false })
    port = system.app.server?.port ?? 0
    session = openSqlSession(system.databaseUrl)
    token = await system.tokenOf('admin')
    fixed.push(ids.car, ids.runway, ids.booking)
    await makeFixture(system)
  })

  afterAll(async () => {
    await system.app.server?.stop(true)
    await session.close()
    await system.close()
  })

  for (const [topic, requests] of Object.entries(topics)) {
    describe(topic, () => {
      for (const request of requests) {
        it(request.what, async () => {
          const before = await session.dump()
          const answer = await sendBytes(port, withToken(request.bytes, token))
          requireRefusal(answer, request)
          expect(await session.dump()).toBe(before)
        })
      }
    })
  }

  it('still serves after all of it, without faults in the log', async () => {
    const span = { from_datetime: '2032-01-01T00:00Z', to_datetime: '2032-01-02T00:00Z' }
    const answer = await system.send('POST', `${cars}/${ids.car}/allocations`, { body: span })
    expect(answer.status).toBe(201)
    const audit = await system.send('GET', '/api/allocations/audit')
    expect(await audit.json()).toMatchObject({ resources: 2, allocations: 2, overlaps: 0 })
    expect(system.logged()).not.toContain('request failed')
  })
})

/** What is wrong with a request is never the caller. */
function withToken(request: string | Uint8Array, token: string): Uint8Array {
  const bytes = Buffer.from(request)
  const end = bytes.indexOf('\r\n')
  const header = `\r\nauthorization: Bearer ${token}`
  if (!/^[A-Z]+ \S+ HTTP\/1\.1$/.test(bytes.subarray(0, end).toString())) return bytes
  return Buffer.concat([bytes.subarray(0, end), Buffer.from(header), bytes.subarray(end)])
}

async function makeFixture({ send }: TestSystem): Promise<void> {
  const span = { from_datetime: '2030-01-01T00:00Z', to_datetime: '2030-01-02T00:00Z' }
  const headers = { 'idempotency-key': usedKey }
  const answers = [
    await send('POST', cars, { body: { name: 'A car' } }),
    await send('POST', '/api/runways', { body: { name: 'A runway' } }),
    await send('POST', `${cars}/${ids.car}/allocations`, { body: span, headers }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
}

function requireRefusal(answer: RawAnswer, request: BadRequest): void {
  const { status, headers, body } = answer
  expect({ status, body }).toEqual({ status: request.status, body: expect.any(String) })
  expect([...headers.keys()]).not.toContain('injected')
  expect(headers.get('allow')).toBe(request.allow)
  if (request.code === undefined) return expect(body).toBe('')
  expect(body).not.toMatch(internals)
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(headers.get('x-request-id')).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  )
  requireProblem(JSON.parse(body), request)
}

function requireProblem(problem: Record<string, unknown>, request: BadRequest): void {
  const { status, code, pointers } = request
  expect(problem).toMatchObject({
    status,
    code,
    type: expect.stringMatching(/^(about:blank|http)/),
  })
  expect(problem.title).toMatch(/^[A-Z][a-zA-Z -]+$/)
  expect(problem.detail).toMatch(/^.{10,1000}$/)
  const errors = (problem.errors ?? []) as { pointer: string; detail: string }[]
  expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual((pointers ?? []).toSorted())
  for (const { detail } of errors) expect(detail).not.toBe('')
}

// Stacks, queries, drivers, and where things are on the disk.
const internals = new RegExp(
  String.raw`\n\s+at |\.ts\b|node_modules|\bSELECT\b|\bINSERT\b|sqlite|postgres|drizzle|elysia|` +
    String.raw`typebox|/(work|home|root|tmp|usr)/|\[object |undefined is not`,
  'i',
)
