import { readFile } from 'node:fs/promises'
import type { Context } from '../../shared/context.ts'
import { locateFile } from '../../shared/program.ts'
import type { FileRecord } from '../../shared/schemas/file.ts'
import type { Policy } from '../../shared/schemas/policy.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { Tokens } from '../../shared/schemas/user.ts'
import type { FilesApi } from '../files/index.ts'
import type { InventoryApi } from '../inventory/index.ts'
import type { UsersApi } from '../users/index.ts'
import type { BookingsApi } from './index.ts'
import type { Name } from './sample-data.ts'

// Drawn by scripts/browser/sample-photos.ts: `Blue Skoda` is blue-skoda.webp.
const folder = 'services/bookings/sample-photos'
const shown: Record<string, readonly string[]> = {
  Car: ['Blue Skoda', 'Red Fiat', 'White van'],
  Lorry: ['Lorry 1'],
  Truck: ['Truck 1'],
  'Meeting room': ['Oslo', 'Lisbon', 'Great hall'],
}

interface Headers {
  authorization: string
}

type Filling = Pick<Context, 'client'>

/** Logs in as a sample user. */
export async function logInAs({ client }: Filling, username: Name): Promise<Headers | undefined> {
  const { login } = client<UsersApi>('users').api
  const { data } = await login.post({ username, password: 'campus-sample' })
  const tokens = data as Tokens | null
  return tokens ? { authorization: `Bearer ${tokens.access_token}` } : undefined
}

/** Photos of what is booked, sent by a member as anybody sends one. */
export async function fillPhotos({ client }: Filling): Promise<void> {
  const headers = await logInAs({ client }, 'anna')
  if (!headers) return
  const { policies } = client<BookingsApi>('bookings').api
  const { resources } = client<InventoryApi>('inventory').api
  const { data } = await resources.get({ query: { limit: '200' }, headers })
  for (const [type, names] of Object.entries(shown)) {
    // Who manages a resource sets its photo: for this moment everybody does.
    const rules = { rights: [{ group: null, may: 'manage' as const }] }
    const { data: policy } = await policies.post({ type, rules })
    const own = (data as Resource[] | null)?.filter((it) => it.resource_type === type) ?? []
    try {
      for (const resource of own.filter(({ name }) => names.includes(name))) {
        await setPhoto({ client }, resource, headers)
      }
    } finally {
      if (policy) await policies({ id: (policy as Policy).id }).delete()
    }
  }
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
  const { data } = await files.post(bytes as never, {
    query: { file_name },
    headers,
  })
  if (!data) return
  const { file_hash } = data as FileRecord
  await resources({ id }).photo.put({ photo: file_hash }, { headers })
  // It is kept with the resource, and none of who sent it.
  await files({ file_hash }).delete(undefined, { headers, query: {} })
}
