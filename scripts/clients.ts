/**
 * Generates clients from the OpenAPI document of a running system with common generators, and runs
 * one session with each, written as its user would: sign up, log in, list, book, meet a conflict,
 * page, rate, upload, download, release. One reads calendars with a parser of others. Two linters
 * check the document as well.
 * `bun run clients python go` runs two of them.
 * A client whose packages cannot be installed is skipped; any other fault exits with 1.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { campaignEnvironment } from './harness/administrator.ts'
import { openFreshDatabase } from './harness/fresh-database.ts'
import { startSystem } from './harness/run-system.ts'

interface Client {
  /** Installs the dependencies; when that fails, the client is skipped. */
  install: string
  /** Generates, compiles and runs; the document is `openapi.json` in the same folder. */
  steps: string[]
}

const compile =
  'bun x tsc --noEmit --strict --noUncheckedIndexedAccess --skipLibCheck --target esnext ' +
  '--module preserve --allowImportingTsExtensions session.ts'
const oapiCodegen = 'go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2'

const clients: Record<string, Client> = {
  'openapi-fetch': {
    install: 'bun install --silent',
    steps: ['bun x openapi-typescript openapi.json --output campus.ts', compile, 'bun session.ts'],
  },
  'hey-api': {
    install: 'bun install --silent',
    steps: [
      'bun x openapi-ts --silent --input openapi.json --output campus',
      compile,
      'bun session.ts',
    ],
  },
  python: {
    install: 'python3 -m venv venv && venv/bin/pip install --quiet -r requirements.txt',
    steps: [
      'venv/bin/openapi-python-client generate --path openapi.json --meta none ' +
        '--output-path campus_client',
      'venv/bin/python session.py',
    ],
  },
  icalendar: {
    install: 'python3 -m venv venv && venv/bin/pip install --quiet -r requirements.txt',
    steps: ['venv/bin/python session.py'],
  },
  go: {
    install: 'go mod download',
    steps: [
      `mkdir campus && ${oapiCodegen} -config oapi-codegen.yaml openapi.json`,
      'go vet .',
      'go run .',
    ],
  },
  // Linters only read it.
  redocly: {
    install: 'bun install --silent',
    steps: ['REDOCLY_TELEMETRY=off bun x redocly lint openapi.json'],
  },
  spectral: {
    install: 'bun install --silent',
    steps: ['bun x spectral lint --fail-severity warn openapi.json'],
  },
}

const named = process.argv.slice(2)
const unknown = named.filter((name) => !(name in clients))
if (unknown.length > 0) {
  console.error(`No client ${unknown.join(', ')}. Clients: ${Object.keys(clients).join(', ')}`)
  process.exit(2)
}

const database = await openFreshDatabase('sqlite')
const blobs = await mkdtemp(join(tmpdir(), 'campus-clients-blobs-'))
const system = await startSystem({
  environment: {
    ...campaignEnvironment,
    DATABASE_URL: database.url,
    BLOB_URL: `file:${blobs}`,
    SAMPLE_DATA: 'true',
    LOG_LEVEL: 'warn',
    // The default limits, so that responses carry their headers.
    USER_LIMIT_PER_MINUTE: '600',
    ADDRESS_LIMIT_PER_MINUTE: '600',
  },
})
const document = await (await fetch(`${system.url}/swagger/json`)).text()
let isFault = false
for (const [name, client] of Object.entries(clients)) {
  if (named.length === 0 || named.includes(name)) await use(name, client)
}
await system.stop()
await database.remove()
await rm(blobs, { recursive: true })
process.exit(isFault ? 1 : 0)

async function use(name: string, { install, steps }: Client): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `campus-client-${name}-`))
  try {
    await cp(join(import.meta.dir, 'clients', name), folder, { recursive: true })
    await Bun.write(join(folder, 'openapi.json'), document)
    const missing = await run(install, folder)
    if (missing !== undefined) {
      return console.log(`${name}: skipped, as its packages could not be installed: ${missing}`)
    }
    for (const step of steps) {
      const fault = await run(step, folder)
      if (fault === undefined) continue
      isFault = true
      return console.log(`${name}: failed at ${step}\n${fault}`)
    }
    console.log(`${name}: passed`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** @returns the output of a failed command */
async function run(command: string, folder: string): Promise<string | undefined> {
  const child = Bun.spawn(['sh', '-c', command], {
    cwd: folder,
    env: { ...process.env, CAMPUS_URL: system.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  return (await child.exited) === 0 ? undefined : `${output}${errors}`.trim()
}
