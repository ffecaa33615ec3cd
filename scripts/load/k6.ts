import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { campaignEnvironment } from '../harness/administrator.ts'

export interface K6Run {
  scenario: string
  /** The system under load. */
  url: string
  smoke: boolean
  /** The administrator's; by default that of campaigns. */
  password?: string
  /** The folder for its output. */
  folder: string
  /** Ends it early but cleanly: the audit still runs. */
  signal: AbortSignal
}

export interface K6Result {
  /** 0: all thresholds hold, 99: some do not, 105: interrupted; otherwise it could not run. */
  exitCode: number
  /** Absent if it could not run. */
  summary: K6Summary | undefined
  /** The path of the samples, a large CSV file, if it ran. */
  samples: string
}

/** The part of the output of `k6 run --summary-export` that is read here. */
export interface K6Summary {
  metrics: Record<string, K6Metric | undefined>
}

interface K6Metric {
  count?: number
  value?: number
  passes?: number
  fails?: number
  /** By expression; true means crossed, that is, failed. */
  thresholds?: Record<string, boolean>
}

const howToGetIt = `k6 makes the load, and it is neither at $K6, nor on the PATH, nor in GOPATH/bin.
With Go installed, this line builds it into GOPATH/bin, where it is found:

  go install -C load-tests/k6 tool
`

/**
 * Finds k6.
 * @throws Error with instructions to install it
 */
export function findK6(): string {
  const given = process.env.K6
  if (given && !Bun.which(given))
    throw new Error(`K6=${given} is not a program. Correct or unset it.`)
  const places = process.env.GOPATH?.split(delimiter) ?? [join(homedir(), 'go')]
  const built = places.map((place) => join(place, 'bin', 'k6')).find((path) => existsSync(path))
  const found = given ?? Bun.which('k6') ?? built
  if (!found) throw new Error(howToGetIt)
  return found
}

/** Runs one scenario to its end; the output of k6 goes to `k6.txt` in the folder. */
export async function runK6(k6: string, run: K6Run): Promise<K6Result> {
  const summary = Bun.file(join(run.folder, 'k6.json'))
  const samples = join(run.folder, 'samples.csv')
  const output = Bun.file(join(run.folder, 'k6.txt'))
  const options = [
    '--quiet',
    '--no-color',
    '--no-usage-report',
    // No REST API: its fixed port may be in use.
    '--address=',
    // The script is self-contained: nothing to resolve on the network.
    `--out=csv=${samples}`,
    '--system-tags=group,name,status',
    `--summary-export=${summary.name}`,
  ]
  const child = Bun.spawn([k6, 'run', ...options, `load-tests/${run.scenario}.js`], {
    cwd: new URL('../..', import.meta.url).pathname,
    env: {
      ...process.env,
      BASE_URL: run.url,
      SMOKE: String(run.smoke),
      ADMIN_PASSWORD: run.password ?? campaignEnvironment.ADMIN_PASSWORD,
      K6_CSV_TIME_FORMAT: 'unix_milli',
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
    },
    stdio: ['ignore', output, output],
    // Ctrl-C reaches it through the signal, once; a second one would abort it.
    detached: true,
    signal: run.signal,
    killSignal: 'SIGINT',
  })
  const exitCode = await child.exited
  return {
    exitCode,
    summary: (await summary.exists()) ? ((await summary.json()) as K6Summary) : undefined,
    samples,
  }
}
