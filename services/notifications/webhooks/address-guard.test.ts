import { describe, expect, it } from 'bun:test'
import { createAddressGuard, type Resolve } from './address-guard.ts'

const open = createAddressGuard([])
const faultOf = (url: string) => open.findFault(url)

describe('the URL of a webhook', () => {
  it('is https, without a password, to a possibly public address', () => {
    for (const url of [
      'https://hooks.example.com/campus?of=us',
      'https://hooks.example.com:8443',
      'https://1.1.1.1/a',
      'https://[2606:4700::1111]/a',
    ]) {
      expect([url, faultOf(url)]).toEqual([url, undefined])
    }
  })

  it('is refused with what is wrong with it', () => {
    const refused: [string, RegExp][] = [
      ['hooks.example.com', /^must begin with https/],
      ['ftp://hooks.example.com', /^must begin with https/],
      ['file:///etc/passwd', /^must begin with https/],
      ['http://hooks.example.com', /^must begin with https.*WEBHOOK_ALLOWED_NETWORKS/],
      ['https://anna:secret@hooks.example.com', /no user name and no password/],
      ['https://secret@hooks.example.com', /no user name and no password/],
      ['https://hooks.example.com/#part', /never sent/],
    ]
    for (const [url, fault] of refused) expect(faultOf(url)).toMatch(fault)
  })

  it('leads to no private address, in any notation', () => {
    for (const host of [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f.0.0.1',
      '0177.0.0.1',
      '0x7f000001',
      '127.0.0.1.',
      '１２７.0.0.1',
      '0',
      '0.0.0.0',
      '10.0.0.1',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '192.0.0.8',
      '192.0.2.1',
      '198.18.0.1',
      '203.0.113.1',
      '224.0.0.1',
      '240.0.0.1',
      '255.255.255.255',
      '[::]',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::ffff:10.0.0.1]',
      '[::7f00:1]',
      '[64:ff9b::10.0.0.1]',
      '[64:ff9b:1::10.0.0.1]',
      '[2002:a00:1::]',
      '[2001::1]',
      '[2001:db8::1]',
      '[100::1]',
      '[fc00::1]',
      '[fd12:3456::1]',
      '[fe80::1]',
      '[fec0::1]',
      '[ff02::1]',
    ]) {
      expect([host, faultOf(`https://${host}/`)]).toEqual([
        host,
        expect.stringContaining('not a public address'),
      ])
    }
  })
})

describe('the address of a webhook', () => {
  const find = (url: string, answers: Record<string, string[]>, networks: string[] = []) => {
    const resolve: Resolve = async (name) => {
      const found = answers[name]
      if (!found) throw new Error('ENOTFOUND')
      return found
    }
    const guard = createAddressGuard(networks, resolve)
    return guard.findAddresses(new URL(url)).then(
      (found) => found.join(' '),
      (error: Error) => error.message,
    )
  }

  it('belongs to the name, and is allowed', async () => {
    const names = {
      'public.example': ['1.1.1.1'],
      'both.example': ['10.0.0.1', '2606:4700::1111', '::1', '1.1.1.1'],
      'inside.example': ['10.0.0.1', '127.0.0.1', '::ffff:10.0.0.1', 'fe80::1%eth0', 'nonsense'],
      'nothing.example': [],
    }
    expect(await find('https://public.example', names)).toBe('1.1.1.1')
    expect(await find('https://both.example', names)).toBe('2606:4700::1111 1.1.1.1')
    expect(await find('https://inside.example', names)).toBe('address_not_allowed')
    expect(await find('https://nothing.example', names)).toBe('address_not_allowed')
    expect(await find('https://unknown.example', names)).toBe('name_not_found')
  })

  it('may be private, and reached by http, in listed networks', async () => {
    const names = { 'inside.example': ['10.1.2.3'], 'public.example': ['1.1.1.1'] }
    const networks = ['10.1.0.0/16', 'fd00::/8', '192.168.1.7']
    expect(await find('http://inside.example', names, networks)).toBe('10.1.2.3')
    expect(await find('https://inside.example', names, networks)).toBe('10.1.2.3')
    expect(await find('http://public.example', names, networks)).toBe('http_not_allowed')
    expect(await find('https://10.2.0.1', names, networks)).toBe('address_not_allowed')
    expect(await find('http://[fd00::7]', names, networks)).toBe('fd00::7')
    expect(await find('http://[::ffff:10.1.0.1]', names, networks)).toBe('10.1.0.1')
    expect(await find('http://192.168.1.7', names, networks)).toBe('192.168.1.7')
    expect(await find('http://192.168.1.8', names, networks)).toBe('address_not_allowed')
    const guard = createAddressGuard(networks)
    expect(guard.findFault('http://inside.example/')).toBeUndefined()
    expect(guard.findFault('http://1.1.1.1/')).toContain('by https')
  })

  it('is judged by a list that must be valid', () => {
    for (const range of ['10.0.0.0/33', '10/8', 'inside', '::1/129']) {
      expect(() => createAddressGuard([range])).toThrow(`WEBHOOK_ALLOWED_NETWORKS: ${range}`)
    }
  })
})
