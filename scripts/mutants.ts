import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../shared/testing/postgres.ts'
import { copyCheckout, type Checkout } from './mutants/checkout.ts'
import { applyMutant, listMutants, type Mutant } from './mutants/mutate.ts'
import { mapTestFile, testsOf, type TestFile } from './mutants/test-map.ts'

const usage = `bun run mutants [path…] [--sample N] [--seed N] [--floor 90] [--list]

Puts one deliberate bug after another into the code and runs the tests that reach it. A bug that no
test notices has survived. Paths choose among the files that are looked at; --sample tries so many
bugs, chosen at random by --seed; --list only names the bugs. Ends with 0 when the percentage found
reaches the floor, 1 when it does not, 2 for a command it does not know.`

// Where a bug would be a broken promise: who wins, who may, what is kept, what is judged.
const watched = [
  'shared/store/*.ts',
  'shared/{access,etag,idempotency}.ts',
  'shared/host/authenticator.ts',
  'services/inventory/*.ts',
  'services/courses/judge/*.ts',
]
const testGlob = '{shared,services}/**/*.test.ts'
const isLookedAt = (path: string) => !/\.test\.ts$|(?:^|\/)(?:fixture|testing|sample)\b/.test(path)

// A bug may be an endless loop: so much longer than without it is one.
const slower = 4
const grace_ms = 20_000
const testTimeout_ms = 60_000

interface Job {
  path: string
  text: string
  mutant: Mutant
}

const root = join(import.meta.dir, '..')
const command = readCommand()
const jobs = choose(readJobs(command.paths))
if (command.list) {
  for (const job of jobs) console.log(describe(job))
  process.exit()
}
process.exit(await run(jobs))

function readCommand() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        sample: { type: 'string', default: '1000000' },
        seed: { type: 'string', default: '1' },
        floor: { type: 'string', default: '90' },
        list: { type: 'boolean', default: false },
      },
    })
    const [sample, seed, floor] = [values.sample, values.seed, values.floor].map(Number)
    const isCount = (value?: number): value is number =>
      Number.isInteger(value) && Number(value) >= 0
    if (isCount(sample) && isCount(seed) && isCount(floor) && floor <= 100)
      return { paths: positionals, sample, seed, floor, list: values.list }
  } catch {
    // an option it does not know; the usage says which there are
  }
  console.error(usage)
  return process.exit(2)
}

function readJobs(paths: string[]): Job[] {
  const isChosen = (path: string) => paths.length === 0 || paths.some((one) => path.startsWith(one))
  const found = watched.flatMap((glob) => [...new Bun.Glob(glob).scanSync(root)])
  const files = found.filter((path) => isLookedAt(path) && isChosen(path)).toSorted()
  return files.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8')
    return listMutants(path, text).map((mutant) => ({ path, text, mutant }))
  })
}

/** The order of hashes is as good as random, and the same for the same seed. */
function choose(all: Job[]): Job[] {
  const rank = (job: Job) => Bun.hash(`${describe(job)} ${job.mutant.start}`, command.seed)
  const ranked = all.map((job) => ({ job, rank: rank(job) }))
  const sorted = ranked.toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
  return sorted.slice(0, command.sample).map(({ job }) => job)
}

async function run(jobs: Job[]): Promise<number> {
  const server = await startPostgres()
  process.env.TEST_POSTGRES_URL = server.url
  const folder = await mkdtemp(join(tmpdir(), 'campus-coverage-'))
  const checkouts = await Promise.all(Array.from({ length: availableParallelism() }, copyRoot))
  try {
    const files = await mapTests(checkouts, folder)
    const survivors = await tryAll(checkouts, jobs, files)
    const found = jobs.length - survivors.length
    const percent = jobs.length === 0 ? 100 : (found / jobs.length) * 100
    const lines = survivors.map((job) => `survived: ${describe(job)}`)
    for (const line of lines.toSorted()) console.log(line)
    console.log(`${found} of ${jobs.length} bugs found, ${percent.toFixed(1)} %`)
    return percent >= command.floor ? 0 : 1
  } finally {
    await Promise.all(checkouts.map((checkout) => checkout.remove()))
    await rm(folder, { recursive: true, force: true })
    await server.stop()
  }
}

function copyRoot(): Promise<Checkout> {
  return copyCheckout(root)
}

async function mapTests(checkouts: Checkout[], folder: string): Promise<TestFile[]> {
  const paths = [...new Bun.Glob(testGlob).scanSync(root)].toSorted()
  console.log(`${paths.length} test files are run once, to learn which lines each reaches`)
  const files: TestFile[] = []
  await share(checkouts, paths, async (checkout, path) => {
    const reports = join(folder, path.replaceAll('/', '-'))
    const map = () => mapTestFile(checkout.folder, path, reports)
    // Again for one that failed: a busy machine is no reason to give up.
    files.push(await map().catch(map).catch(map))
  })
  return files
}

async function tryAll(checkouts: Checkout[], jobs: Job[], files: TestFile[]): Promise<Job[]> {
  const survivors: Job[] = []
  let tried = 0
  await share(checkouts, jobs, async (checkout, job) => {
    await checkout.write(job.path, applyMutant(job.text, job.mutant))
    const isFound = await isNoticed(checkout, testsOf(files, job.path, job.mutant.line))
    await checkout.write(job.path, job.text)
    if (!isFound) survivors.push(job)
    if (!isFound) console.log(`survived: ${describe(job)}`)
    if (++tried % 50 === 0) console.log(`${tried} of ${jobs.length}: ${survivors.length} survived`)
  })
  return survivors
}

async function isNoticed(checkout: Checkout, tests: TestFile[]): Promise<boolean> {
  for (const { path, duration_ms } of tests) {
    const run = Bun.spawn(
      [process.execPath, 'test', '--no-orphans', '--bail', `--timeout=${testTimeout_ms}`, path],
      {
        cwd: checkout.folder,
        stdio: ['ignore', 'ignore', 'ignore'],
        timeout: Math.ceil(duration_ms * slower + grace_ms),
      },
    )
    if ((await run.exited) !== 0) return true
  }
  return false
}

/** Each checkout takes the next one as soon as it is free. */
async function share<T>(
  checkouts: Checkout[],
  all: T[],
  work: (checkout: Checkout, one: T) => Promise<void>,
): Promise<void> {
  const waiting = [...all]
  const takeTurns = async (checkout: Checkout) => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      await work(checkout, one)
  }
  await Promise.all(checkouts.map(takeTurns))
}

function describe({ path, mutant }: Job): string {
  return `${path}:${mutant.line} ${mutant.change}`
}
