import { describe, expect, it } from 'bun:test'
import { createAddressList } from './address.ts'

describe('address lists', () => {
  it('matches its ranges, including IPv4-mapped IPv6', () => {
    const has = createAddressList(['10.1.0.0/16', '::1/128', 'fd00::/8', '192.0.2.7'])
    for (const address of ['10.1.255.255', '::1', 'fd12::1', '192.0.2.7', '::ffff:10.1.2.3']) {
      expect(has(address)).toBe(true)
    }
    for (const address of ['10.2.0.0', '::2', 'fe80::1', '192.0.2.8', '::ffff:10.2.0.1']) {
      expect(has(address)).toBe(false)
    }
  })

  it('names an invalid range', () => {
    for (const range of ['10.0.0.0/33', 'fd00::/129', 'localhost', '10.0.0/8', '10.0.0.0/x']) {
      expect(() => createAddressList([range])).toThrow(range)
    }
  })
})
