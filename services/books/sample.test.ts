import { expect, it } from 'bun:test'
import type { Book } from '../../shared/schemas/book.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'
import { fillBooks } from './sample.ts'

describeStores('the sample books', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)

  it('fill an empty list once, in their order', async () => {
    await fillBooks({ client: () => system().client() })
    await fillBooks({ client: () => system().client() })
    const { body } = await call<Book[]>('GET', '/api/books?limit=200')
    expect(body.length).toBeGreaterThanOrEqual(30)
    const ids = body.map(({ id }) => id).toSorted((a, b) => a - b)
    expect(ids).toEqual(body.map((_, at) => at + 1))
    expect(body.find(({ id }) => id === 1)).toMatchObject({ title: 'Pride and Prejudice' })
    expect(body.every(({ release_date, page_count }) => release_date && page_count)).toBe(true)
  })
})
