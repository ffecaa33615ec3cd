import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A copy of the repository, as after a clone and `bun install`. */
export interface Checkout {
  folder: string
  remove(): Promise<void>
}

/** @param root folder of the repository */
export async function installCheckout(root: string): Promise<Checkout> {
  const folder = await mkdtemp(join(tmpdir(), 'campus-checkout-'))
  await copyTree(root, folder)
  const install = ['bun', 'install', '--frozen-lockfile', '--silent']
  const { success, stderr } = Bun.spawnSync(install, { cwd: folder })
  if (!success) throw new Error(`${install.join(' ')}: ${stderr.toString()}`)
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** Copies tracked files, and untracked ones that git does not ignore. */
export async function copyTree(root: string, folder: string): Promise<void> {
  // The checkout may belong to another user, which git otherwise refuses.
  const list = ['ls-files', '-z', '-co', '--exclude-standard']
  const listed = Bun.spawnSync(['git', '-c', 'safe.directory=*', ...list], { cwd: root })
  for (const path of listed.stdout.toString().split('\0').filter(Boolean)) {
    await cp(join(root, path), join(folder, path)).catch(() => {
      // deleted, and not yet committed
    })
  }
}

/** Gives a copy the packages of the original, but those that are in the tree: they are its own. */
export async function linkPackages(root: string, folder: string): Promise<void> {
  const [from, to] = [join(root, 'node_modules'), join(folder, 'node_modules')]
  await mkdir(join(to, '@campus'), { recursive: true })
  const others = (await readdir(from)).filter((name) => name !== '@campus')
  await Promise.all(others.map((name) => symlink(join(from, name), join(to, name))))
  await symlink(join(folder, 'packages/store'), join(to, '@campus/store'))
}
