import { beforeAll, beforeEach, expect, it, setDefaultTimeout } from 'bun:test'
import { eq, sql } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import { day_ms, hour_ms } from '../../shared/duration.ts'
import type { Context } from '../../shared/context.ts'
import { createSecret } from '../../shared/host/secret.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useStore } from '../testing/use-store.ts'
import { createAttempts } from './attempts.ts'
import { createLoginLimit } from './login-limit.ts'
import { createLogins } from './logins.ts'
import { createPasswords } from './password.ts'
import { samplePassword } from './sample.ts'
import { createSigningKeys } from './signing-keys.ts'
import { usersTables, type UserRow, type UsersTables } from './tables.ts'

setDefaultTimeout(30_000)

const now = Date.parse('2027-03-01T09:00:00Z')
const password = 'a password for tests'
const here = { request_id: 'r', address: '192.0.2.1', user_agent: 'a browser' }
const cheap = (text: string) =>
  Bun.password.hash(text, { algorithm: 'argon2id', memoryCost: 8, timeCost: 1 })

describeStores('a login by itself', (makeDatabase) => {
  const { store, onStatement } = useStore(makeDatabase, 'users')
  let tables: UsersTables
  const events: string[] = []
  let asked = 0
  let codes: string[] = []

  function createContext(isExposed = false) {
    const config = { isExposed, LOGIN_LIMIT_PER_MINUTE: 2 }
    const secret = createSecret('a secret that is long enough for tests')
    const id = () => Bun.randomUUIDv7()
    return { store: store(), clock: () => now, config, id, secret } as unknown as Context
  }
  function start(isExposed = false) {
    const context = createContext(isExposed)
    return createLogins(context, tables, {
      passwords: createPasswords(cheap),
      limit: createLoginLimit(context, createAttempts(context, tables)),
      signingKeys: createSigningKeys(context, tables),
      secondFactor: {
        requireAtLogin: async () => {
          asked++
          return codes
        },
      },
      security: (event, { actor, user }) => events.push([event, actor, user].join(' ').trim()),
    })
  }
  async function add(values: Partial<UserRow> = {}): Promise<UserRow> {
    const id = Bun.randomUUIDv7()
    const name = `u${id.replaceAll('-', '')}`
    const row = {
      id,
      username: name,
      username_key: name,
      email: `${name}@test.example`,
      password_hash: await cheap(password),
      role: 'member',
      created: now,
      ...values,
    }
    const [made] = await store().db.insert(tables.users).values(row).returning()
    return made as UserRow
  }
  const loginsOf = ({ id }: UserRow) =>
    store().db.select().from(tables.logins).where(eq(tables.logins.user_id, id))
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'in',
      (error: { code?: string }) => error.code,
    )
  const logIn = (user: UserRow, typed = password, origin = here) =>
    start().logIn({ username: user.username, password: typed }, origin)
  const callerOf = ({ id }: UserRow, login = ''): Caller => {
    return { id, role: 'member', email: '', login, groups: [] }
  }
  const loginOf = ({ refresh_token }: { refresh_token: string }) =>
    refresh_token.split('.')[0] ?? ''

  beforeAll(async () => {
    tables = usersTables(store().columns)
    await createSigningKeys(createContext(), tables).rotate()
  })
  beforeEach(async () => {
    events.length = asked = 0
    codes = []
    onStatement((_, run) => run())
    await store().db.delete(tables.attempts)
  })

  it('that succeeds costs no attempt, is recorded, and asks for the second factor', async () => {
    const user = await add()
    for (let time = 0; time < 5; time++) expect(await codeOf(logIn(user))).toBe('in')
    expect([events.length, asked]).toEqual([5, 5])
    expect(events[0]).toBe(`login ${user.id}`)
    expect(await logIn(user)).not.toHaveProperty('recovery_codes')
    codes = ['abc']
    expect(await logIn(user)).toMatchObject({ recovery_codes: ['abc'] })
  })

  it('that fails is counted and recorded, until it is refused', async () => {
    const user = await add()
    const tries: unknown[] = []
    for (let time = 0; time < 3; time++) tries.push(await codeOf(logIn(user, 'wrong')))
    expect(tries).toEqual(['credentials_wrong', 'credentials_wrong', 'too_many_attempts'])
    const failed = `login_failed anonymous ${user.id}`
    expect(events).toEqual([failed, failed, `login_locked anonymous ${user.id}`])
    expect([asked, await loginsOf(user)]).toEqual([0, []])
  })

  it('with the public password of sample users is for this machine only', async () => {
    const user = await add({ password_hash: await cheap(samplePassword) })
    const real = await add()
    const typed = (of: UserRow) => ({ username: of.username, password: samplePassword })
    const exposed = start(true)
    expect(await codeOf(exposed.logIn(typed(user), here))).toBe('sample_password')
    expect(await codeOf(exposed.logIn(typed(real), here))).toBe('credentials_wrong')
    await store().db.delete(tables.attempts)
    expect(await codeOf(logIn(user, samplePassword))).toBe('in')
  })

  it('to a disabled account is refused, at no cost for whoever knows the password', async () => {
    const user = await add({ disabled: now })
    for (let time = 0; time < 4; time++) expect(await codeOf(logIn(user))).toBe('account_disabled')
    expect(events[0]).toBe(`login_failed anonymous ${user.id}`)
    expect([events.length, asked]).toEqual([4, 0])
    expect(await codeOf(logIn(user, 'wrong'))).toBe('credentials_wrong')
  })

  it('begins for this user only, with this password, and where nothing forbids it', async () => {
    const user = await add()
    const alike = await add({ password_hash: user.password_hash })
    const { begin } = start()
    const former = { ...user, password_hash: 'another' }
    expect(await begin(former, { origin: here })).toBeUndefined()
    expect(await begin(user, { origin: here, guard: sql`1 = 0` })).toBeUndefined()
    expect([await loginsOf(user), events]).toEqual([[], []])
    const detail = { by: 'hand' }
    expect(await begin(user, { origin: here, guard: sql`1 = 1`, detail })).toBeDefined()
    expect([await loginsOf(user), await loginsOf(alike)]).toEqual([[expect.anything()], []])
  })

  it('is over when it must be, however often it is refreshed', async () => {
    const user = await add()
    const { begin, refresh } = start()
    const [short, long] = [now + hour_ms, now + 90 * day_ms]
    for (const ends of [short, long, undefined]) {
      const origin = { ...here, address: '' }
      const tokens = await begin(user, { origin, ...(ends !== undefined && { ends }) })
      const rows = () =>
        store()
          .db.select()
          .from(tables.logins)
          .where(eq(tables.logins.id, loginOf(tokens ?? { refresh_token: '' })))
      const expected = {
        ends: ends ?? null,
        expires: Math.min(ends ?? Infinity, now + 30 * day_ms),
      }
      expect(await rows()).toEqual([expect.objectContaining({ ...expected, address: null })])
      await refresh(tokens?.refresh_token ?? '', here)
      expect(await rows()).toEqual([expect.objectContaining({ ...expected, ...rest })])
    }
  })
  const rest = { address: here.address, user_agent: here.user_agent }

  it('ends the oldest of fifty that are open, whatever is over', async () => {
    const user = await add()
    const row = (expires: number, ended: number | null) => {
      const times = { expires, ended, token_expires: now, created: now }
      return { id: Bun.randomUUIDv7(), user_id: user.id, ...times }
    }
    const over = Array.from({ length: 60 }, () => row(now + 60 * day_ms, now))
    const open = [row(now + day_ms, null), row(now + 2 * day_ms, null)]
    const other = await add()
    await logIn(other)
    await store()
      .db.insert(tables.logins)
      .values([...over, ...open])
    expect(await codeOf(logIn(user))).toBe('in')
    const isOpen = ({ ended }: { ended: number | null }) => ended === null
    expect((await loginsOf(user)).filter(isOpen)).toHaveLength(3)
    for (let more = 0; more < 48; more++) await start().begin(user, { origin: here })
    const left = (await loginsOf(user)).filter(isOpen)
    expect([left.length, left.some(({ id }) => id === open[0]?.id)]).toEqual([50, false])
    expect((await loginsOf(other)).filter(isOpen)).toHaveLength(1)
  })

  it('is refreshed from the same place only, if the response was lost', async () => {
    const user = await add()
    const { refresh } = start()
    const [first, second] = [await logIn(user), await logIn(user)]
    await refresh(first.refresh_token, here)
    expect(await codeOf(refresh(first.refresh_token, here))).toBe('in')
    events.length = 0
    const elsewhere = { ...here, address: '192.0.2.2' }
    expect(await codeOf(refresh(first.refresh_token, elsewhere))).toBe('refresh_token_invalid')
    expect(await codeOf(refresh(first.refresh_token, here))).toBe('refresh_token_invalid')
    const reused = `refresh_token_reused anonymous ${user.id}`
    expect(events).toEqual([reused])
    // One that expired was not used by anybody.
    const isSecond = eq(tables.logins.id, loginOf(second))
    await store().db.update(tables.logins).set({ expires: now }).where(isSecond)
    expect(await codeOf(refresh(second.refresh_token, here))).toBe('refresh_token_invalid')
    expect(events).toEqual([reused])
  })

  it('gives no tokens to whoever is removed at that moment', async () => {
    const user = await add()
    const { refresh } = start()
    const { refresh_token } = await logIn(user)
    onStatement(async (text, run) => {
      const rows = await run()
      const isRead = /^select/i.test(text) && text.includes('group_members')
      return isRead ? [] : rows
    })
    expect(await codeOf(refresh(refresh_token, here))).toBe('refresh_token_invalid')
  })

  it('ends one by one or all at once, each recorded once; one may stay', async () => {
    const user = await add()
    const { logOut, endOne, endAll, endAllOf, listOf } = start()
    const other = await add()
    await logIn(other)
    const made = [await logIn(user), await logIn(user), await logIn(user), await logIn(user)]
    const [first = '', second = '', third = ''] = made.map(loginOf)
    events.length = 0
    await logOut(made[0]?.refresh_token ?? '', here)
    await logOut(made[0]?.refresh_token ?? '', here)
    await endOne(second, callerOf(user), here)
    expect(await codeOf(endOne(second, callerOf(user), here))).toBe('login_not_found')
    const open = async () =>
      (await loginsOf(user)).flatMap(({ id, ended }) => (ended === null ? [id] : []))
    expect((await open()).includes(first)).toBe(false)
    expect(await codeOf(endOne(third, callerOf(other), here))).toBe('login_not_found')
    const listed = await listOf(callerOf(user, third))
    expect(listed.map(({ id }) => id).toSorted()).toEqual((await open()).toSorted())
    expect(listed.filter(({ current }) => current).map(({ id }) => id)).toEqual([third])
    expect(listed.map(({ last_used }) => Date.parse(last_used))).toEqual([now, now])
    await store().atomically([endAllOf(user.id, third)])
    expect(await open()).toEqual([third])
    await endAll(callerOf(user), here)
    expect(await open()).toEqual([])
    const ended = `login_ended ${user.id}`
    expect(events).toEqual([ended, ended, `logins_ended ${user.id}`])
    await logIn(user)
    await store().atomically([endAllOf(user.id)])
    expect([await open(), (await loginsOf(other)).map((row) => row.ended)]).toEqual([[], [null]])
  })
})
