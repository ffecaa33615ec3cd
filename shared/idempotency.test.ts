import { beforeEach, describe, expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import {
  createOnce,
  findReplay,
  idempotencyTable,
  readChangeOnce,
  readCreation,
  readIdempotencyKey,
  storeResponses,
  tryOnce,
  writeOnce,
  type IdempotencyKey,
} from './idempotency.ts'
import type { ProblemError } from './problem.ts'
import { describeStores } from './testing/describe-stores.ts'
import { useTables } from './testing/use-tables.ts'

const requestOf = (
  key?: string,
  { id = 'anna', path = '/api/cars', body = {} as unknown } = {},
) => ({
  headers: key === undefined ? {} : { 'idempotency-key': key },
  caller: { id },
  path,
  body,
})
const keyOf = (...given: Parameters<typeof requestOf>) =>
  readIdempotencyKey(requestOf(...given)) as IdempotencyKey
const codeOf = (error: unknown) => (error as ProblemError).code ?? String(error)

describe('an Idempotency-Key', () => {
  it('is of its caller, quoted or not, and of one request', () => {
    const key = keyOf('a')
    expect(keyOf('"a"')).toEqual(key)
    expect(keyOf('b').key).not.toBe(key.key)
    expect(keyOf('a', { id: 'ben' }).key).not.toBe(key.key)
    for (const other of [{ path: '/api/books' }, { body: { title: 'x' } }]) {
      expect(keyOf('a', other).key).toBe(key.key)
      expect(keyOf('a', other).request_hash).not.toBe(key.request_hash)
    }
    expect(readIdempotencyKey(requestOf())).toBeUndefined()
  })

  it('is 1 to 255 printable characters', () => {
    const read = (key: string) => {
      try {
        return typeof readIdempotencyKey(requestOf(key))?.key
      } catch (error) {
        return codeOf(error)
      }
    }
    for (const key of ['', '""', 'a b', 'é', 'x'.repeat(256)]) {
      expect(read(key)).toBe('idempotency_key_invalid')
    }
    expect(read('x'.repeat(255))).toBe('string')
  })

  it('comes with what a creation or a change asks for', () => {
    const request = requestOf('a', { body: { title: 'x' } })
    const { body, caller } = request
    expect(readCreation(request)).toEqual({ body, caller, idempotencyKey: keyOf('a', { body }) })
    const change = readChangeOnce({
      ...request,
      headers: { ...request.headers, 'if-match': '"v2"' },
    } as never)
    expect(change).toMatchObject({ body, ifMatch: [2], idempotencyKey: keyOf('a', { body }) })
  })
})

describeStores('a creation', (makeDatabase) => {
  const store = useTables(
    makeDatabase,
    (instant) =>
      `CREATE TABLE idempotency_keys (key TEXT PRIMARY KEY, request_hash TEXT NOT NULL,
        answer TEXT NOT NULL, created ${instant} NOT NULL);
      CREATE TABLE cars (name TEXT PRIMARY KEY CHECK (name <> ''))`,
  )
  beforeEach(() => store().atomically([sql`DELETE FROM cars`]))

  const now_ms = Date.parse('2027-03-01T09:00:00Z')
  const newKey = (body: unknown = {}) => keyOf(crypto.randomUUID(), { body })
  const insert = (name: string) => sql`INSERT INTO cars VALUES (${name})`
  const making = (name: string, idempotencyKey?: IdempotencyKey, turn?: string) => ({
    idempotencyKey,
    value: { name },
    write: (response: Parameters<typeof writeOnce>[2]['response']) =>
      writeOnce(store(), [insert(name)], { response, now_ms, turn }),
  })
  const names = async () =>
    (await store().rows<{ name: string }>(sql`SELECT name FROM cars ORDER BY name`)).map(
      ({ name }) => name,
    )
  const fail = (work: Promise<unknown>) => work.then(() => 'done', codeOf)

  it('with a key is made once, and its retry gets the same response', async () => {
    const key = newKey()
    expect(await tryOnce(store(), making('a', key))).toEqual({
      value: { name: 'a' },
      replayed: false,
    })
    expect(await tryOnce(store(), making('b', key))).toEqual({
      value: { name: 'a' },
      replayed: true,
    })
    expect(await names()).toEqual(['a'])
  })

  it('without a key is made each time, and stores no response', async () => {
    const count = async () =>
      (await store().db.select().from(idempotencyTable(store().columns))).length
    const before = await count()
    for (const name of ['a', 'b']) await tryOnce(store(), making(name))
    expect(await names()).toEqual(['a', 'b'])
    expect(await count()).toBe(before)
    expect(await findReplay(store(), undefined)).toBeUndefined()
  })

  it('at the same time with one key is made once', async () => {
    const key = newKey()
    const all = ['a', 'b', 'c', 'd'].map((name) => tryOnce(store(), making(name, key, 'cars')))
    const made = await Promise.all(all)
    expect(await names()).toHaveLength(1)
    const [name] = await names()
    expect(made.every((each) => each?.value.name === name)).toBe(true)
    expect(made.filter((each) => each?.replayed === false)).toHaveLength(1)
  })

  it('is refused with the key of another request', async () => {
    const key = newKey()
    await tryOnce(store(), making('a', key))
    const other = { ...key, request_hash: 'another' }
    expect(await fail(tryOnce(store(), making('b', other)))).toBe('idempotency_key_reused')
    expect(await fail(findReplay(store(), other))).toBe('idempotency_key_reused')
    expect(await findReplay(store(), newKey())).toBeUndefined()
  })

  it('that fails stores no response, so that its retry may succeed', async () => {
    const key = newKey()
    expect(await fail(tryOnce(store(), making('', key)))).not.toBe('done')
    expect(await findReplay(store(), key)).toBeUndefined()
    expect(await tryOnce(store(), making('a', key))).toMatchObject({ replayed: false })
  })

  it('that cannot be made is explained, unless a retry of it was', async () => {
    const key = newKey()
    await tryOnce(store(), making('a', key))
    const lost = { ...making('b', key), write: async () => false }
    const explain = async () => new Error('taken')
    expect(await createOnce(store(), { ...lost, explain })).toMatchObject({ replayed: true })
    const refused = createOnce(store(), { ...lost, idempotencyKey: undefined, explain })
    expect(await fail(refused)).toBe('Error: taken')
  })

  it('that a retry of it made meanwhile is answered like that one', async () => {
    const key = newKey()
    const write = async () => false
    const explain = async () => {
      await tryOnce(store(), making('a', key))
      return new Error('taken')
    }
    const made = await createOnce(store(), { ...making('b', key), write, explain })
    expect(made).toEqual({ value: { name: 'a' }, replayed: true })
  })

  it('without a key that breaks a rule fails with it', async () => {
    await tryOnce(store(), making('a'))
    expect(await fail(tryOnce(store(), making('a')))).not.toBe('done')
  })

  it('is tried again once its obstacle is gone', async () => {
    let tries = 0
    const write = async () => ++tries > 1
    const made = await createOnce(store(), {
      ...making('a'),
      write,
      explain: async () => undefined,
    })
    expect([made, tries]).toEqual([{ value: { name: 'a' }, replayed: false }, 2])
  })

  it('of several stores the response of each that has a key', async () => {
    const key = newKey()
    const stored = storeResponses(store(), [undefined, { ...key, answer: '{"a":1}' }], now_ms)
    await store().atomically(stored)
    expect(await findReplay(store(), key)).toEqual({ value: { a: 1 }, replayed: true })
    expect(storeResponses(store(), [undefined], now_ms)).toEqual([])
  })
})
