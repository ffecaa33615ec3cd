import type { Blobs } from '../../services/files/blobs.ts'

/**
 * Copies the blobs that the target lacks.
 * @returns how many were copied
 */
export async function copyBlobs(from: Blobs, to: Blobs): Promise<number> {
  let copied = 0
  for await (const { key } of from.list()) {
    if (await to.open(key)) continue
    // Undefined: removed after it was listed.
    const bytes = await from.open(key)
    if (!bytes) continue
    await to.put(key, bytes.stream())
    copied++
  }
  return copied
}
