import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { requireOk, unreachable } from '../../packages/client/src/problem.ts'
import { api, ask } from '../api.ts'
import { campus } from '../campus.ts'
import { formatNumber, t, withTexts } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { useQuery } from '../query.ts'
import { path } from '../router.ts'
import { Loaded } from '../ui/state.tsx'
import { compare, readSnapshot, type Rates, type Snapshot } from './metrics.ts'
import { SecurityPage } from './security-page.tsx'
import { systemTexts } from './texts.ts'

const Webhooks = lazy(() => import('../webhooks/page.tsx').then(({ load: it }) => it()))
const Mails = lazy(() => import('../notifications/mails-page.tsx').then(({ load: it }) => it()))
const Chart = lazy(() => import('./chart.tsx').then(({ Chart }) => Chart))

const lookEvery_ms = 3000
// Ten minutes.
const ratesMax = 200

function System() {
  const [, , part] = path.value.split('/')
  if (part === 'security') return <SecurityPage />
  if (part === 'mails') return <Mails />
  return part === 'webhooks' ? <Webhooks /> : <StatePage />
}

/** The state of the system: services, requests, and that no bookings overlap. */
function StatePage() {
  const looks = useSignal(0)
  useEffect(() => {
    const timer = setInterval(() => document.hidden || looks.value++, lookEvery_ms)
    return () => clearInterval(timer)
  }, [])
  return (
    <>
      <header class="page-head">
        <h1>{t('page.system')}</h1>
        <div class="cluster">
          <a class="button" href="/system/security">
            {t('security.title')}
          </a>
          <a class="button" href="/system/mails">
            {t('system.mails')}
          </a>
          <a class="button" href="/system/webhooks">
            {t('system.webhooks')}
          </a>
          <a class="button" href="/swagger">
            {t('system.docs')}
          </a>
        </div>
      </header>
      <Services look={looks.value} />
      <Traffic look={looks.value} />
      <Audit look={looks.value} />
    </>
  )
}

interface Readiness {
  status: string
  checks: Record<string, string>
}

function Services({ look }: { look: number }) {
  // 503 is a valid response here: it says what fails.
  const ready = useQuery(`ready ${look}`, async () => {
    const response = await fetch('/readyz').catch((error: unknown) => {
      throw unreachable(error)
    })
    return (await response.json()) as Readiness
  })
  return (
    <Loaded query={ready}>
      {({ checks }) => (
        <ul class="cluster" aria-label={t('system.services')}>
          {Object.entries(checks).map(([name, state]) => (
            <li key={name} class={`badge ${state === 'ok' ? 'good' : 'bad'}`}>
              {name}: {state}
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  )
}

async function readMetrics(): Promise<string> {
  return (await requireOk(await campus.fetch('/metrics', { isWhole: true }))).text()
}

function Traffic({ look }: { look: number }) {
  const rates = useSignal<Rates[]>([])
  const before = useSignal<Snapshot | undefined>(undefined)
  const snapshot = useQuery(`metrics ${look}`, async () => {
    const taken = readSnapshot(await readMetrics(), Date.now())
    const found = before.value && compare(before.value, taken)
    before.value = taken
    if (found) rates.value = [...rates.value, found].slice(-ratesMax)
    return taken
  })
  const times = rates.value.map(({ at }) => at)
  const pick = (read: (rate: Rates) => number | undefined) => rates.value.map(read)
  return (
    <Loaded query={snapshot}>
      {() => (
        <div class="columns">
          <Chart
            title={t('system.requests')}
            unit="/s"
            times={times}
            lines={[
              {
                label: t('system.requests'),
                colour: '--accent',
                values: pick((rate) => rate.requestsPerSecond),
              },
              {
                label: t('system.errors'),
                colour: '--bad',
                values: pick((rate) => rate.errorsPerSecond),
              },
            ]}
          />
          <Chart
            title={t('system.latency')}
            unit="ms"
            times={times}
            lines={[
              {
                label: t('system.median'),
                colour: '--accent',
                values: pick((rate) => rate.median_ms),
              },
              { label: t('system.p99'), colour: '--warn', values: pick((rate) => rate.p99_ms) },
            ]}
          />
        </div>
      )}
    </Loaded>
  )
}

function Audit({ look }: { look: number }) {
  const audit = useQuery(`audit ${look}`, () => ask(api.inventory.allocations.audit.get()))
  return (
    <section class="stack">
      <h2>{t('system.audit')}</h2>
      <p class="soft">{t('system.audit_text')}</p>
      <Loaded query={audit}>
        {({ resources, allocations, overlaps, constraint }) => (
          <dl class="figures">
            <Figure name={t('system.resources')} value={formatNumber(resources)} />
            <Figure name={t('system.allocations')} value={formatNumber(allocations)} />
            <Figure name={t('system.overlaps')} value={formatNumber(overlaps)} />
            <Figure
              name={t('system.constraint')}
              value={t(constraint ? 'system.on' : 'system.off')}
            />
          </dl>
        )}
      </Loaded>
    </section>
  )
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

export const load = () => withTexts(System, systemTexts)
