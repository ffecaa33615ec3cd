import { expect, it } from 'bun:test'
import { followRemovedUsers } from './removed-users.ts'

const all = ['a', 'b', 'c', 'd', 'e']

/** Two ids a page. `forget` notes what it was given, and fails at one as often as it is told. */
function start({ failures = 0 } = {}) {
  const forgotten: string[][] = []
  let now = 0
  let left = failures
  const follow = followRemovedUsers({
    clock: () => now,
    fetchRemoved: async (after = '0') => {
      const user_ids = all.slice(Number(after), Number(after) + 2)
      return { user_ids, position: String(Number(after) + user_ids.length) }
    },
    forget: async (ids) => {
      if (ids.includes('c') && left-- > 0) throw new Error('the database is away')
      forgotten.push(ids)
    },
  })
  return { follow, forgotten, wait: (ms: number) => (now += ms) }
}

it('delivers every removed user, page by page, once', async () => {
  const { follow, forgotten } = start()
  await follow()
  expect(forgotten).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  await follow()
  expect(forgotten).toHaveLength(3)
})

it('continues where it failed', async () => {
  const { follow, forgotten } = start({ failures: 2 })
  await expect(follow()).rejects.toThrow('away')
  await expect(follow()).rejects.toThrow('away')
  await follow()
  expect(forgotten.flat()).toEqual(all)
})

it('starts over after an hour, for work in flight at the removal', async () => {
  const { follow, forgotten, wait } = start()
  await follow()
  wait(60 * 60_000)
  await follow()
  expect(forgotten.flat()).toEqual([...all, ...all])
})
