import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyTree, linkPackages } from '../harness/checkout.ts'

/** A copy of the repository for mutants. */
export interface Checkout {
  folder: string
  /** The temporary folder of its processes. */
  temporary: string
  write(path: string, text: string): Promise<void>
  /** Removes what killed tests left behind. */
  sweep(): Promise<void>
  remove(): Promise<void>
}

/**
 * Copies tracked files, and untracked ones that are not ignored. Packages are shared with the
 * original.
 * @param root folder of the repository
 */
export async function copyCheckout(root: string): Promise<Checkout> {
  const place = await mkdtemp(join(tmpdir(), 'campus-mutants-'))
  const [folder, temporary] = [join(place, 'code'), join(place, 'tmp')]
  await copyTree(root, folder)
  await linkPackages(root, folder)
  await mkdir(temporary)
  return {
    folder,
    temporary,
    write: (path, text) => writeFile(join(folder, path), text),
    sweep: async () => {
      await rm(temporary, { recursive: true, force: true })
      await mkdir(temporary)
    },
    remove: () => rm(place, { recursive: true, force: true }),
  }
}
