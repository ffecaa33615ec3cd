import { readFile } from 'node:fs/promises'
import type { Context } from '../../shared/context.ts'
import { locateFile } from '../../shared/program.ts'
import type { FileRecord } from '../../shared/schemas/file.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { Tokens } from '../../shared/schemas/user.ts'
import type { FilesApi } from '../files/index.ts'
import type { UsersApi } from '../users/index.ts'
import type { InventoryApi } from './index.ts'

// Drawn by scripts/browser/sample-photos.ts: `Blue Skoda` is blue-skoda.webp.
const folder = 'services/inventory/sample-photos'
const cars = ['Blue Skoda', 'Red Fiat', 'White van', 'Lorry 1', 'Truck 1']
const shown = new Set([...cars, 'Oslo', 'Lisbon', 'Great hall'])

interface Headers {
  authorization: string
}

type Filling = Pick<Context, 'client'>

/** Photos of what is booked: a member uploads each as anybody does, this service sets it. */
export async function fillPhotos({ client }: Filling): Promise<void> {
  const headers = await logIn({ client })
  if (!headers) return
  const { resources } = client<InventoryApi>('inventory').api
  const { data } = await resources.get({ query: { limit: '200' } })
  for (const resource of (data as Resource[] | null) ?? []) {
    if (shown.has(resource.name)) await setPhoto({ client }, resource, headers)
  }
}

async function logIn({ client }: Filling): Promise<Headers | undefined> {
  const { login } = client<UsersApi>('users').api
  const { data } = await login.post({ username: 'anna', password: 'campus-sample' })
  const tokens = data as Tokens | null
  return tokens ? { authorization: `Bearer ${tokens.access_token}` } : undefined
}

async function setPhoto(
  { client }: Filling,
  { id, name }: Resource,
  headers: Headers,
): Promise<void> {
  const { files } = client<FilesApi>('files').api
  const { resources } = client<InventoryApi>('inventory').api
  const file_name = `${name.toLowerCase().replaceAll(' ', '-')}.webp`
  const bytes = await readFile(locateFile(`${folder}/${file_name}`))
  const { data } = await files.post(bytes as never, { query: { file_name }, headers })
  if (!data) return
  const { file_hash } = data as FileRecord
  await resources({ id }).photo.put({ photo: file_hash })
  // It is kept with the resource, and none of who sent it.
  await files({ file_hash }).delete(undefined, { headers, query: {} })
}
