import { describe, expect, it } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { partNames, serviceNames } from '../services/index.ts'
import { createAddressList } from '../shared/host/address.ts'

const root = join(import.meta.dir, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const names: string[] = partNames

describe('the stack of compose.yaml', () => {
  it('runs every service in compose.yaml, with a database and secrets of its own', () => {
    const compose = Bun.YAML.parse(read('compose.yaml')) as Compose
    for (const name of serviceNames) {
      const { command, environment, secrets } = compose.services[name] ?? {}
      expect([name, command]).toEqual([name, name])
      const url = `${name}-database-url`
      expect(environment).toMatchObject({ DATABASE_URL_FILE: `/run/secrets/${url}` })
      const sources = secrets?.map(nameOf)
      expect(sources?.filter((source) => source.endsWith('-database-url'))).toEqual([url])
      // Anybody with another's secret can act as it.
      expect(sources?.filter((source) => source.endsWith('-secret'))).toEqual([`${name}-secret`])
      expect(secrets).toContainEqual({ source: `${name}-secret`, target: 'secret' })
      expect(compose['x-environment']).toHaveProperty(
        `${name.toUpperCase()}_URL`,
        `http://${name}:3000`,
      )
    }
    const published = Object.entries(compose.services).filter(
      ([, { ports, profiles }]) => ports && !profiles,
    )
    expect(published.map(([name]) => name)).toEqual(['gateway'])
  })

  it('has any two services of compose.yaml meet in one network', () => {
    const { services } = Bun.YAML.parse(read('compose.yaml')) as Compose
    const networksOf = (name: string) => (services[name]?.networks as string[] | undefined) ?? []
    // By another network a name would stand for an address that is no known caller.
    const all = [...names, 'operator']
    for (const name of all) {
      for (const other of all.filter((one) => one !== name)) {
        const shared = networksOf(name).filter((network) => networksOf(other).includes(network))
        expect([name, other, shared]).toEqual([name, other, ['internal']])
      }
    }
  })

  it('passes every setting on: in compose.yaml by .env, on Kubernetes with its defaults', () => {
    const { services } = Bun.YAML.parse(read('compose.yaml')) as Compose
    const example = [...read('.env.example').matchAll(/^# ([A-Z_]+)=/gm)].map(([, one = '']) => one)
    for (const name of [...names, 'operator']) {
      const { env_file, environment = {} } = services[name] ?? {}
      expect([name, env_file]).toEqual([name, '${SETTINGS:-.env}'])
      // A value given there would override .env, so it reads the same file or is not the
      // operator's.
      const fixed = example.filter((one) => one in environment && !ownOfStack.test(one))
      const asked = fixed.map((one) => [name, one, environment[one]?.startsWith(`\${${one}:-`)])
      expect(asked).toEqual(fixed.map((one) => [name, one, true]))
    }
    const defaults = read('.env.example').matchAll(/^# (\w+_PER_(?:MINUTE|HOUR|DAY))=(.+)$/gm)
    const limits = [...defaults].map(([, name = '', value = '']) => [name, value] as const)
    expect(limits.length).toBeGreaterThan(5)
    const config = Bun.YAML.parse(read('deploy/kubernetes/campus.yaml')) as { data?: object }[]
    const wanted = { SIGN_UP: 'invited', ...Object.fromEntries(limits) }
    expect(config.find(({ data }) => data)?.data).toMatchObject(wanted)
  })

  it('trusts no proxy in compose.yaml except this machine and Caddy', () => {
    const text = read('compose.yaml').replaceAll(/\$\{\w+_NETWORK:-([\d.]+)\}/g, '$1')
    const { services, networks } = Bun.YAML.parse(text) as Compose
    const { gateway, caddy } = services
    const [subnet] = networks.public?.ipam?.config ?? []
    const networksOfCaddy: Addressed = Object(caddy?.networks)
    const ipv4_address = networksOfCaddy['public']?.ipv4_address ?? ''
    expect(gateway?.environment?.['TRUSTED_PROXIES']).toBe(`${subnet?.gateway},${ipv4_address}`)
    // Only this machine connects by that address, and no other container gets Caddy's.
    expect(gateway?.ports?.every((port) => port.startsWith('127.0.0.1:'))).toBe(true)
    expect(createAddressList([subnet?.ip_range ?? ''])(ipv4_address)).toBe(false)
    expect(createAddressList([subnet?.subnet ?? ''])(ipv4_address)).toBe(true)
  })

  it('knows a second gateway for upgrades, which Caddy asks as well', () => {
    const { services } = Bun.YAML.parse(read('compose.yaml')) as Compose
    const { gateway, caddy, 'gateway-next': next } = services
    const { ports, profiles, ...same } = next ?? {}
    const { ports: _, ...first } = gateway ?? {}
    expect<object>(same).toEqual(first)
    expect([profiles, ports]).toEqual([['upgrade'], ['127.0.0.1:${NEXT_PORT:-3001}:3000']])
    expect(caddy?.environment?.['CAMPUS_UPSTREAM']).toBe('gateway:3000 gateway-next:3000')
  })

  it('leaves no child of a health check to PostgreSQL, which would take it for its own', () => {
    const { services } = Bun.YAML.parse(read('compose.yaml')) as Compose
    expect(services['postgres']).toHaveProperty('init', true)
    expect(services['postgres']).toHaveProperty('healthcheck.test.0', 'CMD')
    // Without it that first process is not allowed to tell PostgreSQL to stop.
    expect(services['postgres']?.cap_add).toContain('KILL')
  })

  it('puts load on it with the k6 that load-tests/k6 pins', () => {
    const { services } = Bun.YAML.parse(read('compose.yaml')) as Compose
    const pinned = /^require go\.k6\.io\/k6\/v2 v(.+)$/m.exec(read('load-tests/k6/go.mod'))?.[1]
    expect(services['load']?.image).toBe(`grafana/k6:${pinned}`)
  })

  it('reloads every service of compose.dev.yaml from the source', () => {
    const { services } = Bun.YAML.parse(read('compose.dev.yaml')) as Compose
    expect(Object.keys(services).toSorted()).toEqual(names.toSorted())
    for (const { entrypoint, volumes } of Object.values(services)) {
      expect(entrypoint).toEqual(['bun', '--watch', 'serve.ts'])
      expect(volumes).toContain('./services:/app/services:ro')
      expect(volumes).toContain('./shared:/app/shared:ro')
      expect(volumes).toContain('./packages/store:/app/packages/store:ro')
    }
  })

  it('lets no container of compose.yaml become more, write its disk, or lack a password', () => {
    const compose = Bun.YAML.parse(read('compose.yaml')) as Compose
    for (const [name, container] of Object.entries(compose.services)) {
      const { read_only, cap_drop, cap_add = [], security_opt, secrets, environment } = container
      expect([name, read_only, cap_drop, security_opt]).toEqual([
        name,
        true,
        ['ALL'],
        ['no-new-privileges:true'],
      ])
      expect([name, container.logging?.options]).toEqual([
        name,
        { 'max-size': '10m', 'max-file': '5' },
      ])
      expect([name, cap_add.filter((cap) => !ownUser.has(cap))]).toEqual([name, []])
      // These need no passwords.
      if (!['jaeger', 'mailpit', 'caddy'].includes(name))
        expect([name, secrets?.length]).not.toEqual([name, undefined])
      expect(JSON.stringify(environment ?? {})).not.toMatch(/PASSWORD"|KEY"|:\/\/[^/]*:[^/]*@/)
    }
  })

  it('creates every secret that compose.yaml uses', () => {
    const { secrets, services } = Bun.YAML.parse(read('compose.yaml')) as Compose
    const folder = mkdtempSync(join(tmpdir(), 'campus-secrets-'))
    const made = Bun.spawnSync(['bun', 'operator/secrets.ts', '--at', folder], { cwd: root })
    expect(made.exitCode).toBe(0)
    const files = Object.values(secrets).map(({ file }) => join(folder, file))
    expect(files.filter((file) => !existsSync(file))).toEqual([])
    expect(readdirSync(folder).toSorted()).toEqual(['.env', 'backups', 'deploy'])
    rmSync(folder, { recursive: true })
    const used = Object.values(services).flatMap((service) => (service.secrets ?? []).map(nameOf))
    expect(used.filter((name) => !Object.hasOwn(secrets, name))).toEqual([])
  })
})

// Addresses within the stack, which the operator does not choose.
const ownOfStack =
  /^(HOST|PORT|\w+_URL|ALLOWED_CALLERS|TRUSTED_PROXIES|DRAIN_DELAY_MS|SECRET_FILE)$/

// Capabilities to change owner and user, to signal that user's processes, and to use port 443.
const ownUser = new Set('CHOWN DAC_OVERRIDE FOWNER KILL SETGID SETUID NET_BIND_SERVICE'.split(' '))

type Secret = string | { source: string; target: string }
const nameOf = (secret: Secret) => (typeof secret === 'string' ? secret : secret.source)

type Addressed = Record<string, { ipv4_address?: string }>

interface Compose {
  networks: Record<string, { ipam?: { config: Record<string, string>[] } } | null>
  'x-environment': Record<string, string>
  secrets: Record<string, { file: string }>
  services: Record<
    string,
    {
      image?: string
      command?: string
      read_only?: boolean
      cap_drop?: string[]
      cap_add?: string[]
      security_opt?: string[]
      logging?: { options: object }
      networks?: string[] | Addressed
      env_file?: string
      entrypoint?: string[]
      volumes?: string[]
      environment?: Record<string, string>
      secrets?: Secret[]
      ports?: string[]
      profiles?: string[]
    }
  >
}
