import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Tokens } from '../shared/schemas/user.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import document from './openapi.json'
import { startForTest, testPassword, type TestSystem } from './testing/system.ts'

setDefaultTimeout(60_000)

interface Operation {
  responses: Record<string, { content?: Record<string, unknown> }>
}

const streams = Object.entries(document.paths as Record<string, { get?: Operation }>)
  .filter(([, { get }]) => get?.responses['200']?.content?.['text/event-stream'])
  .map(([path]) => path)

it('streams are found in the document', () => {
  expect(streams.length).toBeGreaterThan(2)
})

describeStores('a stream of events', (makeDatabase) => {
  let system: TestSystem
  let members = 0
  beforeAll(async () => {
    system = await startForTest(makeDatabase)
  })
  afterAll(() => system.close())

  it.each(streams)('is limited to ten per user: %s', async (path) => {
    const as = `member${++members}`
    await system.tokenOf(as)
    const open = () => system.send('GET', path, { as })
    const opened = await Promise.all(Array.from({ length: 10 }, open))
    expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([200]))
    const refused = await open()
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({ code: 'too_many_streams' })
    await opened[0]?.body?.cancel()
    const next = await open()
    expect(next.status).toBe(200)
    for (const { body } of [...opened.slice(1), next]) await body?.cancel()
  })

  it.each(streams)('ends with its login: %s', async (path) => {
    const username = `member${++members}`
    await system.tokenOf(username)
    const credentials = { as: null, body: { username, password: testPassword } }
    const login = await system.send('POST', '/api/login', credentials)
    const { access_token, refresh_token } = (await login.json()) as Tokens
    const headers = { authorization: `Bearer ${access_token}` }
    const stream = await system.send('GET', path, { as: null, headers })
    expect(stream.status).toBe(200)
    let isOpen = true
    const end = stream.text().then(() => void (isOpen = false))
    await system.refresh()
    expect(isOpen).toBe(true)
    await system.send('POST', '/api/logout', { as: null, body: { refresh_token } })
    await system.refresh()
    await end
  })
})
