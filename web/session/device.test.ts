import { expect, it } from 'bun:test'
import { describeDevice } from './device.ts'

const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36'
const safari = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0'
const iPhone = '(iPhone; CPU iPhone OS 18_6 like Mac OS X)'

it('names the browser and system of a login', () => {
  const devices = {
    'Chrome, Windows': `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome}`,
    'Edge, Windows': `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Edg/143.0.0.0`,
    'Chrome, Android': `Mozilla/5.0 (Linux; Android 10; K) ${chrome}`,
    'Chrome, Linux': `Mozilla/5.0 (X11; Linux x86_64) ${chrome}`,
    'Firefox, Linux': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
    'Safari, iOS': `Mozilla/5.0 ${iPhone} ${safari} Mobile/15E148 Safari/604.1`,
    'Safari, macOS': `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${safari} Safari/605.1.15`,
  }
  for (const [name, userAgent] of Object.entries(devices)) {
    expect(describeDevice(userAgent)).toBe(name)
  }
})

it('leaves other clients unchanged', () => {
  for (const userAgent of ['curl/8.5.0', '', 'a lost phone']) {
    expect(describeDevice(userAgent)).toBe(userAgent)
  }
})
