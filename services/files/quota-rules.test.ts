import { beforeEach, expect, it } from 'bun:test'
import { sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import { toDay } from '../../shared/daily-limit.ts'
import { day_ms } from '../../shared/duration.ts'
import type { ProblemError } from '../../shared/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useTables } from '../../shared/testing/use-tables.ts'
import { createQuota, filesPerDayMax, type Quota } from './quota.ts'
import { filesTables } from './tables.ts'

const quota_bytes = 1000
const anna = { id: 'anna' } as Caller

describeStores('a quota of 1000 bytes', (makeDatabase) => {
  let now: number
  let quota: Quota
  const store = useTables(
    makeDatabase,
    () =>
      `CREATE TABLE owners (owner TEXT PRIMARY KEY, used_bytes BIGINT NOT NULL DEFAULT 0,
        pending_bytes BIGINT NOT NULL DEFAULT 0, day INTEGER NOT NULL DEFAULT 0,
        day_files INTEGER NOT NULL DEFAULT 0, day_bytes BIGINT NOT NULL DEFAULT 0);
      CREATE TABLE files (owner TEXT, size BIGINT)`,
  )
  beforeEach(async () => {
    now = Date.parse('2027-03-01T09:00:00Z')
    const config = { USER_QUOTA_BYTES: quota_bytes } as Parameters<typeof createQuota>[0]['config']
    quota = createQuota({ store: store(), clock: () => now, config }, filesTables(store().columns))
    for (const table of ['owners', 'files']) {
      await store().atomically([sql`DELETE FROM ${sql.raw(table)}`])
    }
  })

  interface Given {
    used?: number
    pending?: number
    files?: number
    bytes?: number
  }
  /** What Anna has, and added today. */
  async function has({ used = 0, pending = 0, files = 0, bytes = 0 }: Given): Promise<void> {
    await store().atomically([
      sql`DELETE FROM owners`,
      sql`INSERT INTO owners
        VALUES ('anna', ${used}, ${pending}, ${toDay(now)}, ${files}, ${bytes})`,
    ])
  }
  const hasFile = (size: number) =>
    store().atomically([sql`INSERT INTO files VALUES ('anna', ${size})`])
  const holds = async (condition: SQL) =>
    (await store().rows(sql`SELECT 1 FROM owners WHERE ${condition}`)).length > 0
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'room',
      ({ code }: ProblemError) => code as string,
    )
  const room = (size: number, reserved = 0) => ({ owner: 'anna', size, reserved })

  it('has room for what fits beside files and unfinished uploads, to the byte', async () => {
    await has({ used: 600, pending: 300 })
    expect(await quota.readFree('anna')).toBe(100)
    for (const [size, reserved, fits] of [
      [100, 0, true],
      [101, 0, false],
      [400, 300, true],
      [401, 300, false],
    ] as const) {
      expect(await holds(quota.hasRoom(room(size, reserved)))).toBe(fits)
      const code = await codeOf(quota.requireRoom(room(size, reserved)))
      expect(code).toBe(fits ? 'room' : 'quota_exceeded')
    }
    expect(await holds(quota.hasRoomFor('anna', sql`100`))).toBe(true)
    expect(await holds(quota.hasRoomFor('anna', sql`101`))).toBe(false)
    expect(await holds(quota.hasRoomFor('ben', sql`1`))).toBe(false)
    expect(await quota.readUsage(anna)).toEqual({ used_bytes: 600, quota_bytes: 1000 })
  })

  it('is untouched before the first file, and never less than nothing', async () => {
    expect(await quota.readFree('anna')).toBe(1000)
    expect(await quota.readUsage(anna)).toEqual({ used_bytes: 0, quota_bytes: 1000 })
    await has({ used: 1200 })
    expect(await quota.readFree('anna')).toBe(0)
    const error = await quota.requireRoom(room(1)).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ status: 403, members: { quota_bytes: 1000, free_bytes: 0 } })
  })

  it('is of each user, and has a row from the first change on', async () => {
    await has({ used: 900 })
    for (let time = 0; time < 2; time++) {
      await store().atomically([quota.lock('ben'), quota.lock('anna')])
    }
    const rows = await store().rows<{ owner: string; used: number }>(
      sql`SELECT owner, CAST(used_bytes AS integer) AS used FROM owners ORDER BY owner`,
    )
    expect(rows).toEqual([
      { owner: 'anna', used: 900 },
      { owner: 'ben', used: 0 },
    ])
    expect(await holds(quota.hasRoom({ owner: 'ben', size: 1000 }))).toBe(true)
  })

  it('is spent twice a day at most, and on so many files', async () => {
    const both = async (size: number) => [
      await holds(quota.hasRoom(room(size))),
      await codeOf(quota.requireRoom(room(size))),
      await codeOf(quota.requireFit(room(size))),
    ]
    const [fits, refused] = [
      [true, 'room', 'room'],
      [false, 'daily_limit_reached', 'daily_limit_reached'],
    ]
    await has({ bytes: 1500, files: filesPerDayMax - 1 })
    expect(await both(500)).toEqual(fits)
    expect(await both(501)).toEqual(refused)
    now += day_ms
    expect(await both(501)).toEqual(fits)
    await has({ files: filesPerDayMax })
    expect(await both(1)).toEqual(refused)
    now -= day_ms
    expect(await both(1)).toEqual(fits)
  })

  it('lets an upload begin beside unfinished ones, or alone if its file may be known', async () => {
    await has({ used: 900, pending: 50 })
    const both = async (size: number) => [
      await holds(quota.mayBegin(room(size))),
      await codeOf(quota.requireFit(room(size))),
    ]
    expect(await both(50)).toEqual([true, 'room'])
    // The unfinished ones may go.
    expect(await both(51)).toEqual([false, 'room'])
    expect(await both(101)).toEqual([false, 'quota_exceeded'])
    await hasFile(101)
    expect(await both(101)).toEqual([false, 'room'])
    expect(await both(102)).toEqual([false, 'quota_exceeded'])
    await has({ used: 900 })
    expect(await both(101)).toEqual([true, 'room'])
    expect(await both(102)).toEqual([false, 'quota_exceeded'])
  })

  it('counts what is on its way, until it is there or given up', async () => {
    await has({ used: 400, pending: 100 })
    const first = await quota.begin(anna, 300)
    expect(await codeOf(quota.begin(anna, 201))).toBe('quota_exceeded')
    const second = await quota.begin(anna, 200)
    expect(await codeOf(quota.begin(anna, 1))).toBe('quota_exceeded')
    expect(await codeOf(quota.begin({ ...anna, id: 'ben' }, 1000))).toBe('room')
    first.end()
    expect(await codeOf(quota.begin(anna, 301))).toBe('quota_exceeded')
    const error = await quota.begin(anna, 301).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ members: { free_bytes: 300 } })
    second.end()
    expect(await codeOf(quota.begin(anna, 500))).toBe('room')
  })

  it('stops what nobody announced once others have filled it', async () => {
    await has({ used: 990 })
    async function* chunksOf(sizes: number[]) {
      for (const size of sizes) yield new Uint8Array(size)
    }
    const [one, other] = [await quota.begin(anna, 0), await quota.begin(anna, 0)]
    const receive = async ({ observe }: typeof one, ...sizes: number[]) => {
      let arrived = 0
      for await (const { length } of observe(chunksOf(sizes))) arrived += length
      return String(arrived)
    }
    expect(await receive(other, 4, 6)).toBe('10')
    expect(await codeOf(receive(one, 1))).toBe('room')
    expect(await codeOf(receive(other, 4, 6, 1))).toBe('room')
    expect(await codeOf(receive(one, 2))).toBe('quota_exceeded')
    other.end()
    expect(await codeOf(receive(one, 3))).toBe('room')
    // What was announced is counted once, from the beginning.
    one.end()
    const announced = await quota.begin(anna, 6)
    const arriving = announced.observe(chunksOf([3, 3]))
    await arriving.next()
    expect(await codeOf(quota.begin(anna, 5))).toBe('quota_exceeded')
    expect(await receive(announced, 3, 3)).toBe('6')
    expect(await codeOf(quota.begin(anna, 4))).toBe('room')
    expect(await codeOf(quota.begin(anna, 1))).toBe('quota_exceeded')
  })

  it('lets a file be sent again that is there already, one at a time', async () => {
    await has({ used: 900 })
    await hasFile(900)
    await store().atomically([sql`INSERT INTO files VALUES ('ben', 899)`])
    expect(await codeOf(quota.begin(anna, 899))).toBe('quota_exceeded')
    const again = await quota.begin(anna, 900)
    expect(await codeOf(quota.begin(anna, 900))).toBe('quota_exceeded')
    again.end()
    expect(await codeOf(quota.begin(anna, 900))).toBe('room')
  })

  it('refuses at once what the day has no room for', async () => {
    await has({ bytes: 1500 })
    expect(await codeOf(quota.begin(anna, 501))).toBe('daily_limit_reached')
    expect(await codeOf(quota.begin(anna, 500))).toBe('room')
  })
})
