import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { waitUntil } from '../harness/wait.ts'
import { findFreePort } from '../../shared/testing/port.ts'
import { createDatabase, endServer, runServer } from '../../shared/testing/postgres.ts'
import { installPostgres } from '../../shared/testing/postgres-installation.ts'

/** A PostgreSQL and its synchronous standby: acknowledged commits are on both disks. */
export interface PostgresPair {
  /** A fresh database, with the addresses of both. */
  databaseUrl: string
  /** The same at the primary, with the standby as its replica. */
  replicatedUrl: string
  /** The same at the standby alone. */
  standbyUrl: string
  /** Kills the primary, like a power failure. */
  killPrimary: () => Promise<void>
  /** Promotes the standby. */
  promote: () => Promise<void>
  /** Makes the primary a standby that follows nobody, as one that missed a promotion. */
  strand: () => Promise<void>
  stop: () => Promise<void>
}

export async function startPair(): Promise<PostgresPair> {
  const password = randomBytes(16).toString('hex')
  const first = await installPostgres(password)
  const second = { ...first, folder: join(first.folder, 'second'), port: findFreePort() }
  const as = (...command: string[]) => Bun.spawnSync(command, { ...first.user, cwd: first.folder })
  // A copy of a cluster that never ran is a standby at its start.
  as('mkdir', second.folder)
  as('cp', '-a', join(first.folder, 'data'), second.folder)
  as('touch', join(second.folder, 'data/standby.signal'))
  const connect = (port: number) =>
    postgres(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`, { max: 1 })

  let primary = await runServer(first)
  const conninfo = `host=127.0.0.1 port=${first.port} user=postgres password=${password}`
  const standby = await runServer(second, { primary_conninfo: conninfo })
  const admin = connect(first.port)
  await waitUntil('the standby follows', async () => {
    const rows = await admin`select 1 from pg_stat_replication where state = 'streaming'`
    return rows.length === 1
  })
  await admin`alter system set synchronous_standby_names = '*'`
  await admin`select pg_reload_conf()`
  await waitUntil('it is waited for', async () => {
    const [row] = await admin`select sync_state from pg_stat_replication`
    return row?.sync_state === 'sync'
  })
  await admin.end()
  const url = new URL(
    await createDatabase(`postgres://postgres:${password}@127.0.0.1:${first.port}/postgres`),
  )
  const copy = connect(second.port)
  await waitUntil('the standby has the database', async () => {
    const name = url.pathname.slice(1)
    return (await copy`select 1 from pg_database where datname = ${name}`).length === 1
  })
  await copy.end()
  const [here, there] = [`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`]
  const at = (hosts: string) => `postgres://postgres:${password}@${hosts}${url.pathname}`
  const killPrimary = async () => {
    primary.server.kill('SIGKILL')
    await primary.server.exited
  }
  return {
    databaseUrl: `${at(`${here},${there}`)}?search_path={service}`,
    replicatedUrl: `${at(here)}?search_path={service}&replica=${there}`,
    standbyUrl: at(there),
    killPrimary,
    promote: async () => {
      const sql = connect(second.port)
      await sql`select pg_promote()`
      await sql.end()
    },
    strand: async () => {
      await endServer(primary)
      as('touch', join(first.folder, 'data/standby.signal'))
      primary = await runServer(first)
    },
    stop: async () => {
      for (const running of [standby, primary]) await endServer(running)
      rmSync(first.folder, { recursive: true, force: true })
    },
  }
}
