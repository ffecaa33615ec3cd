import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import { startForTest, testPassword, type TestSystem } from '../../services/testing/system.ts'
import { loadClient } from './fixture.ts'
import type * as Package from './src/index.ts'

setDefaultTimeout(120_000)

let campusClient: typeof Package
beforeAll(async () => {
  campusClient = await loadClient()
})

describeStores('the client', (makeDatabase) => {
  const clock = { now: Date.parse('2027-03-01T09:00:00Z') }
  let system: TestSystem
  let url: string
  beforeAll(async () => {
    system = await startForTest(makeDatabase, { clock: () => clock.now })
    url = listenForTest(system.app)
    await system.fillSamples()
  })
  afterAll(() => system.close())

  async function logIn(name: string, options: Partial<Package.ClientOptions> = {}) {
    await system.tokenOf(name)
    const client = campusClient.createClient({ url, ...options })
    await client.logIn({ username: name, password: testPassword })
    return client
  }

  /** A network that delivers these requests, and loses the responses. */
  function losing(isLost: (request: string) => boolean) {
    const sent: string[] = []
    const lossy = async (...[input, init]: Parameters<typeof fetch>) => {
      const request = `${init?.method ?? 'GET'} ${new URL(String(input)).pathname}`
      const response = await fetch(input, init)
      const isFirst = !sent.includes(request)
      sent.push(request)
      if (!isFirst || !isLost(request)) return response
      await response.body?.cancel()
      throw new TypeError('The connection was lost')
    }
    return { sent, fetch: lossy as typeof fetch }
  }

  const refusal = async (call: Promise<unknown>): Promise<Package.ProblemError> => {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(campusClient.ProblemError)
    return error as Package.ProblemError
  }

  it('creates once what it sends twice', async () => {
    const network = losing((request) => request.startsWith('POST /api/books'))
    const client = await logIn('ada', { fetch: network.fetch })
    const { data, replayed } = await client.post('/api/books', {
      body: { title: 'Sent twice', author: 'Ada' },
    })
    expect([data.title, replayed]).toEqual(['Sent twice', true])
    expect(network.sent.filter((it) => it === 'POST /api/books')).toHaveLength(2)
    const found = []
    for await (const book of client.pages('/api/books', { query: { q: 'Sent twice' } }))
      found.push(book.id)
    expect(found).toEqual([data.id])
  })

  it('sends nothing twice that is not safe to retry', async () => {
    const network = losing((request) => request.startsWith('PUT'))
    const client = await logIn('ada', { fetch: network.fetch })
    const { data: book } = await client.post('/api/books', {
      body: { title: 'Once', author: 'Ada' },
    })
    const rating = client.put('/api/ratings/{book_id}/mine', {
      path: { book_id: String(book.id) },
      body: { value: 7 },
    })
    expect((await refusal(rating)).code).toBe('unreachable')
    expect(network.sent.filter((it) => it.startsWith('PUT'))).toHaveLength(1)
  })

  it('exposes refusals by code, with their details', async () => {
    const client = await logIn('ada')
    const { data: cars } = await client.get('/api/cars')
    const path = { id: cars[0]?.id ?? '' }
    const body = { from_datetime: '2031-05-01T09:00:00Z', to_datetime: '2031-05-01T12:00:00Z' }
    const { data: first } = await client.post('/api/cars/{id}/allocations', { path, body })
    const error = await refusal(client.post('/api/cars/{id}/allocations', { path, body }))
    expect(error.is('allocation_overlap') && error.problem.conflicts[0]?.id).toBe(first.id)
    expect([error.status, error.requestId]).toEqual([409, expect.any(String)])
    const invalid = await refusal(client.post('/api/books', { body: {} as never }))
    expect(invalid.problem.errors?.map(({ pointer }) => pointer)).toContain('#/title')
    const nobody = campusClient.createClient({ url })
    expect((await refusal(nobody.get('/api/users/me'))).status).toBe(401)
    const gone = campusClient.createClient({ url: 'http://127.0.0.1:9', attempts: 1 })
    expect((await refusal(gone.get('/api/cars'))).code).toBe('unreachable')
  })

  it('changes only the version that was read', async () => {
    const client = await logIn('ada')
    const made = await client.post('/api/books', { body: { title: 'Tagged', author: 'Ada' } })
    const path = { id: String(made.data.id) }
    const read = await client.get('/api/books/{id}', { path })
    const ifMatch = read.etag ?? ''
    await client.patch('/api/books/{id}', { path, body: { title: 'First' }, ifMatch })
    const late = client.patch('/api/books/{id}', { path, body: { title: 'Second' }, ifMatch })
    expect((await refusal(late)).status).toBe(412)
    expect((await client.delete('/api/books/{id}', { path })).data).toBeUndefined()
  })

  it('reads a list page by page, and no further than requested', async () => {
    const network = losing(() => false)
    const client = await logIn('ada', { fetch: network.fetch })
    const titles = new Set<string>()
    for await (const { title } of client.pages('/api/books', { query: { limit: 7 } }))
      titles.add(title)
    expect(titles.size).toBeGreaterThan(30)
    network.sent.length = 0
    for await (const _ of client.pages('/api/books', { query: { limit: 7 } })) break
    expect(network.sent).toHaveLength(1)
  })

  it('renews its tokens once for concurrent calls, and reports the end of the login', async () => {
    const kept: (Package.Tokens | undefined)[] = []
    const network = losing((request) => request.includes('refresh'))
    const options = {
      fetch: network.fetch,
      onTokens: (it: Package.Tokens | undefined) => kept.push(it),
    }
    const client = await logIn('grace', options)
    clock.now += 20 * 60_000
    const all = await Promise.all(Array.from({ length: 8 }, () => client.get('/api/users/me')))
    expect(all.map(({ data }) => data.username)).toEqual(Array(8).fill('grace'))
    // The response of the first was lost; the same token yields the same successor again.
    expect(network.sent.filter((it) => it.includes('refresh'))).toHaveLength(2)
    expect(kept).toHaveLength(2)
    const again = campusClient.createClient({ url, tokens: kept[1] as Package.Tokens })
    expect((await again.get('/api/users/me')).data.username).toBe('grace')
    await client.logOut()
    expect(kept.at(-1)).toBeUndefined()
    expect((await refusal(client.get('/api/users/me'))).status).toBe(401)
    const ended: unknown[] = []
    const late = campusClient.createClient({
      url,
      tokens: { ...(kept[1] as Package.Tokens), access_token: 'too old' },
      onTokens: (tokens) => ended.push(tokens),
    })
    expect((await refusal(late.get('/api/users/me'))).status).toBe(401)
    expect(ended).toEqual([undefined])
  })

  it('resumes an interrupted upload, and downloads the same', async () => {
    let patches = 0
    const breaking = async (...[input, init]: Parameters<typeof fetch>) => {
      const response = await fetch(input, init)
      if (init?.method === 'PATCH' && ++patches === 1) throw new TypeError('cut')
      return response
    }
    const client = await logIn('ada', { fetch: breaking as typeof fetch })
    const bytes = crypto.getRandomValues(new Uint8Array(60_000))
    const file = new Blob(Array.from({ length: 300 }, () => bytes))
    const progress: number[] = []
    const place = await client.upload(file, {
      name: 'Größe.bin',
      onProgress: (sent) => progress.push(sent),
    })
    expect(progress.at(-1)).toBe(file.size)
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    const { data: record } = await client.get('/api/files/{file_hash}', {
      path: { file_hash: place.split('/').at(-1) ?? '' },
    })
    expect(record).toMatchObject({ file_name: 'Größe.bin', size: file.size })
    const content = await (await client.fetch(`${place}/content`)).bytes()
    const hash = (data: Uint8Array) => Bun.SHA256.hash(data, 'hex')
    expect(hash(content)).toBe(hash(new Uint8Array(await file.arrayBuffer())))
  })

  it('resumes an upload with the same file only', async () => {
    const client = await logIn('ada')
    const stop = new AbortController()
    let resume = ''
    const begun = client.upload(new Blob(['first']), {
      name: 'a.txt',
      signal: stop.signal,
      onStart: (address) => {
        resume = address
        stop.abort()
      },
    })
    await begun.catch((error: unknown) => expect(error).toBe(stop.signal.reason))
    const other = client.upload(new Blob(['one']), { name: 'a.txt', resume })
    expect((await refusal(other)).code).toBe('other_file')
    const place = await client.upload(new Blob(['first']), { name: 'a.txt', resume })
    expect(await (await client.fetch(`${place}/content`)).text()).toBe('first')
  })

  it('cancels an upload, and restarts an expired one', async () => {
    const network = losing(() => false)
    const client = await logIn('ada', { fetch: network.fetch })
    const stop = new AbortController()
    let resume = ''
    const onStart = (address: string) => {
      resume = address
      stop.abort()
    }
    const options = { name: 'b.txt', onStart, signal: stop.signal }
    await client.upload(new Blob(['given up']), options).catch(() => {})
    await client.giveUp(resume)
    await client.giveUp(resume)
    expect(network.sent).toContain(`DELETE ${resume}`)
    const place = await client.upload(new Blob(['given up']), { name: 'b.txt', resume })
    expect(await (await client.fetch(`${place}/content`)).text()).toBe('given up')
  })

  it('reads changes up to now, and sends its token nowhere else', async () => {
    const client = await logIn('ada')
    let count = 0
    for await (const _ of client.pages('/api/changes')) count++
    expect(count).toBeGreaterThan(5)
    expect(client.fetch('http://127.0.0.1:9/api/books')).rejects.toThrow('is not')
    expect(() => campusClient.createClient({ url: `${url}/campus` })).toThrow('root of an origin')
  })

  it('treats a silent connection as lost', async () => {
    let streams = 0
    const deaf = async (...[input, init]: Parameters<typeof fetch>) => {
      if (!String(input).includes('/events') || ++streams > 1) return fetch(input, init)
      // Nothing comes of it any more, and nobody says so.
      const body = new ReadableStream({
        start: (it) => init?.signal?.addEventListener('abort', () => it.error(init.signal?.reason)),
      })
      return new Response(body)
    }
    const client = await logIn('ada', { fetch: deaf as typeof fetch })
    const stop = new AbortController()
    const states: boolean[] = []
    const onConnected = (is: boolean) => {
      states.push(is)
      if (states.length === 3) stop.abort()
    }
    const following = { signal: stop.signal, onConnected, silenceMax_ms: 300 }
    const events = client.events('/api/notifications/events', following)
    await Array.fromAsync(events).catch((error: unknown) => expect(error).toBe(stop.signal.reason))
    expect([states, streams]).toEqual([[true, false, true, false], 2])
  })

  it('follows events across a lost connection, and misses none', async () => {
    const client = await logIn('ada')
    const { data: cars } = await client.get('/api/cars')
    const path = { id: cars[1]?.id ?? '' }
    const book = (day: number) =>
      client.post('/api/cars/{id}/allocations', {
        path,
        body: {
          from_datetime: `2031-06-0${day}T09:00:00Z`,
          to_datetime: `2031-06-0${day}T12:00:00Z`,
        },
      })
    let cut: (() => Promise<void>) | undefined
    const cutting = async (...[input, init]: Parameters<typeof fetch>) => {
      const response = await fetch(input, init)
      if (!String(input).includes('/events') || cut) return response
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
      const abort = new AbortController()
      response.body?.pipeTo(writable, { signal: abort.signal }).catch(() => {})
      cut = async () => abort.abort()
      return new Response(readable, response)
    }
    const follower = await logIn('bob', { fetch: cutting as typeof fetch })
    const stop = new AbortController()
    const seen: string[] = []
    const following = (async () => {
      const options = { query: { resource_id: path.id }, signal: stop.signal }
      for await (const { type, data } of follower.events('/api/allocations/events', options)) {
        seen.push(type === 'allocation.created' ? `${type} ${data.allocation_id}` : type)
        if (seen.length === 3) stop.abort()
      }
    })()
    while (!cut) await Bun.sleep(10)
    await Bun.sleep(200)
    // Before there was any event: also then it goes on where it was.
    await cut()
    await book(1)
    await book(2)
    await book(3)
    await following.catch((error: unknown) => expect(error).toBe(stop.signal.reason))
    expect(seen.map((it) => it.split(' ')[0])).toEqual(Array(3).fill('allocation.created'))
    expect(new Set(seen).size).toBe(3)
  })
})
