import { describe, expect, it } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serviceNames } from '../services/index.ts'
import { createMetrics, gauges } from '../shared/metric.ts'

const root = join(import.meta.dir, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const names = ['gateway', ...serviceNames]

// Prometheus's own, of each scrape.
const builtIn = 'up'

describe('what operators are given', () => {
  it('names no metric that is not there', async () => {
    const known = await listMetrics()
    const used = [...readExpressions(), read('docs/operations/alerts.yaml')].flatMap((text) => [
      ...text.matchAll(/\b(?:campus|http|process|nodejs)_\w+/g),
    ])
    expect(used.length).toBeGreaterThan(10)
    const unknown = used.map(([name]) => name).filter((name) => !known.has(name))
    expect(unknown).toEqual([])
  })

  it('watches every service', () => {
    const prometheus = read('docs/operations/prometheus.yaml')
    for (const name of names) expect(prometheus).toMatch(new RegExp(`names: \\[.*\\b${name}\\b`))
  })

  it('has every rule say what to do', () => {
    const { groups } = Bun.YAML.parse(read('docs/operations/alerts.yaml')) as Alerts
    const rules = groups.flatMap((group) => group.rules)
    expect(rules.length).toBeGreaterThan(5)
    for (const { expr, annotations } of rules) {
      expect(expr).toMatch(new RegExp(`\\b(?:${builtIn}|campus_|http_|process_|nodejs_)`))
      expect(annotations.summary.length * annotations.action.length).toBeGreaterThan(0)
    }
  })

  it('runs every service in compose.yaml, with a database and secrets of its own', () => {
    const compose = Bun.YAML.parse(read('compose.yaml')) as Compose
    for (const name of serviceNames) {
      const { command, environment, secrets } = compose.services[name] ?? {}
      expect([name, command]).toEqual([name, name])
      const url = `${name}-database-url`
      expect(environment).toMatchObject({ DATABASE_URL_FILE: `/run/secrets/${url}` })
      const sources = secrets?.map((secret) =>
        typeof secret === 'string' ? secret : secret.source,
      )
      expect(sources?.filter((source) => source.endsWith('-database-url'))).toEqual([url])
      // Whoever has the secret of another can act as it.
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

  it('runs every service on Kubernetes, and installs the packages of each in the image', () => {
    const manifests = readdirSync(join(root, 'deploy/kubernetes'))
    for (const name of names) {
      expect(manifests).toContain(`${name}.yaml`)
      expect(read('Dockerfile')).toContain(`COPY services/${name}/package.json services/${name}/`)
      const manifest = read(`deploy/kubernetes/${name}.yaml`)
      expect(manifest).toContain(`args: [${name}]`)
      expect(manifest.match(/\w+-secret,/g)).toEqual([`${name}-secret,`])
    }
  })
})

interface Alerts {
  groups: {
    rules: { expr: string; annotations: { summary: string; action: string } }[]
  }[]
}

interface Compose {
  'x-environment': Record<string, string>
  services: Record<
    string,
    {
      command?: string
      environment?: Record<string, string>
      secrets?: (string | { source: string; target: string })[]
      ports?: string[]
      profiles?: string[]
    }
  >
}

async function listMetrics(): Promise<Set<string>> {
  const metrics = createMetrics()
  metrics.observe({ method: 'GET', route: '/', status: 200, seconds: 0.1 })
  metrics.taskFailed('any')
  for (const name in gauges) metrics.gauge(name as keyof typeof gauges, {}, () => 1)
  const lines = (await metrics.text()).split('\n')
  return new Set(lines.flatMap((line) => /^[a-z]\w+/.exec(line)?.[0] ?? []))
}

function readExpressions(): string[] {
  const dashboard = JSON.parse(read('docs/operations/dashboard.json')) as {
    panels: { targets: { expr: string }[] }[]
  }
  return dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
}
