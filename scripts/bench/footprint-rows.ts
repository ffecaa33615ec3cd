import { $ } from 'bun'
import { median } from '../harness/figure.ts'
import { makeCars } from './cars.ts'
import { overHttp } from './compare.ts'
import { freePorts } from '../harness/run-system.ts'
import type { Measurement, Row } from './row.ts'
import { withBench, type Bench } from './bench.ts'

/** Memory and start time. */
export const footprintRows: Row[] = [
  {
    name: 'memory',
    what: 'idle memory (resident), all in one process',
    goal: { bound: 'at most', value: 120, unit: ' MB' },
    measure: () => withBench(idleMemory),
  },
  {
    name: 'start',
    what: 'from the start of the process to the first 200 of /readyz, all in one process',
    goal: { bound: 'at most', value: 400, unit: ' ms' },
    measure: () => withBench((bench) => startToReady(bench, [process.execPath, 'serve.ts'])),
  },
  {
    name: 'start-binary',
    what: 'the same, of the single binary',
    goal: { bound: 'at most', value: 300, unit: ' ms' },
    measure: () => withBench(startBinary),
  },
]

// By then memory needed only for the start has been released.
const settle_ms = 4000

async function idleMemory(bench: Bench): Promise<Measurement> {
  const { url, pids } = await bench.start([])
  await Bun.sleep(settle_ms)
  const idle = await readResident_mb(pids)
  const { load } = overHttp('', url, await makeCars(url))
  const { statuses } = await load(settle_ms)
  await Bun.sleep(settle_ms)
  const after = Math.round(await readResident_mb(pids))
  const bookings = (statuses['201'] ?? 0).toLocaleString('en')
  return { value: idle, notes: [`${after} MB idle again after ${bookings} bookings`] }
}

export async function readResident_mb([pid]: readonly number[]): Promise<number> {
  const kibibytes = await $`ps -o rss= -p ${pid ?? 0}`.text()
  return (Number(kibibytes) * 1024) / 1e6
}

const starts = 7
const root = new URL('../..', import.meta.url).pathname

async function startBinary(bench: Bench): Promise<Measurement> {
  const binary = `${bench.folder}/campus`
  await $`${process.execPath} scripts/build.ts ${binary}`.cwd(root).quiet()
  return startToReady(bench, [binary])
}

async function startToReady({ folder }: Bench, command: string[]): Promise<Measurement> {
  // The first start creates the databases; it is shown, but does not count.
  const first = await timeStart(folder, command)
  const times: number[] = []
  for (let start = 0; start < starts; start++) times.push(await timeStart(folder, command))
  const range = `${Math.round(Math.min(...times))} to ${Math.round(Math.max(...times))} ms`
  return { value: median(times), notes: [range, `${Math.round(first)} ms with new databases`] }
}

// `startSystem` polls every 25 ms and starts a watchdog; here every millisecond counts.
async function timeStart(folder: string, command: string[]): Promise<number> {
  const [port = ''] = freePorts(1)
  const begin = performance.now()
  const child = Bun.spawn(command, {
    cwd: root,
    env: {
      ...process.env,
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      PORT: port,
      DATABASE_URL: `sqlite:${folder}/{service}.sqlite`,
      BLOB_URL: `file:${folder}/blobs`,
    },
    stdout: 'ignore',
    stderr: 'inherit',
  })
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error('Campus ended instead of starting')
    await Bun.sleep(1)
  }
  const time = performance.now() - begin
  child.kill('SIGKILL')
  await child.exited
  return time
}

async function isReady(port: string): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
  return answer?.ok ?? false
}
