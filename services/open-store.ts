import { locateFile } from '../shared/program.ts'
import { explainDatabase } from '@campus/store/error.ts'
import type { Store } from '@campus/store/store.ts'
import type { ServiceName } from './index.ts'
import type { Runtime } from './runtime.ts'

// A rule that was dropped by hand is missed for this long at most. Load balancers and other
// processes ask several times a second whether this one is ready, and share what was found.
const compareSchemaEvery_s = 2

const sharedFile =
  'Another process serves this SQLite file. Each makes the other wait, and both together ' +
  'are slower than one: end one of them, or move to PostgreSQL.'

/** Opens and migrates the database of a service, and looks after it while the process serves. */
export async function openStore(name: ServiceName, runtime: Runtime): Promise<Store> {
  const { log, metrics, readiness, schedule } = runtime
  const store = await openMigrated(name, runtime)
  if (!(await store.claim())) log.warn(sharedFile, { service: name })
  readiness.check(`${name}: database`, store.ping)
  readiness.check(`${name}: schema`, () => store.requireSchema(compareSchemaEvery_s * 1000))
  schedule.every(compareSchemaEvery_s, `${name}: compare schema`, () => store.requireSchema())
  schedule.every(1, `${name}: keep the log short`, store.keepLogShort)
  // Reported only: who cannot write still reads.
  readiness.watch(`${name}: writing`, store.requireWritable)
  metrics.gauge('campus_database_writable', { database: name }, () =>
    store.requireWritable().then(
      () => 1,
      () => 0,
    ),
  )
  return store
}

/** @throws Error that says what to do about a database that cannot be opened or migrated */
export async function openMigrated(
  name: ServiceName,
  { stores, config }: Pick<Runtime, 'stores' | 'config'>,
): Promise<Store> {
  try {
    const store = await stores.open(config.databaseUrl(name))
    await store.migrate(locateFile(`services/${name}/migrations`))
    return store
  } catch (error) {
    throw explainDatabase(name, error)
  }
}
