import { describe, expect, it } from 'bun:test'
import { createGroupCommit } from './group-commit.ts'

describe('a group commit', () => {
  const items = Array.from({ length: 16 }, (_, at) => at)

  /** Fails for a 5. */
  function createFailing(isOfAll?: () => boolean) {
    const writes: number[][] = []
    const add = createGroupCommit<number, number>({
      write: async (some) => {
        writes.push(some)
        if (some.includes(5)) throw new Error('no fives')
        return some.map((item) => item * 2)
      },
      concurrency: 1,
      ...(isOfAll && { isOfAll }),
    })
    return { writes, addAll: () => Promise.allSettled(items.map(add)) }
  }

  it('finds the faulty one by bisection', async () => {
    const { writes, addAll } = createFailing()
    const results = await addAll()
    expect(results.map((it) => (it.status === 'fulfilled' ? it.value : 'failed'))).toEqual(
      items.map((item) => (item === 5 ? 'failed' : item * 2)),
    )
    expect(writes.map((some) => some.length)).toEqual([16, 8, 4, 4, 2, 1, 1, 2, 8])
  })

  it('does not retry a fault of all', async () => {
    const { writes, addAll } = createFailing(() => true)
    expect((await addAll()).map(({ status }) => status)).toEqual(items.map(() => 'rejected'))
    expect(writes).toEqual([items])
  })
})
