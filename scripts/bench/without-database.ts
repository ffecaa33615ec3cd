import { compose } from '../../services/compose.ts'
import { serviceNames } from '../../services/index.ts'
import { readConfig } from '../../shared/host/config.ts'
import { createLog } from '../../shared/host/log.ts'
import { createStores } from '@campus/store/open.ts'
import type { Store } from '@campus/store/store.ts'

// The ceiling: users and inventory behind their host as in serve.ts, except that every booking
// succeeds immediately. Only the database is missing.

const config = readConfig(process.env, serviceNames)
const log = createLog({ level: config.LOG_LEVEL, format: config.LOG_FORMAT })
const stores = createStores()
const system = await compose({
  parts: ['users', 'inventory'],
  config,
  log,
  stores: { ...stores, open: async (url) => withoutWriting(await stores.open(url), url) },
})
await system.prepare()
system.startTasks()
system.app.listen({ hostname: config.HOST, port: config.PORT ?? 0, reusePort: false })

function withoutWriting(store: Store, url: string): Store {
  if (url !== config.databaseUrl('inventory')) return store
  const write = async (items: { row: { id: string } }[]) => new Set(items.map(({ row }) => row.id))
  return { ...store, batchWriter: () => ({ write, concurrency: 64 }) }
}
