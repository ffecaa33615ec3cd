import { describe, expect, it } from 'bun:test'
import { takeQuick } from './quick.ts'

describe('the tests of a change', () => {
  const durations_ms = { 'a/kill.test.ts': 9000, 'a/page.test.ts': 300, 'b/etag.test.ts': 200 }
  const files = [...Object.keys(durations_ms), 'b/new.test.ts']
  const take = (budget_ms: number, ...changed: string[]) => {
    return takeQuick(files, { changed: new Set(changed), durations_ms, budget_ms })
  }

  it('are the quickest that fit the budget', () => {
    expect(take(0)).toEqual([])
    expect(take(600)).toEqual(['b/etag.test.ts', 'a/page.test.ts'])
    expect(take(20_000).at(-1)).toBe('a/kill.test.ts')
  })

  it('begin with those of changed files, however long they take', () => {
    expect(take(600, 'a/kill.ts')).toEqual(['a/kill.test.ts'])
    expect(take(600, 'a/kill.test.ts', 'README.md')).toEqual(['a/kill.test.ts'])
    expect(take(9500, 'a/kill.ts')).toEqual(['a/kill.test.ts', 'b/etag.test.ts', 'a/page.test.ts'])
  })

  it('treat an untimed file like one of a second', () => {
    expect(take(1500)).toEqual(['b/etag.test.ts', 'a/page.test.ts', 'b/new.test.ts'])
  })
})
