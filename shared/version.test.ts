import { describe, expect, it } from 'bun:test'
import type { Caller } from './access.ts'
import type { ProblemError } from './problem.ts'
import {
  firstVersion,
  isKnown,
  readChange,
  readRemoval,
  requireMatch,
  toContentVersion,
  toEtag,
} from './version.ts'

const caller = { id: 'anna' } as Caller
function ifMatch(headers: Record<string, string>) {
  try {
    return readChange({ body: {}, caller, headers }).ifMatch
  } catch (error) {
    return (error as ProblemError).status
  }
}

describe('If-Match', () => {
  it('names versions, whatever their caller was shown', () => {
    expect(ifMatch({ 'if-match': '"v3-1xk0dq7m2c4sh"' })).toEqual([3])
    expect(ifMatch({ 'if-match': '"v3-abc", "v14"' })).toEqual([3, 14])
    expect(ifMatch({ 'if-match': toEtag(900_000_001, { a: 1 }) })).toEqual([900_000_001])
  })

  it('is no condition if absent or a star', () => {
    expect(ifMatch({})).toBeUndefined()
    expect(ifMatch({ 'if-match': ' * ' })).toBeUndefined()
  })

  it('is 412 if no tag can be ours: weak ones, and those of somebody else', () => {
    for (const tag of ['W/"v3-abc"', '"3"', 'v3', '"v1234567890"', '"v3-ABC"', '']) {
      expect(ifMatch({ 'if-match': tag })).toBe(412)
    }
    expect(ifMatch({ 'if-match': 'W/"v3-abc", "v4-abc"' })).toEqual([4])
  })

  it('counts up to a hundred tags', () => {
    const tags = Array.from({ length: 101 }, (_, at) => `"v${at}"`)
    expect(ifMatch({ 'if-match': tags.join() })).toHaveLength(100)
  })

  it('is met by one of its versions', () => {
    expect(() => requireMatch(3, [2, 3])).not.toThrow()
    expect(() => requireMatch(3, undefined)).not.toThrow()
    expect(() => requireMatch(3, [2])).toThrow()
    expect(() => requireMatch(3, [])).toThrow()
  })
})

describe('If-None-Match', () => {
  const etag = toEtag(3, { a: 1 })

  it('of a star is met by no change', () => {
    expect(ifMatch({ 'if-none-match': ' * ' })).toEqual([])
    expect(ifMatch({ 'if-none-match': '"v3"' })).toBeUndefined()
  })

  it('knows a response by its whole tag, weak or strong', () => {
    expect(isKnown(etag, etag)).toBe(true)
    expect(isKnown(`"x", W/${etag} `, etag)).toBe(true)
    expect(isKnown(' * ', etag)).toBe(true)
    expect(isKnown(toEtag(3, { a: 2 }), etag)).toBe(false)
    expect(isKnown(toEtag(4, { a: 1 }), etag)).toBe(false)
    expect(isKnown(null, etag)).toBe(false)
  })

  it('counts up to a hundred tags', () => {
    const others = (count: number) => Array.from({ length: count }, () => '"x"').join()
    expect(isKnown(`${others(99)},${etag}`, etag)).toBe(true)
    expect(isKnown(`${others(100)},${etag}`, etag)).toBe(false)
  })
})

it('a removal is a change, with or without what depends on it', () => {
  const request = { body: {}, caller, headers: { 'if-match': '"v2"' } }
  expect(readRemoval(request, true)).toEqual({ body: {}, caller, ifMatch: [2], cascade: true })
})

it('a version that nobody counts is within those of tags, and new with other content', () => {
  const versions = Array.from({ length: 100 }, (_, at) => toContentVersion({ at }))
  for (const version of [...versions, ...versions.map(firstVersion)]) {
    expect(version).toBeGreaterThan(0)
    expect(version).toBeLessThanOrEqual(900_000_000)
  }
  expect(new Set(versions).size).toBe(100)
  expect(toContentVersion({ at: 1 })).toBe(toContentVersion({ at: 1 }))
})
