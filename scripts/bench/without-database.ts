import { inventory } from '../../services/inventory/index.ts'
import { readConfig } from '../../shared/config.ts'
import { host } from '../../shared/host.ts'
import { createLog } from '../../shared/log.ts'
import { createReadiness } from '../../shared/readiness.ts'
import { createStores } from '../../shared/store/open.ts'
import type { Store } from '../../shared/store/store.ts'

// The ceiling: the inventory service behind its host as in serve.ts, except that every row has won
// as soon as it is asked for. Exactly the database is missing.

const config = readConfig(process.env, ['inventory'])
const log = createLog({ level: config.logLevel, format: config.logFormat })
const opened = await createStores().open(config.databaseUrl('inventory'))
const store: Store = {
  ...opened,
  batchWriter: () => ({
    write: async (items) => new Set(items.map(({ row }) => row.id)),
    concurrency: 64,
  }),
}
const service = inventory({
  store,
  config,
  log,
  clock: Date.now,
  id: Bun.randomUUIDv7,
  client: () => {
    throw new Error('There is no other service here')
  },
  stopping: new AbortController().signal,
  check: () => {},
  every: () => {},
})
host({ name: 'inventory', config, log, readiness: createReadiness(log), public: false })
  .use(service)
  .listen({ hostname: config.host, port: config.port ?? 0, reusePort: false })
