import { describe, expect, it } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { partNames, serviceNames } from '../services/index.ts'
import { createMetrics, gauges } from '../shared/host/metric.ts'

const root = join(import.meta.dir, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const names: string[] = partNames

// Prometheus's own, for each scrape.
const builtIn = 'up'

describe('operations', () => {
  it('names only existing metrics', async () => {
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
    for (const name of names)
      expect(prometheus).toMatch(new RegExp(`names:\\s*\\[[\\w,\\s]*\\b${name}\\b`))
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

  it('runs a single service beside all of them, on the same data and secret', () => {
    for (const name of names) {
      const { scripts } = JSON.parse(read(`services/${name}/package.json`)) as Package
      expect(scripts.dev).toBe(`cd ../.. && bun dev ${name}`)
    }
  })

  // With a second network, a service's address might not be a known caller's.
  it('allows the needed connections between pods on Kubernetes, and denies all others', () => {
    const policies = readManifests('network.yaml').map(({ metadata, spec }) => ({
      name: metadata.name,
      ...(spec as PolicySpec),
    }))
    const matches = ({ matchLabels, matchExpressions }: Selector, app: string) =>
      (matchLabels?.['app'] ?? app) === app &&
      (matchExpressions ?? []).every(({ values }) => values.includes(app))
    const allows = (from: string, to: string) =>
      policies.some(
        ({ podSelector, egress = [] }) =>
          matches(podSelector, from) && podsOf(egress, 'to').some((one) => matches(one, to)),
      ) &&
      policies.some(
        ({ podSelector, ingress = [] }) =>
          matches(podSelector, to) && podsOf(ingress, 'from').some((one) => matches(one, from)),
      )
    const ways = names.flatMap((from) =>
      names.filter((to) => allows(from, to)).map((to) => `${from} → ${to}`),
    )
    const needed = [
      ...serviceNames.map((to) => `gateway → ${to}`),
      ...serviceNames.filter((from) => from !== 'users').map((from) => `${from} → users`),
      'books → ratings',
      ...['users', 'bookings', 'notifications'].map((from) => `${from} → inventory`),
      ...['users', 'inventory', 'notifications'].map((from) => `${from} → bookings`),
      ...['users', 'inventory', 'bookings', 'notifications'].map((from) => `${from} → files`),
      'notifications → courses',
    ]
    expect(ways.toSorted()).toEqual(needed.toSorted())
    const deny = policies.find(({ name }) => name === 'deny-all')
    expect(deny).toEqual({
      name: 'deny-all',
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    })
  })

  it('backs up every database on Kubernetes, unreachable by anything else', () => {
    const job = read('deploy/kubernetes/backup.yaml')
    for (const name of serviceNames) {
      expect(job).toContain(`name: ${name.toUpperCase()}_DATABASE_URL_FILE`)
      expect(job).toContain(`{ key: ${name}-database-url, path: ${name}-database-url }`)
    }
    const policy = readManifests('network.yaml').find(({ metadata }) => metadata.name === 'backup')
    const { egress = [] } = (policy?.spec ?? {}) as PolicySpec
    expect(podsOf(egress, 'to')).toEqual([])
    expect(egress).toHaveLength(2)
  })

  it('trusts no network on Kubernetes beyond those of pods and nodes', () => {
    const texts = [...readManifests('campus.yaml'), ...readManifests('gateway.yaml')]
    const networks = JSON.stringify(texts).matchAll(/\d+\.\d+\.\d+\.\d+\/(\d+)/g)
    const widths = [...networks].map(([network, bits]) => [network, Number(bits) >= 16])
    expect(widths.filter(([network]) => network !== '127.0.0.0/8')).toEqual(
      widths.filter(([, isNarrow]) => isNarrow),
    )
  })

  // A client that connects through a node has its address, and would read the metrics.
  it("hides the gateway's metrics on Kubernetes from clients' networks", () => {
    const gateway = JSON.stringify(readManifests('gateway.yaml'))
    const [, callers = ''] = /"ALLOWED_CALLERS","value":"([^"]+)"/.exec(gateway) ?? []
    expect(callers.split(',').filter((one) => one.includes('/'))).toEqual(['127.0.0.0/8'])
  })

  it('runs every service on Kubernetes, and installs the packages of each in the image', () => {
    const manifests = readdirSync(join(root, 'deploy/kubernetes'))
    for (const name of names) {
      expect(manifests).toContain(`${name}.yaml`)
      expect(read('Dockerfile')).toContain(`COPY services/${name}/package.json services/${name}/`)
      const manifest = read(`deploy/kubernetes/${name}.yaml`)
      expect(manifest).toContain(`args: [${name}]`)
      expect(manifest.match(/\w+-secret,/g)).toEqual([`${name}-secret,`])
      const kinds = readManifests(`${name}.yaml`).map(({ kind }) => kind)
      expect(kinds).toEqual(
        expect.arrayContaining(['Deployment', 'Service', 'PodDisruptionBudget']),
      )
      // Migrations may take longer than a liveness probe allows.
      expect(manifest).toContain('startupProbe:')
    }
    const [base] = readManifests('kustomization.yaml') as unknown as { resources: string[] }[]
    const others = new Set(['kustomization.yaml', 'README.md'])
    expect(base?.resources.toSorted()).toEqual(
      manifests.filter((one) => !others.has(one)).toSorted(),
    )
  })
})

interface Alerts {
  groups: {
    rules: { expr: string; annotations: { summary: string; action: string } }[]
  }[]
}

interface Manifest {
  kind: string
  metadata: { name: string }
  spec?: unknown
}

interface Selector {
  matchLabels?: Record<string, string>
  matchExpressions?: { values: string[] }[]
}

type Peers = Partial<
  Record<'from' | 'to', { podSelector?: Selector; namespaceSelector?: Selector }[]>
>

interface PolicySpec {
  podSelector: Selector
  policyTypes: string[]
  ingress?: Peers[]
  egress?: Peers[]
}

function readManifests(name: string): Manifest[] {
  return [Bun.YAML.parse(read(`deploy/kubernetes/${name}`))].flat() as Manifest[]
}

/** Pods of the same namespace. */
function podsOf(rules: Peers[], side: 'from' | 'to'): Selector[] {
  return rules.flatMap((rule) =>
    (rule[side] ?? []).flatMap(({ podSelector, namespaceSelector }) =>
      podSelector && !namespaceSelector ? [podSelector] : [],
    ),
  )
}

interface Package {
  scripts: { dev: string }
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
