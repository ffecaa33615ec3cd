import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import type { BookWithRatings } from '../../shared/schemas/book.ts'
import type { RatingSummary } from '../../shared/schemas/rating.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { campaignEnvironment, readAuthorization } from '../harness/administrator.ts'
import { startSystem } from '../harness/run-system.ts'
import { freePorts } from '../harness/run-system.ts'
import { waitUntil } from '../harness/wait.ts'

setDefaultTimeout(120_000)

const kills = 3
const readers = 8
const bookCount = 200

describeStores(
  'books under load, while the ratings are killed and started again',
  (makeDatabase) => {
    it('serve every read of a book, and lose no acknowledged rating', async () => {
      const { url: DATABASE_URL, remove } = await makeDatabase({ migrated: true })
      onTestFinished(remove)
      const [PORT = ''] = freePorts(1)
      const environment = { ...campaignEnvironment, DATABASE_URL, SAMPLE_DATA: 'false' }
      const front = await startSystem({
        parts: ['gateway', 'users', 'books'],
        environment: { ...environment, RATINGS_URL: `http://127.0.0.1:${PORT}` },
      })
      onTestFinished(front.kill)
      const startRatings = () =>
        startSystem({
          parts: ['ratings'],
          environment: { ...environment, USERS_URL: front.url, PORT },
        })
      let ratings = await startRatings()
      onTestFinished(() => ratings.kill())
      const authorization = await readAuthorization(front.url)
      const send = (path: string, body?: unknown) =>
        fetch(`${front.url}/api/${path}`, {
          method: body === undefined ? 'GET' : 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        })
      const books = Array.from({ length: bookCount }, (_, at) => ({
        title: `No. ${at}`,
        author: 'A',
      }))
      expect((await send('books/import', books)).status).toBe(200)

      let isOver = false
      const looks = { with: 0, without: 0, failed: [] as number[] }
      const read = async (reader: number) => {
        for (let at = reader; !isOver; at++) {
          const answer = await send(`books/${1 + (at % bookCount)}`)
          const { ratings_available } = (await answer.json()) as BookWithRatings
          if (!answer.ok) looks.failed.push(answer.status)
          else looks[ratings_available ? 'with' : 'without']++
        }
      }
      const acknowledged: number[] = []
      const refused = new Set<number>()
      const rate = async () => {
        for (let book = 1; book <= bookCount && !isOver; book++) {
          const { status } = await send(`books/${book}/ratings`, { value: 7 })
          if (status === 201) acknowledged.push(book)
          else refused.add(status)
          await Bun.sleep(20)
        }
      }
      const load = Promise.all([...Array.from({ length: readers }, (_, at) => read(at)), rate()])
      for (let kill = 0; kill < kills; kill++) {
        const before = looks.with
        await waitUntil('books have their ratings', async () => looks.with > before + 50)
        await ratings.kill()
        const { without } = looks
        await waitUntil('books do without', async () => looks.without > without + 50)
        ratings = await startRatings()
      }
      const before = looks.with
      await waitUntil('books have their ratings again', async () => looks.with > before + 50)
      isOver = true
      await load

      expect(looks.failed).toEqual([])
      expect([...refused].filter((status) => status !== 503)).toEqual([])
      expect(acknowledged.length).toBeGreaterThan(10)
      const answer = await send(`ratings?book_ids=${acknowledged.join(',')}`)
      const found = (await answer.json()) as RatingSummary[]
      expect(found.filter(({ count, average }) => count !== 1 || average !== 7)).toEqual([])
      expect(found).toHaveLength(acknowledged.length)
    })
  },
)
