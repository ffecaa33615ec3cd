import { describe, expect, it } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from './config.ts'
import { Settings } from './setting.ts'

const services = ['users', 'inventory']
const read = (environment: Record<string, string>) => readConfig(environment, services)

describe('configuration', () => {
  it('works without settings', () => {
    const config = read({})
    expect(config).toMatchObject({ HOST: '127.0.0.1', sampleData: true })
    expect(config.databaseUrl('inventory')).toBe('sqlite:data/inventory.sqlite')
    expect(config.serviceUrls('inventory')).toBeUndefined()
  })

  it('gives each service its database, or a separately configured one', () => {
    const config = read({
      DATABASE_URL: 'postgres://db.example:5432/{service}',
      USERS_DATABASE_URL: 'sqlite:/tmp/users.sqlite',
    })
    expect(config.databaseUrl('inventory')).toBe('postgres://db.example:5432/inventory')
    expect(config.databaseUrl('users')).toBe('sqlite:/tmp/users.sqlite')
  })

  it('fills an empty system with samples, except in production', () => {
    expect(read({ NODE_ENV: 'production' }).sampleData).toBe(false)
    expect(read({ NODE_ENV: 'production', SAMPLE_DATA: 'true' }).sampleData).toBe(true)
    expect(read({ SAMPLE_DATA: 'false' }).sampleData).toBe(false)
  })

  it('opens sign-up with sample data, unless set', () => {
    const mode = (environment: Record<string, string>) => read(environment).SIGN_UP
    expect(mode({})).toBe('open')
    expect(mode({ SAMPLE_DATA: 'false' })).toBe('invited')
    expect(mode({ NODE_ENV: 'production' })).toBe('invited')
    expect(mode({ NODE_ENV: 'production', SIGN_UP: 'open' })).toBe('open')
    const domain = { SIGN_UP: 'domain', SIGN_UP_DOMAINS: 'a.example , b.example' }
    expect(read(domain).SIGN_UP_DOMAINS).toEqual(['a.example', 'b.example'])
    expect(messageOf(() => read({ SIGN_UP: 'domain' }))).toContain('SIGN_UP_DOMAINS')
  })

  it('names further settings that mail needs, without its password', () => {
    const SMTP_URL = 'smtp://campus:hunter2@mail.example:587'
    expect(messageOf(() => read({ SMTP_URL }))).toContain('MAIL_FROM')
    const production = { SMTP_URL, MAIL_FROM: 'campus@org.example', NODE_ENV: 'production' }
    expect(messageOf(() => read(production))).toContain('PUBLIC_URL')
    const bad = messageOf(() => read({ SMTP_URL: 'http://campus:hunter2@mail.example' }))
    expect(bad).toContain('SMTP_URL')
    expect(bad).not.toContain('hunter2')
    const PUBLIC_URL = 'https://campus.example/'
    expect(read({ ...production, PUBLIC_URL })).toMatchObject({
      PUBLIC_URL: 'https://campus.example',
      smtp: { url: SMTP_URL, from: 'campus@org.example' },
    })
    for (const path of ['https://campus.example/app', 'https://u@campus.example']) {
      expect(messageOf(() => read({ PUBLIC_URL: path }))).toContain('PUBLIC_URL')
    }
  })

  it('lists every bad variable at once, and no valid one', () => {
    const bad = { PORT: '70000', DATABASE_URL: 'mysql://x', LOG_LEVEL: 'loud', HOST: '0.0.0.0' }
    const message = messageOf(() => read({ ...bad, INVENTORY_URL: 'inventory:3002' }))
    for (const name of ['PORT', 'DATABASE_URL', 'LOG_LEVEL', 'INVENTORY_URL']) {
      expect(message).toContain(name)
    }
    expect(message).not.toContain('HOST')
  })

  it('knows time zones by the names of the IANA database', () => {
    expect(read({ TIME_ZONE: 'Europe/Berlin' }).TIME_ZONE).toBe('Europe/Berlin')
    const code = `import { readConfig } from '${import.meta.dir}/config.ts'
      console.log(readConfig({}, []).TIME_ZONE)`
    const machine = Bun.spawnSync([process.execPath, '-e', code], { env: { TZ: 'Asia/Tokyo' } })
    expect(machine.stdout.toString()).toBe('Asia/Tokyo\n')
    for (const bad of ['Berlin', '+01:00', 'CEST+2']) {
      expect(messageOf(() => read({ TIME_ZONE: bad }))).toContain('TIME_ZONE')
    }
  })

  it('treats an empty variable as absent', () => {
    expect(read({ PORT: '', INVENTORY_URL: '' }).PORT).toBeUndefined()
  })

  it('reads a secret from a file, and says which file cannot be read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'campus-config-'))
    const file = join(folder, 'url')
    await Bun.write(file, 'postgres://users:secret@db.example/users\n')
    const named = { USERS_DATABASE_URL_FILE: file }
    expect(read(named).databaseUrl('users')).toBe('postgres://users:secret@db.example/users')
    expect(read(named).databaseUrl('inventory')).toBe('sqlite:data/inventory.sqlite')
    const missing = { ADMIN_PASSWORD_FILE: join(folder, 'none') }
    expect(messageOf(() => read(missing))).toMatch(/ADMIN_PASSWORD_FILE=.*none.*ENOENT/)
    const both = { ...named, USERS_DATABASE_URL: 'sqlite:/tmp/users.sqlite' }
    expect(messageOf(() => read(both))).toContain('USERS_DATABASE_URL_FILE are both set')
    await rm(folder, { recursive: true })
  })

  it('never shows a secret that is bad', () => {
    const secrets = { SECRET: 'too short', ADMIN_PASSWORD: 'short', DATABASE_URL: 'mysql://a:pw@b' }
    const message = messageOf(() => read(secrets))
    for (const [name, value] of Object.entries(secrets)) {
      expect(message).toContain(name)
      expect(message).not.toContain(value)
    }
  })

  it('accepts several addresses of one service', () => {
    const { serviceUrls } = read({ USERS_URL: 'http://one:3001, http://two:3001' })
    expect(serviceUrls('users')).toEqual(['http://one:3001', 'http://two:3001'])
  })

  it('is completely described in .env.example', async () => {
    const example = await Bun.file(`${import.meta.dir}/../../.env.example`).text()
    for (const name of Object.keys(Settings.properties)) {
      expect(example).toMatch(new RegExp(`^# ${name}=`, 'm'))
    }
  })
})

function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return (error as Error).message
  }
  return ''
}
