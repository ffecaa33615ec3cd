import { sql } from 'drizzle-orm'
import { existsSync } from 'node:fs'
import type { ServiceName } from '../../services/index.ts'
import { requireConstraint } from '../../services/inventory/audit.ts'
import type { Config } from '../../shared/host/config.ts'
import { createStores } from '@campus/store/open.ts'
import { readPostgresAddress } from '@campus/store/postgres-address.ts'
import { historyOfPrimary, historyOfStandby } from '@campus/store/postgres-scans.ts'
import type { Store } from '@campus/store/store.ts'
import { find, type Finding } from './finding.ts'

// The clock skew that tokens tolerate; see `exp` and `nbf`.
const clockDifferenceMax_ms = 2000

/** Checks a service's database: reachable, version, clock skew and overlap rule. */
export async function checkDatabase(name: ServiceName, config: Config): Promise<Finding[]> {
  const url = config.databaseUrl(name)
  const file = /^sqlite:(.+)$/.exec(url)?.[1]
  const topic = `${name}: database`
  // Opening would create it, and doctor changes nothing.
  if (file && !existsSync(file)) {
    return [{ topic, ok: true, text: `the first start creates ${file}` }]
  }
  const stores = createStores()
  try {
    const store = await stores.open(url)
    const findings = [await find(topic, () => describeDatabase(store))]
    if (!findings[0]?.ok) return findings
    const replica = file ? undefined : readPostgresAddress(url).replica
    if (replica) {
      const describe = async () => describeReplica(store, await stores.open(replica))
      findings.push(await find(`${name}: replica`, describe))
    }
    findings.push(await find(`${name}: clock`, () => compareClocks(store)))
    if (name === 'inventory') {
      findings.push(await find(`${name}: constraint`, () => describeConstraint(store)))
    }
    return findings
  } catch (error) {
    return [{ topic, ok: false, text: `cannot be opened: ${String(error)}` }]
  } finally {
    await stores.close()
  }
}

async function describeDatabase(store: Store): Promise<string> {
  const version =
    store.dialect === 'postgres' ? sql`SHOW server_version` : sql`SELECT sqlite_version()`
  const start = performance.now()
  const [row] = await store.rows<Record<string, string>>(version).catch((error: Error) => {
    throw new Error(`unreachable: ${error.message}. Check the URL and the server`)
  })
  const ms = (performance.now() - start).toFixed(1)
  return `${store.dialect} ${Object.values(row ?? {})[0]}, answers in ${ms} ms`
}

async function describeReplica(store: Store, replica: Store): Promise<string> {
  const [here] = await store.rows<{ history: string }>(sql.raw(historyOfPrimary))
  const [there] = await replica.rows<{ history: string; isStandby: boolean }>(
    sql.raw(historyOfStandby),
  )
  if (!there?.isStandby) throw new Error('is no standby: name one that follows this primary')
  if (here?.history === there.history) return 'is a standby of this primary'
  throw new Error(
    `follows another primary, or this one from before a promotion (${there.history}, not ` +
      `${here?.history}): it is read again once it follows this one and has a restartpoint`,
  )
}

async function compareClocks(store: Store): Promise<string> {
  if (store.dialect === 'sqlite') return `${new Date().toISOString()}, this machine's only`
  const [row] = await store.rows<{ now: string }>(
    sql`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint::text AS now`,
  )
  const difference_ms = Math.abs(Date.now() - Number(row?.now))
  if (difference_ms <= clockDifferenceMax_ms) return `${difference_ms} ms from the database's`
  throw new Error(`${difference_ms} ms from the database's: synchronize both with NTP`)
}

async function describeConstraint(store: Store): Promise<string> {
  const table = store.dialect === 'postgres' ? sql`to_regclass('allocations')` : sql`'allocations'`
  const made = await store.rows<{ name: string | null }>(
    store.dialect === 'postgres'
      ? sql`SELECT ${table}::text AS name`
      : sql`SELECT name FROM sqlite_schema WHERE name = ${table}`,
  )
  if (!made[0]?.name) return 'the first start creates it'
  await requireConstraint(store)
  return 'the database refuses overlaps'
}
