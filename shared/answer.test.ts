import { expect, it } from 'bun:test'
import { sendCreatedVersion, withVersion, type Created } from './answer.ts'

const answer = () => ({
  path: '/api/things',
  request: new Request('http://campus.example/api/things', { method: 'POST' }),
  set: { headers: {} as Record<string, string | number> },
})
const thing = { id: 'a', name: 'one' }

it('tags a created thing with its version, by default the first', async () => {
  const first = answer()
  expect(await sendCreatedVersion(first, { value: thing, replayed: false })).toEqual(thing)
  expect(first.set.headers['etag']).toStartWith('"v1-')
  const later = answer()
  const stored = { value: { ...thing, version: 7 }, replayed: true }
  expect(await sendCreatedVersion(later, withVersion(stored))).toEqual(thing)
  expect(later.set.headers['etag']).toStartWith('"v7-')
})

it('does not guess the version of what an earlier release stored for a retry', async () => {
  const old = answer()
  const stored = { value: thing, replayed: true } as Created<typeof thing & { version: number }>
  expect(await sendCreatedVersion(old, withVersion(stored))).toEqual(thing)
  expect(old.set.headers).not.toHaveProperty('etag')
})
