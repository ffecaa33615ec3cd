import type { PolicyRules, Weekday } from '../../shared/schemas/policy.ts'
import { createDatabase, dropDatabase, startPostgres } from '../../shared/testing/postgres.ts'
import { createResources, expectBody } from '../harness/request.ts'
import { startSplitSystem } from '../harness/split-system.ts'
import { withBench, type Bench } from './bench.ts'
import { makeCars } from './cars.ts'
import { booking, compare, overHttp, type Contestant } from './compare.ts'
import { toMeasurement, type Measurement, type Row } from './row.ts'

/** The cost of people, rules and a second service, against plain bookings on the same system. */
export const policyRows: Row[] = [
  {
    name: 'policy',
    what: 'SQLite: bookings with a policy in one process, against plain ones',
    goal: { bound: 'at least', value: 0.3, unit: '' },
    measure: () => withBench(async (bench) => againstPlain((await bench.start([])).url)),
  },
  {
    name: 'pg-policy',
    what: 'PostgreSQL: the same',
    goal: { bound: 'at least', value: 0.3, unit: '' },
    measure: () => withBench(onPostgres),
  },
  {
    name: 'policy-split',
    what: 'SQLite: the same, each service in a process of its own',
    goal: { bound: 'at least', value: 0.25, unit: '' },
    measure: () => withBench(inProcesses),
  },
  {
    name: 'rules',
    what: 'SQLite: bookings with 100 rules and 100 policies, against nine and one',
    goal: { bound: 'at least', value: 0.5, unit: '' },
    measure: () => withBench(withManyRules),
  },
]

// The load books 08:00 to 20:00 of any day.
const rules: PolicyRules = {
  time_zone: 'UTC',
  opening_hours: [
    { days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], from: '06:00', to: '22:00' },
    { days: ['saturday', 'sunday'], from: '08:00', to: '20:00' },
  ],
  closed: ['2027-12-25', '2027-12-26'],
  minimum_duration: 'PT1M',
  maximum_duration: 'P7D',
  granularity: 'PT1M',
  minimum_notice: 'PT1H',
  approval: { when: 'longer_than', duration: 'P1D' },
  cancel_until: 'PT2H',
}

async function onPostgres(bench: Bench): Promise<Measurement> {
  const server = await startPostgres()
  bench.keep(() => server.stop())
  const database = await createDatabase(server.url)
  bench.keep(() => dropDatabase(server.url, database))
  const { url } = await bench.start([], { DATABASE_URL: `${database}?search_path={service}` })
  return againstPlain(url)
}

async function inProcesses(bench: Bench): Promise<Measurement> {
  const system = await startSplitSystem(bench.environmentFor())
  bench.keep(system.kill)
  return againstPlain(system.url)
}

async function againstPlain(url: string): Promise<Measurement> {
  const contestants = [
    await underPolicy('with a policy', url),
    overHttp('plain', url, await makeCars(url)),
  ]
  return toMeasurement(await compare(contestants))
}

async function withManyRules(bench: Bench): Promise<Measurement> {
  const [many, few] = [await bench.start([]), await bench.start([])]
  const contestants = [
    await underPolicy('with 100 rules', many.url, manyRules),
    await underPolicy('with nine', few.url),
  ]
  return toMeasurement(await compare(contestants))
}

/** @param more replaces some of the rules; resources then have policies too */
async function underPolicy(name: string, url: string, more?: PolicyRules): Promise<Contestant> {
  const paths = await createResources(url, 1000, 'trucks')
  await setPolicy(url, { type: 'Truck', rules: { ...rules, ...more } })
  for (const path of more ? paths.slice(0, 99) : []) {
    const resource_id = path.split('/')[3]
    await setPolicy(url, { resource_id, rules: { maximum_duration: 'P2D' } })
  }
  return booking(name, { url, paths, what: 'booking' })
}

async function setPolicy(url: string, body: object): Promise<void> {
  await expectBody('POST', `${url}/api/policies`, { body })
}

const weekdays: Weekday[] = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
]

// 49 opening hours and 44 grants.
const manyRules: PolicyRules = {
  opening_hours: weekdays.flatMap((day) =>
    Array.from({ length: 7 }, (_, at) => {
      const hour = (count: number) => `${String(6 + 2 * count).padStart(2, '0')}:00`
      return { days: [day], from: hour(at), to: hour(at + 1) }
    }),
  ),
  rights: [
    ...Array.from({ length: 43 }, () => ({ group: Bun.randomUUIDv7(), may: 'manage' as const })),
    { group: null, may: 'book' },
  ],
}
