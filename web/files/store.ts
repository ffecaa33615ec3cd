import type { FileRecord, FileUsage } from '../../shared/schemas/file.ts'
import { requireOk } from '../../packages/client/src/problem.ts'
import { api, ask } from '../api.ts'
import { readPage, type Page } from '../paging.ts'
import { campus } from '../campus.ts'
import type { Tagged } from '../ui/edit.tsx'

export function listFiles(q: string, cursor?: string): Promise<Page<FileRecord>> {
  const query = { ...(q && { q }), ...(cursor && { cursor }) }
  return readPage(api.files.files.get({ query }))
}

export function readUsage(): Promise<FileUsage> {
  return ask(api.files.files.usage.get())
}

export function readFile(hash: string): Promise<FileRecord> {
  return ask(api.files.files({ file_hash: hash }).get({ query: {} }))
}

/** Its name as it is now. */
export async function readName({ file_hash, owner }: FileRecord) {
  const { data, response } = await api.files.files({ file_hash }).get({ query: { owner } })
  return { data: { name: (data as FileRecord).file_name }, response }
}

export async function renameFile(
  file: FileRecord,
  file_name: string,
  tagged: Tagged,
): Promise<void> {
  const { file_hash, file_type, owner } = file
  const route = api.files.files({ file_hash })
  await ask(route.put({ file_name, file_type }, { query: { owner }, ...tagged }))
}

export async function removeFile({ file_hash, owner }: FileRecord): Promise<void> {
  await ask(api.files.files({ file_hash }).delete(undefined, { query: { owner } }))
}

/** A link that opens the file without signing in, for a while. */
export async function createLink({ file_hash }: FileRecord, seconds: number): Promise<string> {
  const route = api.files.files({ file_hash }).links
  const { url } = await ask(route.post({ expires_in: seconds }))
  return new URL(url, location.origin).href
}

/** The first bytes of the contents. */
export async function readContent({ file_hash, owner }: FileRecord, max: number): Promise<Blob> {
  const path = `/api/files/${file_hash}/content?inline=1&owner=${encodeURIComponent(owner)}`
  const response = await campus.fetch(path, { headers: { range: `bytes=0-${max - 1}` } })
  return (await requireOk(response)).blob()
}
