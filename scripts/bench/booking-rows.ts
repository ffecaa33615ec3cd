import { join } from 'node:path'
import { median } from '../harness/figure.ts'
import { readAudit } from '../harness/request.ts'
import { makeCars } from './cars.ts'
import { compare, overHttp, overPeer, type Contestant } from './compare.ts'
import { fillTable } from './filled-table.ts'
import { startFlask } from './flask.ts'
import { buildGoProgram } from './go-program.ts'
import { startPeer } from './peer.ts'
import { notRun, toMeasurement, type Measurement, type Row } from './row.ts'
import { withBench, type Bench } from './bench.ts'

const pocketBaseSource = join(import.meta.dir, '../../load-tests/peers/pocketbase')

/** Booking rates on SQLite, each booking durable before its response, against its peers. */
export const bookingRows: Row[] = [
  {
    name: 'durable',
    what: 'durable creates, against the same service without a database',
    goal: { bound: 'at least', value: 0.6, unit: '' },
    measure: () => withBench(againstCeiling),
  },
  {
    name: 'gateway',
    what: 'through the gateway in one process, against direct',
    goal: { bound: 'at least', value: 0.75, unit: '' },
    measure: () => withBench(throughGateway),
  },
  {
    name: 'split',
    what: 'through the gateway in a process of its own, against direct',
    goal: { bound: 'at least', value: 0.75, unit: '' },
    measure: () => withBench(throughSplitGateway),
  },
  {
    name: 'flask',
    what: 'against Flask, SQLAlchemy, SQLite and gunicorn',
    goal: { bound: 'at least', value: 80, unit: '×' },
    measure: () => withBench(againstFlask),
  },
  {
    name: 'pocketbase',
    what: 'against PocketBase with a hook that refuses overlaps and `synchronous=FULL`',
    goal: { bound: 'at least', value: 20, unit: '×' },
    measure: () => withBench(againstPocketBase),
  },
  {
    name: 'hot',
    what: 'all on one resource, against spread over 1,000',
    goal: { bound: 'at least', value: 0.9, unit: '' },
    measure: () => withBench(onOneResource),
  },
  {
    name: 'million',
    what: 'with 1,000,000 rows in the table, against 10,000',
    goal: { bound: 'at least', value: 0.9, unit: '' },
    measure: () => withBench(inLargeTable),
  },
  {
    name: 'pauses',
    what: 'the p99 of 10 s with 1,000,000 rows in the table, against 10,000',
    goal: { bound: 'at most', value: 1.5, unit: '×' },
    measure: () => withBench(inLargeTableForLong),
  },
  {
    name: 'traced',
    what: 'with one request in ten traced by OTLP, against none',
    goal: { bound: 'at least', value: 0.9, unit: '' },
    measure: () => withBench(withTraces),
  },
]

async function againstCeiling(bench: Bench): Promise<Measurement> {
  const { url } = await bench.start(['users', 'inventory'])
  const ceiling = await bench.startScript('without-database')
  const echo = await bench.startScript('echo')
  const paths = await makeCars(url)
  const contestants = [
    overHttp('durable', url, paths),
    overHttp('no database', ceiling.url, paths),
    overPeer('bare Elysia echo', echo.url, paths),
  ]
  return toMeasurement(await compare(contestants))
}

async function throughGateway(bench: Bench): Promise<Measurement> {
  const all = await bench.start([])
  const direct = await bench.start(['users', 'inventory'])
  const contestants = [
    overHttp('in one process', all.url, await makeCars(all.url)),
    overHttp('direct', direct.url, await makeCars(direct.url)),
  ]
  return toMeasurement(await compare(contestants))
}

async function throughSplitGateway(bench: Bench): Promise<Measurement> {
  const direct = await bench.start(['users', 'inventory'])
  const gateway = await bench.start(['gateway'], {
    USERS_URL: direct.url,
    INVENTORY_URL: direct.url,
  })
  const paths = await makeCars(direct.url)
  const contestants = [
    overHttp('through the gateway', gateway.url, paths),
    overHttp('direct', direct.url, paths),
  ]
  return toMeasurement(await compare(contestants))
}

async function againstPocketBase(bench: Bench): Promise<Measurement> {
  const program = await buildGoProgram('pocketbase', pocketBaseSource)
  if (typeof program !== 'string') return notRun(program.why)
  const environment = { DATA_FOLDER: `${bench.folder}/pocketbase` }
  const pocketBase = await startPeer({ command: [program], environment })
  bench.keep(pocketBase.stop)
  const { url } = await bench.start(['users', 'inventory'])
  const paths = Array.from({ length: 1000 }, (_, car) => `/api/cars/${car + 1}/allocations`)
  const contestants = [
    overHttp('Campus', url, await makeCars(url)),
    overPeer('PocketBase', pocketBase.url, paths),
  ]
  return toMeasurement(await compare(contestants))
}

async function againstFlask(bench: Bench): Promise<Measurement> {
  const flask = await startFlask(bench.folder)
  if (typeof flask === 'string') return notRun(flask)
  bench.keep(flask.stop)
  const { url } = await bench.start(['users', 'inventory'])
  const flaskPaths = Array.from({ length: 1000 }, (_, car) => `/api/cars/${car + 1}/allocations`)
  const contestants = [
    overHttp('Campus', url, await makeCars(url)),
    overPeer('Flask', flask.url, flaskPaths),
  ]
  return toMeasurement(await compare(contestants))
}

async function onOneResource(bench: Bench): Promise<Measurement> {
  const { url } = await bench.start(['users', 'inventory'])
  const paths = await makeCars(url)
  const contestants = [
    overHttp('one resource', url, paths.slice(0, 1)),
    overHttp('spread', url, paths),
  ]
  return toMeasurement(await compare(contestants))
}

async function inLargeTable(bench: Bench): Promise<Measurement> {
  const large = await startFilled(bench, 1_000_000)
  const small = await startFilled(bench, 10_000)
  return toMeasurement(await compare([large, small]))
}

// Long enough for several checkpoints, which copy more pages the larger the table is.
const long_ms = 10_000
const longRounds = 3

async function inLargeTableForLong(bench: Bench): Promise<Measurement> {
  const contestants = [await startFilled(bench, 1_000_000), await startFilled(bench, 10_000)]
  const p99s: number[][] = []
  for (let round = 0; round < longRounds; round++) {
    for (const [at, { load, reset }] of contestants.entries()) {
      const { p99_ms } = await load(long_ms)
      ;(p99s[at] ??= []).push(p99_ms)
      await reset?.()
    }
  }
  const [large = NaN, small = NaN] = p99s.map(median)
  const notes = contestants.map(
    ({ name }, at) => `${name} ${p99s[at]?.map((p99) => p99.toFixed(1)).join(', ')} ms`,
  )
  return { value: large / small, notes }
}

async function withTraces(bench: Bench): Promise<Measurement> {
  const collector = await bench.startScript('collector')
  const traced = await bench.start([], {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER_ARG: '0.1',
  })
  const plain = await bench.start([])
  const contestants = [
    overHttp('traced', traced.url, await makeCars(traced.url)),
    overHttp('not traced', plain.url, await makeCars(plain.url)),
  ]
  const measurement = toMeasurement(await compare(contestants))
  const received = Number(await (await fetch(`${collector.url}/count`)).text())
  return received > 0 ? measurement : notRun('the collector received no traces')
}

async function startFilled(bench: Bench, rows: number): Promise<Contestant> {
  const file = `${bench.folder}/${rows}.sqlite`
  const { url } = await bench.start(['users', 'inventory'], {
    INVENTORY_DATABASE_URL: `sqlite:${file}`,
  })
  const paths = await makeCars(url)
  const table = fillTable(file, rows)
  bench.keep(async () => table.close())
  await requireLegal(url, rows)
  const name = `with ${rows.toLocaleString('en')} rows`
  // Each round starts with exactly this many rows.
  return { ...overHttp(name, url, paths), reset: table.reset }
}

async function requireLegal(url: string, rows: number): Promise<void> {
  const audit = await readAudit(url)
  if (audit.overlaps === 0 && audit.constraint && audit.allocations === rows) return
  throw new Error(`The filled table is not a legal one: ${JSON.stringify(audit)}`)
}
