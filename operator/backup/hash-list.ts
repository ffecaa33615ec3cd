import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { manifestName, type Manifest } from './manifest.ts'

/** The SHA-256 of every file below a folder, except its manifest. Syncs them to disk. */
export async function hashFiles(folder: string): Promise<Manifest['files']> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => path !== manifestName)
  const files: Manifest['files'] = {}
  for (const path of paths.toSorted()) files[path] = await hashFile(join(folder, path))
  return files
}

/** @throws Error that names a missing, changed or extra file */
export function requireSame(expected: Manifest['files'], found: Manifest['files']): void {
  for (const path of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    if (found[path] === expected[path]) continue
    const what = found[path] ? (expected[path] ? 'was changed' : 'is not part of it') : 'is missing'
    throw new Error(`The backup is damaged: ${path} ${what}.`)
  }
}

async function hashFile(path: string): Promise<string> {
  const file = await open(path, 'r')
  try {
    await file.sync()
    const hash = new Bun.CryptoHasher('sha256')
    for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk)
    return hash.digest('hex')
  } finally {
    await file.close()
  }
}
