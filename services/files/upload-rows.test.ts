import { expect, it, onTestFinished } from 'bun:test'
import { sql } from 'drizzle-orm'
import { pruneRows, readOverdue } from '../../shared/host/prune.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { memberNamed, startUploads, type StartedUploads } from './testing/uploads.ts'
import { finishedMax, unfinishedMax } from './upload-limits.ts'
import { day_ms } from '../../shared/duration.ts'

describeStores('the rows of uploads', (makeDatabase) => {
  const start = () => startUploads(makeDatabase, onTestFinished)

  /** Begins an upload; one without bytes is finished at once. */
  async function begin({ uploads }: StartedUploads, id: string, size: number) {
    const body = { size, metadata: '' }
    return (await uploads.create({ body, caller: memberNamed(id), idempotencyKey: undefined }))
      .value
  }

  async function countRows({ store }: StartedUploads): Promise<number> {
    const [row] = await store.rows<{ count: number }>(sql`SELECT count(*) AS count FROM uploads`)
    return Number(row?.count)
  }

  it('are few for each user, however often one finishes the same', async () => {
    const system = await start()
    const others = await begin(system, 'bert', 0)
    const unfinished = await begin(system, 'anna', 1)
    let newest = unfinished
    for (let at = 0; at < finishedMax + 50; at++) newest = await begin(system, 'anna', 0)
    expect(await countRows(system)).toBe(1 + 1 + finishedMax + 1)
    // What a client may still ask about is there, and so is what others have.
    const { uploads } = system
    expect(await uploads.find(newest.id, memberNamed('anna'))).toMatchObject({ received: 0 })
    expect(await uploads.find(unfinished.id, memberNamed('anna'))).toMatchObject({ size: 1 })
    expect(await uploads.find(others.id, memberNamed('bert'))).toMatchObject({ size: 0 })
  }, 60_000)

  it('remember what finished last, not what began last', async () => {
    const system = await start()
    const { uploads, pass } = system
    const caller = memberNamed('anna')
    const large = await begin(system, 'anna', 4)
    for (let at = 0; at <= finishedMax; at++) await begin(system, 'anna', 0)
    pass(1000)
    const bytes = new Blob(['1234']).stream()
    await uploads.append({ id: large.id, caller, position: 0, length: 4, bytes })
    // The client that did not hear of it asks after it has begun another one.
    await begin(system, 'anna', 1)
    expect(await uploads.find(large.id, caller)).toMatchObject({ received: 4 })
  }, 60_000)

  it('all go when they have expired, however many, and none before', async () => {
    const system = await start()
    const { uploads, store, clock, pass } = system
    const prune = async () => {
      await uploads.prune()
      await pruneRows(store, clock(), uploads.prunable)
    }
    const people = ['anna', 'bert', 'clara']
    for (const id of people) {
      for (let at = 0; at < finishedMax; at++) await begin(system, id, 0)
      for (let at = 0; at < unfinishedMax; at++) await begin(system, id, 1)
    }
    const all = people.length * (unfinishedMax + finishedMax)
    await prune()
    expect(await countRows(system)).toBe(all)
    pass(day_ms + 60_000)
    expect(await readOverdue(store, clock(), uploads.prunable)).toBeGreaterThan(0)
    await prune()
    expect(await countRows(system)).toBe(0)
  }, 120_000)
})
