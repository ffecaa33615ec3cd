import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { orUsage } from '../operator/fail.ts'
import { startEmbeddedPostgres } from '../shared/testing/postgres.ts'
import { copyCheckout, type Checkout } from './mutants/checkout.ts'
import { equivalents } from './mutants/equivalent.ts'
import { applyMutant, listMutants, type Mutant } from './mutants/mutate.ts'
import { describeResult, type Result } from './mutants/result.ts'
import {
  mapTestFile,
  readMap,
  testsOf,
  writeMap,
  type MapOptions,
  type MappedTests,
} from './mutants/test-map.ts'
import { runTests } from './mutants/test-run.ts'

const usage = `bun run mutants [path…] [--tests path]… [--sample N] [--seed N] [--floor 90]
                        [--budget 20] [--list]

Mutation testing: puts one deliberate bug after another into the code and runs the tests that reach
it, for --budget seconds at most. A bug that no test detects has survived. Paths select source
files, --tests selects test files; --sample tries that many bugs, chosen at random by --seed; --list
only lists the bugs. Exits with 0 when the percentage detected reaches the floor, 1 when it does
not, 2 for an unknown command.`

// Where a bug would break a guarantee: overlaps, access, storage, verdicts.
const watched = [
  'packages/store/src/*.ts',
  'shared/{access,idempotency,page,version}.ts',
  'shared/host/authenticator.ts',
  'services/inventory/**/*.ts',
  'services/users/{attempts,authority,logins}.ts',
  'services/files/quota.ts',
  'services/courses/judge/*.ts',
]
const testGlobs = ['packages/store', 'shared', 'services'].map((one) => `${one}/**/*.test.ts`)
const isLookedAt = (path: string) => !/\.test\.ts$|(?:^|\/)(?:fixture|testing|sample)\b/.test(path)

// A mutant may loop forever: one that takes this many times longer counts as one that does.
const slower = 3
const grace_ms = 5000

interface Job {
  path: string
  text: string
  mutant: Mutant
}

/** A checkout in which mutants run, one after the other. */
interface Place {
  checkout: Checkout
  postgresUrl: string
}

const root = join(import.meta.dir, '..')
const mapFile = join(root, 'node_modules/.cache/campus-mutants.json')
const command = orUsage(usage, readCommand)
const jobs = choose(readJobs(command.paths))
if (command.list) {
  for (const job of jobs) console.log(describe(job))
  process.exit()
}
process.exit(await run(jobs))

function readCommand() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      sample: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      floor: { type: 'string', default: '90' },
      budget: { type: 'string', default: '20' },
      tests: { type: 'string', multiple: true, default: [''] },
      list: { type: 'boolean', default: false },
    },
  })
  const numbers = [values.sample, values.seed, values.floor, values.budget].map(Number)
  const { tests, list } = values
  const [sample = 0, seed = 0, floor = 0, budget_s = 0] = numbers
  if (numbers.every((value) => Number.isInteger(value) && value >= 0) && floor <= 100)
    return { paths: positionals, tests, sample, seed, floor, budget_s, list }
}

function readJobs(paths: string[]): Job[] {
  const isChosen = (path: string) => paths.length === 0 || paths.some((one) => path.startsWith(one))
  return listWatched()
    .filter(isChosen)
    .flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      const mutants = listMutants(path, text).map((mutant) => ({ path, text, mutant }))
      return mutants.filter((job) => !equivalents.some((one) => isEquivalent(job, one)))
    })
}

function listWatched(): string[] {
  const found = watched.flatMap((glob) => [...new Bun.Glob(glob).scanSync(root)])
  return found.filter(isLookedAt).toSorted()
}

function isEquivalent({ path, text, mutant }: Job, it: (typeof equivalents)[number]): boolean {
  const line = text.split('\n')[mutant.line - 1]?.trim()
  return it.path === path && it.change === mutant.change && line?.startsWith(it.line) === true
}

/** Ordering by hash is effectively random, and reproducible by seed. */
function choose(all: Job[]): Job[] {
  const rank = (job: Job) => Bun.hash(`${describe(job)} ${job.mutant.start}`, command.seed)
  const ranked = all.map((job) => ({ job, rank: rank(job) }))
  const sorted = ranked.toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
  return sorted.slice(0, command.sample).map(({ job }) => job)
}

async function run(jobs: Job[]): Promise<number> {
  const server = await startEmbeddedPostgres()
  const places = await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      return { checkout: await copyCheckout(root), postgresUrl: server.url }
    }),
  )
  try {
    const started = performance.now()
    const tests = await mapTests(places)
    const results = await tryAll(places, jobs, tests)
    const minutes = (performance.now() - started) / 60_000
    const { lines, percent } = describeResult(results)
    for (const line of lines) console.log(line)
    console.log(`${minutes.toFixed(0)} minutes`)
    return percent >= command.floor ? 0 : 1
  } finally {
    await Promise.all(places.map(({ checkout }) => checkout.remove()))
    await server.stop()
  }
}

/** Measures which lines each test file covers, unless cached. */
async function mapTests(places: Place[]): Promise<MappedTests[]> {
  const all = testGlobs.flatMap((glob) => [...new Bun.Glob(glob).scanSync(root)]).toSorted()
  const paths = all.filter((path) => command.tests.some((one) => path.startsWith(one)))
  const sources = hashSources()
  const known = readMap(mapFile)
  const map = new Map([...known].filter(([path, { source }]) => source === sources(path)))
  const unknown = paths.filter((path) => !map.has(path))
  console.log(
    `${unknown.length} of ${paths.length} test files are run once, to learn what they reach`,
  )
  const isWatched = (path: string) => watched.some((glob) => new Bun.Glob(glob).match(path))
  try {
    await share(places, unknown, async ({ checkout, postgresUrl }, path) => {
      const options: MapOptions = { postgresUrl, isWatched }
      const learn = () => mapTestFile(checkout, path, options)
      // Retried once: a failure may be due to a busy machine.
      const tests = await learn().catch(learn).catch(learn)
      map.set(path, { source: sources(path), tests })
    })
  } finally {
    writeMap(mapFile, map)
  }
  return paths.flatMap((path) => map.get(path)?.tests ?? [])
}

/** The cache key of a test file's map: its content, and the line positions of the watched files. */
function hashSources(): (path: string) => string {
  const hash = (path: string) => {
    const file = join(root, path)
    return existsSync(file) ? Bun.hash(readFileSync(file)).toString(36) : ''
  }
  const code = Bun.hash(listWatched().map(hash).join()).toString(36)
  return (path) => `${code}-${hash(path)}`
}

async function tryAll(places: Place[], jobs: Job[], tests: MappedTests[]): Promise<Result[]> {
  const results: Result[] = []
  const found = new Map<string, Map<string, number>>()
  await share(places, jobs, async (place, job) => {
    const { path, text, mutant } = job
    const foundHere = found.get(path) ?? new Map<string, number>()
    found.set(path, foundHere)
    await place.checkout.write(path, applyMutant(text, mutant))
    const by = await findNoticer(place, job, { tests, found: foundHere })
    await place.checkout.write(path, text)
    await place.checkout.sweep()
    if (by) foundHere.set(by, (foundHere.get(by) ?? 0) + 1)
    else console.log(`survived: ${describe(job)}`)
    results.push({ path, survivor: by ? undefined : describe(job), line: mutant.line })
    if (results.length % 50 === 0) console.log(`${results.length} of ${jobs.length}`)
  })
  return results
}

/** @returns the test file that detects the bug; undefined when none does */
async function findNoticer(
  { checkout, postgresUrl }: Place,
  { path, mutant: { line } }: Job,
  { tests, found }: { tests: MappedTests[]; found: ReadonlyMap<string, number> },
): Promise<string | undefined> {
  const query = { path, line, found, budget_ms: command.budget_s * 1000 }
  const [first, ...others] = testsOf(tests, query)
  // The likeliest file first, alone: it detects most bugs, and an endless loop costs the least.
  const runs = [
    first ? [first] : [],
    others.filter(({ engine }) => engine === 'sqlite'),
    others.filter(({ engine }) => engine === 'postgres'),
  ]
  for (const chosen of runs) {
    const durations_ms = chosen.map(({ duration_ms }) => duration_ms * slower)
    const failure = await runTests(checkout, chosen, {
      options: [],
      postgresUrl,
      testMax_ms: Math.max(0, ...durations_ms) + grace_ms,
      max_ms: durations_ms.reduce((sum, one) => sum + one, grace_ms * 2),
    })
    if (failure) return failure.path ?? chosen[0]?.path
  }
  return undefined
}

/** Each checkout takes the next mutant as soon as it is free. */
async function share<T>(
  places: Place[],
  all: T[],
  work: (place: Place, one: T) => Promise<void>,
): Promise<void> {
  const waiting = [...all]
  const takeTurns = async (place: Place) => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(place, one)
  }
  await Promise.all(places.map(takeTurns))
}

function describe({ path, mutant }: Job): string {
  return `${path}:${mutant.line} ${mutant.change}`
}
