import { compose } from '../../services/compose.ts'
import { serviceNames } from '../../services/index.ts'
import type { Caller } from '../../shared/access.ts'
import { readConfig } from '../../shared/host/config.ts'
import { createLog } from '../../shared/host/log.ts'

// Users and inventory as in serve.ts, but without authentication.

const administrator: Caller = { id: 'anyone', role: 'admin', email: '', login: '', groups: [] }
const config = readConfig(process.env, serviceNames)
const system = await compose({
  parts: ['users', 'inventory'],
  config,
  log: createLog({ level: config.logLevel, format: config.logFormat }),
  authenticator: {
    authenticate: async () => administrator,
    recall: () => administrator,
    refresh: async () => {},
    endOf: () => new AbortController().signal,
    requireKeys: async () => {},
    signServiceToken: async () => '',
  },
})
await system.prepare()
system.startTasks()
system.app.listen({ hostname: config.host, port: config.port ?? 0, reusePort: false })
