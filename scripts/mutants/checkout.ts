import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { mkdirSync } from 'node:fs'

/** A copy of the repository to put bugs into. */
export interface Checkout {
  folder: string
  write(path: string, text: string): Promise<void>
  remove(): Promise<void>
}

/**
 * Copies what git knows of, and what it would add. Installed packages are shared with the original.
 * @param root folder of the repository
 */
export async function copyCheckout(root: string): Promise<Checkout> {
  const folder = await mkdtemp(join(tmpdir(), 'campus-mutants-'))
  const listed = Bun.spawnSync(['git', 'ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: root,
  })
  const paths = listed.stdout.toString().split('\0').filter(Boolean)
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    await cp(join(root, path), join(folder, path)).catch(() => {
      // deleted, and not yet committed
    })
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return {
    folder,
    write: (path, text) => writeFile(join(folder, path), text),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
