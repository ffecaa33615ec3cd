import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { Tokens } from '../../shared/schemas/user.ts'
import { pruneRows } from '../../shared/host/prune.ts'
import { createStores } from '@campus/store/open.ts'
import type { Store } from '@campus/store/store.ts'
import { describeStores, type TestDatabase } from '../../shared/testing/describe-stores.ts'
import { startForTest, testPassword, type TestSystem } from '../testing/system.ts'
import { createEndedLogins } from './ended-logins.ts'
import { usersTables } from './tables.ts'
import { hour_ms, minute_ms } from '../../shared/duration.ts'

describeStores('ended logins', (makeDatabase) => {
  let database: TestDatabase
  let system: TestSystem
  let now = Date.now()
  const start = (clock = () => now) =>
    startForTest(async () => ({ url: database.url, remove: async () => {} }), { clock })

  beforeAll(async () => {
    database = await makeDatabase({ migrated: true })
    system = await start()
    await system.tokenOf('anna')
  }, 30_000)
  afterAll(async () => {
    await system.close()
    await database.remove()
  })

  async function post<T>(path: string, body: object, on = system) {
    const answer = await on.send('POST', path, { as: null, body })
    return JSON.parse((await answer.text()) || '{}') as T
  }
  const logIn = (on = system) =>
    post<Tokens>('/api/login', { username: 'anna', password: testPassword }, on)
  const logOut = ({ refresh_token }: Tokens, on = system) =>
    post('/api/logout', { refresh_token }, on)
  const toHeaders = ({ access_token }: Tokens) => ({ authorization: `Bearer ${access_token}` })
  const open = async (tokens: Tokens, on = system) =>
    (await on.send('GET', '/api/users/me', { as: null, headers: toHeaders(tokens) })).status

  async function withStore(use: (store: Store) => Promise<void>) {
    const stores = createStores()
    await use(await stores.open(system.databaseUrlOf('users')))
    await stores.close()
  }

  it('are refused everywhere, even if a clock stepped back before they ended', async () => {
    const tokens = await logIn()
    await system.refresh()
    now -= hour_ms
    await logOut(tokens)
    now += hour_ms
    await system.refresh()
    expect(await open(tokens)).toBe(401)
  })

  it('are refused by a process started after they ended', async () => {
    const tokens = await logIn()
    await logOut(tokens)
    const other = await start()
    expect(await open(tokens, other)).toBe(200)
    await other.refresh()
    expect(await open(tokens, other)).toBe(401)
    await other.close()
  })

  it('are followed past any number of others', async () => {
    const tokens = await logIn()
    await withStore(async (store) => {
      const { logins } = usersTables(store.columns)
      const times = { expires: now + hour_ms, token_expires: now + hour_ms, created: now }
      for (let part = 0; part < 22; part++) {
        const rows = Array.from({ length: 500 }, () => ({
          id: Bun.randomUUIDv7(),
          user_id: Bun.randomUUIDv7(),
          ...times,
        }))
        await store.db.insert(logins).values(rows)
      }
      await store.db
        .update(logins)
        .set({ ended: now })
        .where(sql`token_expires = expires`)
    })
    await logOut(tokens)
    await system.refresh()
    expect(await open(tokens)).toBe(401)
  }, 60_000)

  it('are not skipped if their commit is late, and nobody waits for them', async () => {
    if (!database.url.startsWith('postgres')) return // one writer: no commit is ever late
    const [late, early] = [await logIn(), await logIn()]
    const [id = ''] = late.refresh_token.split('.')
    const client = postgres(system.databaseUrlOf('users'), { max: 1 })
    const schema = new URL(system.databaseUrlOf('users')).searchParams.get('search_path') ?? ''
    await client.begin(async (transaction) => {
      await transaction`UPDATE ${client(schema)}.logins SET ended = now() WHERE id = ${id}`
      await logOut(early)
      await system.refresh()
      expect([await open(early), await open(late)]).toEqual([401, 200])
    })
    await client.end()
    await system.refresh()
    expect(await open(late)).toBe(401)
  })

  it('are found again in a database that was restored', async () => {
    const tokens = await logIn()
    await logOut(await logIn())
    await system.refresh()
    await logOut(tokens)
    await withStore(async (store) => {
      // A new PostgreSQL cluster counts transactions from the beginning.
      const { endedLogins } = usersTables(store.columns)
      await store.db.update(endedLogins).set({ transaction: 1 })
    })
    await system.refresh()
    expect(await open(tokens)).toBe(401)
  })

  it('are pruned when their tokens have expired, except the newest', async () => {
    await withStore(async (store) => {
      const tables = usersTables(store.columns)
      const count = () => store.db.$count(tables.endedLogins)
      const { prunable } = createEndedLogins({ store }, tables)
      await pruneRows(store, now, prunable)
      expect(await count()).toBeGreaterThan(1)
      await pruneRows(store, now + 3 * hour_ms, prunable)
      expect(await count()).toBe(1)
    })
  })

  it('are not needed for tokens of a clock that is ahead: those are refused', async () => {
    const ahead = await start(() => now + hour_ms)
    const tokens = await logIn(ahead)
    expect(await open(tokens, ahead)).toBe(200)
    expect(await open(tokens)).toBe(401)
    await ahead.close()
    const nearly = await start(() => now + 10_000)
    expect(await open(await logIn(nearly))).toBe(200)
    await nearly.close()
  })

  it('close the streams opened with them; so does an expiring token', async () => {
    async function follow(tokens: Tokens) {
      const path = '/api/allocations/events'
      const answer = await system.send('GET', path, { as: null, headers: toHeaders(tokens) })
      expect(answer.status).toBe(200)
      const stream = { isOpen: true }
      const end = answer.text().then(() => void (stream.isOpen = false))
      return { stream, end }
    }
    const [mine, others] = [await logIn(), await logIn()]
    const [first, second] = [await follow(mine), await follow(others)]
    await logOut(mine)
    await system.refresh()
    await first.end
    expect(second.stream.isOpen).toBe(true)
    now += 11 * minute_ms
    await system.refresh()
    await second.end
  })
})
