import { expect, it } from 'bun:test'
import type { Book } from '../../shared/schemas/book.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest } from '../testing/system.ts'

describeStores('the copy of the averages', (makeDatabase) => {
  it('converges to the ratings, with any number of replicas syncing and changing', async () => {
    const database = await makeDatabase({ migrated: true })
    const keep = { url: database.url, remove: async () => {} }
    const start = () => startForTest(async () => keep)
    const replicas = [await start(), await start(), await start()] as const
    const send = (at: number, method: string, [path, body]: [string, object?]) => {
      const replica = replicas[at % 3] ?? replicas[0]
      return replica.send(method, path, { ...(body && { body }), as: `reader${at % 3}` })
    }
    for (const replica of replicas) replica.startTasks()
    const wanted = new Map<number, [count: number, average: number | null]>()
    for (let at = 0; at < 6; at++) {
      const answer = await send(at, 'POST', ['/api/books', { title: `Copied ${at}`, author: 'A' }])
      wanted.set(((await answer.json()) as Book).id, [0, null])
    }
    const ids = [...wanted.keys()]
    for (let round = 0; round < 4; round++) {
      await Promise.all(
        ids.flatMap((id) =>
          [0, 1, 2].map(async (reader) => {
            const mine = `/api/ratings/${id}/mine`
            if (round === 0) return send(reader, 'POST', [`/api/ratings/${id}`, { value: 1 }])
            if (round === 3 && id === ids[0]) return send(reader, 'DELETE', [mine])
            return send(reader, 'PUT', [mine, { value: round + reader }])
          }),
        ),
      )
      // A number that no book has yet must not hold up the others.
      await send(0, 'POST', [`/api/ratings/${90_000 + round}`, { value: 1 }])
      await Bun.sleep(300)
    }
    for (const id of ids) wanted.set(id, id === ids[0] ? [0, null] : [3, 4])
    const copy = async (at: number) => {
      const answer = await send(at, 'GET', ['/api/books?sort=rating'])
      const found = ((await answer.json()) as Book[]).filter(({ id }) => wanted.has(id))
      return new Map(found.map((book) => [book.id, [book.ratings_count, book.average_rating]]))
    }
    for (let waited = 0; waited < 200 && !Bun.deepEquals(await copy(0), wanted); waited++) {
      await Bun.sleep(50)
    }
    for (const at of [0, 1, 2]) expect(await copy(at)).toEqual(wanted)
    const failed = '"message":"task failed","task":"books: sync the ratings'
    for (const replica of replicas) expect(replica.logged()).not.toContain(failed)
    await Promise.all(replicas.map((replica) => replica.close()))
    await database.remove()
  }, 60_000)
})
