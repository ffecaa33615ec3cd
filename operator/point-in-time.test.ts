import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { createCars, readAudit } from '../scripts/harness/request.ts'
import { startInventory } from '../scripts/chaos/inventory.ts'
import { waitUntil } from '../scripts/harness/wait.ts'
import { findFreePort } from '../shared/testing/port.ts'
import { createDatabase, endServer, runServer } from '../shared/testing/postgres.ts'
import { installPostgres } from '../shared/testing/postgres-installation.ts'
import { startScript } from './testing/command.ts'
import { productionEnvironment } from '../scripts/harness/administrator.ts'

setDefaultTimeout(240_000)

it('goes back to a moment by means of PostgreSQL, and tells followers of events', async () => {
  const password = randomBytes(16).toString('hex')
  const first = await installPostgres(password)
  const again = { ...first, folder: join(first.folder, 'again'), port: findFreePort() }
  const archive = join(first.folder, 'archive')
  const as = (...command: string[]) => Bun.spawnSync(command, { ...first.user, cwd: first.folder })
  as('mkdir', archive, again.folder)
  const archiving = { archive_mode: 'on', archive_command: `cp %p ${archive}/%f` }
  const primary = await runServer(first, archiving)
  onTestFinished(() => rmSync(first.folder, { recursive: true, force: true }))
  const admin = postgres(urlOf(first.port), { max: 1, onnotice: () => {} })
  const url = `${await createDatabase(urlOf(first.port))}?search_path={service}`
  const system = await startInventory(url)
  await createCars(system.url, 2)

  // Like pg_basebackup, which is not among the packages' programs.
  await admin`select pg_backup_start('base', true)`
  as('cp', '-a', join(first.folder, 'data'), again.folder)
  const [label] = await admin`select labelfile from pg_backup_stop()`
  const labelPath = join(again.folder, 'data/backup_label')
  as('touch', labelPath)
  await Bun.write(labelPath, String(label?.labelfile))
  as('touch', join(again.folder, 'data/recovery.signal'))
  as('rm', '-rf', join(again.folder, 'data/postmaster.pid'), join(again.folder, 'data/pg_wal'))
  as('mkdir', '-m', '700', join(again.folder, 'data/pg_wal'))

  await createCars(system.url, 3)
  const [moment] = await admin<{ now: string }[]>`select clock_timestamp()::text as now`
  // To be undone.
  await createCars(system.url, 4)
  const [epoch] = await epochs(first.port)
  const [closed] = await admin`select pg_walfile_name(pg_switch_wal()) as name`
  await waitUntil('all is archived', async () => {
    const [archiver] = await admin`select last_archived_wal as name from pg_stat_archiver`
    return String(archiver?.name) >= String(closed?.name)
  })
  await admin.end()
  await system.stop()
  await endServer(primary)

  const recovered = await runServer(again, {
    restore_command: `cp ${archive}/%f %p`,
    recovery_target_time: moment?.now ?? '',
    recovery_target_action: 'pause',
  })
  onTestFinished(() => endServer(recovered))
  const target = new URL(url.replace(`:${first.port}/`, `:${again.port}/`))
  const DATABASE_URL = target.href.replaceAll('%7B', '{').replaceAll('%7D', '}')
  const rewind = async () => {
    const run = startScript('restore', ['--rewound'], { ...productionEnvironment, DATABASE_URL })
    return [await run.exited, await run.stderr.text()]
  }
  const early = expect.stringContaining('Wait until it is promoted')
  expect(await rewind()).toEqual([1, early])
  await promote(again.port)
  expect(await rewind()).toEqual([0, ''])
  const back = await startInventory(DATABASE_URL)
  onTestFinished(back.kill)
  expect(await readAudit(back.url)).toMatchObject({ resources: 5, overlaps: 0, constraint: true })
  expect((await epochs(again.port))[0]).not.toBe(epoch)

  function urlOf(port: number): string {
    return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  }

  /** Once it has come to its target. */
  async function promote(port: number): Promise<void> {
    const sql = postgres(urlOf(port), { max: 1 })
    const isPaused = () => sql`select 1 where pg_get_wal_replay_pause_state() = 'paused'`
    await waitUntil('it has come to its target', async () => (await isPaused()).length > 0)
    await sql`select pg_wal_replay_resume()`
    const isPrimary = () => sql`select 1 where not pg_is_in_recovery()`
    await waitUntil('it is promoted', async () => (await isPrimary()).length > 0)
    await sql.end()
  }

  /** Newest first. */
  async function epochs(port: number): Promise<unknown[]> {
    const sql = postgres(urlOf(port).replace(/[/]postgres$/, new URL(url).pathname), { max: 1 })
    const rows = await sql`select * from inventory.event_epochs order by number desc`
    await sql.end()
    return rows.map((row) => JSON.stringify(row))
  }
})
