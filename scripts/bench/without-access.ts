import { compose } from '../../services/compose.ts'
import { serviceNames } from '../../services/index.ts'
import type { Caller } from '../../shared/access.ts'
import { readConfig } from '../../shared/host/config.ts'
import { createLog } from '../../shared/host/log.ts'

// Users and inventory as in serve.ts, but without authentication: the first token is trusted, and
// all later requests count as the same user's, so that the same is booked and stored.

let known: Caller | undefined

function believe({ headers }: Request): Caller {
  const [, claims = ''] = headers.get('authorization')?.split('.') ?? []
  const text = Buffer.from(claims, 'base64url').toString()
  const { sub = 'anyone', email = '', sid = '' } = JSON.parse(text || '{}') as Claims
  const caller: Caller = { id: sub, role: 'admin', email, login: sid, groups: [] }
  if (text) known = caller
  return caller
}

type Claims = Partial<Record<'sub' | 'email' | 'sid', string>>

const config = readConfig(process.env, serviceNames)
const system = await compose({
  parts: ['users', 'inventory'],
  config,
  log: createLog({ level: config.LOG_LEVEL, format: config.LOG_FORMAT }),
  authenticator: {
    authenticate: async (request) => known ?? believe(request),
    recall: () => known,
    refresh: async () => {},
    endOf: () => new AbortController().signal,
    requireKeys: async () => {},
    signServiceToken: async () => '',
  },
})
await system.prepare()
system.startTasks()
system.app.listen({ hostname: config.HOST, port: config.PORT ?? 0, reusePort: false })
