import { describe, expect, it } from 'bun:test'
import { createKnownAddresses } from './known-addresses.ts'

describe('addresses by name', () => {
  it('are the current ones of the name, besides the ranges', async () => {
    const zone: Record<string, string[] | string> = { 'gateway.campus': ['10.0.0.7', 'fd00::7'] }
    const callers = createKnownAddresses(['127.0.0.0/8', 'gateway.campus'], async (name) => {
      const answer = zone[name]
      if (Array.isArray(answer)) return answer
      throw Object.assign(new Error(name), { code: answer })
    })
    const known = (...addresses: string[]) => addresses.map(callers.has)
    expect(known('127.0.0.1', '10.0.0.7')).toEqual([true, false])
    await callers.refresh?.()
    expect(known('127.0.0.1', '10.0.0.7', '::ffff:10.0.0.7', 'fd00::7')).toEqual(
      Array(4).fill(true),
    )
    zone['gateway.campus'] = 'EAI_AGAIN'
    await callers.refresh?.()
    expect(known('10.0.0.7')).toEqual([true])
    zone['gateway.campus'] = ['10.0.0.8']
    await callers.refresh?.()
    expect(known('10.0.0.7', '10.0.0.8')).toEqual([false, true])
    zone['gateway.campus'] = 'ENOTFOUND'
    await callers.refresh?.()
    expect(known('127.0.0.1', '10.0.0.8')).toEqual([true, false])
  })

  it('are not looked up without names, and a malformed address is not a name', () => {
    expect(createKnownAddresses(['10.0.0.0/8', '::1']).refresh).toBeUndefined()
    for (const entry of ['10.0.0.0/33', '10.0.0', '10.0.0/8', 'gateway/24', '-a', 'fd00::/129']) {
      expect(() => createKnownAddresses([entry])).toThrow(entry)
    }
  })
})
