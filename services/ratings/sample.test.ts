import { expect, it } from 'bun:test'
import type { RatingSummary } from '../../shared/schemas/rating.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'
import { fillRatings } from './sample.ts'

describeStores('the sample ratings', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)

  it('are six, added once', async () => {
    await fillRatings({ client: () => system().client() })
    await fillRatings({ client: () => system().client() })
    const { body } = await call<RatingSummary[]>('GET', '/api/ratings?book_ids=1,2,3')
    expect(body.map(({ average, count }) => [average, count])).toEqual([
      [7.67, 3],
      [5, 2],
      [7, 1],
    ])
  })
})
