import { afterAll, beforeAll } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSystem, type System } from '../../scripts/harness/run-system.ts'
import { findFreePorts } from '../../shared/testing/port.ts'

/** Of the administrator. */
export const password = 'six green lanterns'

interface PartsOptions<Part> {
  environment: Record<string, string>
  /** Awaited before the next part starts. */
  started?: (part: Part, system: System) => Promise<void>
}

/**
 * For all tests of a file: a process for each of these parts, started in this order, on SQLite and
 * a folder of their own.
 * @returns the running ones, once the tests begin
 */
export function useParts<Part extends string>(
  parts: readonly Part[],
  { environment, started }: PartsOptions<Part>,
): ReadonlyMap<Part, System> {
  const systems = new Map<Part, System>()
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'campus-parts-'))
    // All addresses are chosen first, as any service may call any other.
    const ports = findFreePorts(parts.length)
    const urls = parts.map((part, at) => [
      `${part.toUpperCase()}_URL`,
      `http://127.0.0.1:${ports[at]}`,
    ])
    const common = {
      ...(Object.fromEntries(urls) as Record<string, string>),
      DATABASE_URL: `sqlite:${folder}/{service}.sqlite`,
      BLOB_URL: `file:${folder}/blobs`,
      KEYS_FILE: `${folder}/keys.json`,
      SECRET: 'a secret that is long enough for tests',
      ADMIN_PASSWORD: password,
      LOG_LEVEL: 'warn',
      ...environment,
    }
    for (const [at, part] of parts.entries()) {
      const own = { ...common, PORT: String(ports[at]) }
      const system = await startSystem({ parts: [part], environment: own })
      systems.set(part, system)
      await started?.(part, system)
    }
  })
  afterAll(async () => {
    await Promise.all([...systems.values()].map((system) => system.stop()))
    await rm(folder, { recursive: true, force: true })
  })
  return systems
}
