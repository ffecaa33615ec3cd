import { describe, expect, it } from 'bun:test'
import { apiKeyPattern, createApiKey, hashApiKey, isApiKey } from './api-key.ts'

describe('an API key', () => {
  it('is one word that scanners find in a text', () => {
    const key = createApiKey()
    const text = `export TOKEN="${key}" # of the ERP`
    expect(text.match(new RegExp(`\\b${apiKeyPattern}\\b`))?.[0]).toBe(key)
    expect(isApiKey(key)).toBe(true)
  })

  it('is unique each time', () => {
    expect(new Set(Array.from({ length: 1000 }, createApiKey)).size).toBe(1000)
  })

  it('with one wrong character is invalid, at any position', () => {
    const key = createApiKey()
    for (let at = 0; at < key.length; at++) {
      const wrong = key[at] === 'x' ? 'y' : 'x'
      expect(isApiKey(key.slice(0, at) + wrong + key.slice(at + 1))).toBe(false)
    }
  })

  it('that is cut off or embedded is invalid', () => {
    const key = createApiKey()
    for (const text of [key.slice(0, -1), key.slice(1), `${key} `, `${key}x`, ` ${key}`, '']) {
      expect(isApiKey(text)).toBe(false)
    }
  })

  it('is kept as a hash that does not show it', () => {
    const key = createApiKey()
    expect(hashApiKey(key)).toMatch(/^[\w-]{43}$/)
    expect(hashApiKey(key)).toBe(hashApiKey(key))
    expect(hashApiKey(createApiKey())).not.toBe(hashApiKey(key))
  })
})
