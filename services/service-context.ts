import type { App } from '../shared/app.ts'
import type { Context } from '../shared/context.ts'
import { pruneRows, readOverdue, type Prunable } from '../shared/host/prune.ts'
import { createSecurityLog } from '../shared/host/security-log.ts'
import { followRemovedUsers } from '../shared/host/removed-users.ts'
import type { ServiceName } from './index.ts'
import { openStore } from './open-store.ts'
import type { Peers } from './peers.ts'
import type { Runtime } from './runtime.ts'
import { removedUsers } from './users/authority.ts'
import type { UsersApi } from './users/index.ts'

// Their links open files for so long at most.
const removedUsersEvery_s = 2
const pruneEvery_s = 600

/** What a service is given; its database is open and migrated. */
export async function createServiceContext(
  name: ServiceName,
  runtime: Runtime,
  { authenticator, clientOf, addressOf, reportSecurity }: Peers,
): Promise<Context> {
  const { config, log, clock, metrics, readiness, schedule, announced } = runtime
  const store = await openStore(name, runtime)
  const ownLog = log.with({ service: name })
  const writeSecurity = createSecurityLog(ownLog)
  const every: Context['every'] = (seconds, task, run) =>
    schedule.every(seconds, `${name}: ${task}`, run)

  function prune(rows: Prunable): void {
    every(pruneEvery_s, `prune ${rows.name}`, () => pruneRows(store, clock(), rows))
    metrics.gauge('campus_prune_overdue_seconds', { database: name, rows: rows.name }, () =>
      readOverdue(store, clock(), rows),
    )
  }

  return {
    store,
    config,
    log: ownLog,
    clock,
    id: runtime.id,
    hashPassword: runtime.hashPassword,
    secret: runtime.secret,
    addressOf,
    endOf: authenticator.endOf,
    client: <Api extends App>(other: string) => clientOf<Api>(name, other),
    stopping: schedule.stopping,
    security: (event, fields) => {
      writeSecurity(event, fields)
      reportSecurity(event, fields)
    },
    check: (check, probe) => readiness.check(`${name}: ${check}`, probe),
    gauge: metrics.gauge,
    announce: (label, text) => announced.push([label, text]),
    onUsersRemoved: (forget) => {
      const fetchRemoved = removedUsers(() => clientOf<UsersApi>(name, 'users'))
      const follow = followRemovedUsers({ fetchRemoved, forget, clock })
      every(removedUsersEvery_s, 'forget removed users', follow)
    },
    prune,
    every,
  }
}
