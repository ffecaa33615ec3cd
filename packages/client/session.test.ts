import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { startForTest, testPassword, type TestSystem } from '../../services/testing/system.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import { loadClient } from './fixture.ts'
import type * as Package from './src/index.ts'

setDefaultTimeout(120_000)

describeStores('clients that share a login, as the tabs of a browser do', (makeDatabase) => {
  const clock = { now: Date.parse('2027-03-01T09:00:00Z') }
  let campusClient: typeof Package
  let system: TestSystem
  let url: string
  beforeAll(async () => {
    campusClient = await loadClient()
    system = await startForTest(makeDatabase, { clock: () => clock.now })
    url = listenForTest(system.app)
    for (const name of ['ada', 'grace']) await system.tokenOf(name)
  })
  afterAll(() => system.close())

  /** Where all of them find the tokens; one at a time has the say. */
  function shareTokens() {
    let kept: Package.KeptTokens | undefined
    let last: Promise<unknown> = Promise.resolve()
    const keeper: Package.TokenKeeper = {
      read: () => kept,
      keep: (tokens) => (kept = tokens),
      forget: () => (kept = undefined),
      alone: (run) => {
        const mine = last.then(run, run)
        last = mine
        return mine
      },
    }
    return keeper
  }

  /** Counts the requests to an address. */
  function watch() {
    const sent: string[] = []
    const counting = (input: string | URL, init?: RequestInit) => {
      sent.push(new URL(input).pathname)
      return fetch(input, init)
    }
    const open = (options: Partial<Package.ClientOptions>) =>
      campusClient.createClient({ url, fetch: counting, ...options })
    return { open, count: (path: string) => sent.filter((it) => it === path).length }
  }

  const statusOf = (call: Promise<unknown>) =>
    call.then(
      () => 200,
      (error: Package.ProblemError) => error.status,
    )

  it('renew its tokens once for all of them', async () => {
    const { open, count } = watch()
    const keeper = shareTokens()
    const tabs = Array.from({ length: 3 }, () => open({ keeper }))
    await tabs[0]?.logIn({ username: 'ada', password: testPassword })
    clock.now += 20 * 60_000
    const names = await Promise.all(
      [...tabs, ...tabs].map(async (tab) => (await tab.get('/api/users/me')).data.username),
    )
    expect(names).toEqual(Array(6).fill('ada'))
    expect(count('/api/token/refresh')).toBe(1)
  })

  it('log out together, even while one is renewing', async () => {
    const keeper = shareTokens()
    let answer = () => {}
    const held = new Promise<void>((resolve) => (answer = resolve))
    const told: unknown[] = []
    const slow = campusClient.createClient({
      url,
      keeper,
      onTokens: (tokens) => told.push(tokens),
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        if (String(input).endsWith('/refresh')) await held
        return response
      },
    })
    const other = campusClient.createClient({ url, keeper })
    await other.logIn({ username: 'ada', password: testPassword })
    clock.now += 20 * 60_000
    const late = statusOf(slow.get('/api/users/me'))
    await other.logOut()
    answer()
    expect(await late).toBe(401)
    expect([keeper.read(), told]).toEqual([undefined, []])
  })

  it('retry nothing as another user who logged in meanwhile', async () => {
    const keeper = shareTokens()
    const other = campusClient.createClient({ url, keeper })
    const ada = campusClient.createClient({
      url,
      keeper,
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        if (response.status !== 401) return response
        await other.logOut()
        await other.logIn({ username: 'grace', password: testPassword })
        return response
      },
    })
    await ada.logIn({ username: 'ada', password: testPassword })
    clock.now += 20 * 60_000
    const book = ada.post('/api/books', { body: { title: 'Of whom', author: 'Ada' } })
    expect(await statusOf(book)).toBe(401)
    const { data: found } = await other.get('/api/books', { query: { q: 'Of whom' } })
    expect(found).toEqual([])
  })

  it('send nothing as another user who logged in while a token was renewed', async () => {
    const keeper = shareTokens()
    const other = campusClient.createClient({ url, keeper })
    const ada = campusClient.createClient({
      url,
      keeper,
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        if (!String(input).endsWith('/refresh')) return response
        await other.logOut()
        await other.logIn({ username: 'grace', password: testPassword })
        return response
      },
    })
    await ada.logIn({ username: 'ada', password: testPassword })
    keeper.keep({ ...(keeper.read() as Package.KeptTokens), until: 0 })
    const book = ada.post('/api/books', { body: { title: 'By whom', author: 'Ada' } })
    expect(await statusOf(book)).toBe(401)
    const { data: found } = await other.get('/api/books', { query: { q: 'By whom' } })
    expect(found).toEqual([])
  })

  it('follow on after the refusal of a proxy, or of a login that another replaced', async () => {
    const keeper = shareTokens()
    const grace = { username: 'grace', password: testPassword }
    const other = campusClient.createClient({ url, keeper })
    let asked = 0
    const follower = campusClient.createClient({
      url,
      keeper,
      fetch: async (input, init) => {
        if (!String(input).includes('/events')) return fetch(input, init)
        asked++
        if (asked === 1) return new Response('Who are you?', { status: 403 })
        if (asked > 2) return fetch(input, init)
        await other.logIn(grace)
        return Response.json({ code: 'unauthorized', detail: 'Over.' }, { status: 401 })
      },
    })
    await follower.logIn({ username: 'ada', password: testPassword })
    const stop = new AbortController()
    const onConnected = (is: boolean) => is && stop.abort()
    const events = follower.events('/api/notifications/events', {
      signal: stop.signal,
      onConnected,
    })
    const ended = await Array.fromAsync(events).catch((error: unknown) => error)
    expect([ended, asked]).toEqual([stop.signal.reason, 3])
  })

  it('continue with a login made elsewhere', async () => {
    const { open, count } = watch()
    const body = JSON.stringify({ username: 'grace', password: testPassword })
    const headers = { 'content-type': 'application/json' }
    const made = await fetch(`${url}/api/login`, { method: 'POST', headers, body })
    const client = open({})
    client.takeUp((await made.json()) as Package.Tokens)
    expect((await client.get('/api/users/me')).data.username).toBe('grace')
    expect(count('/api/login')).toBe(0)
  })
})
