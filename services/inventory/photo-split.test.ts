import { expect, it, setDefaultTimeout } from 'bun:test'
import type { FileRecord } from '../../shared/schemas/file.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Resource, ResourcePhotoLink } from '../../shared/schemas/resource.ts'
import type { Tokens } from '../../shared/schemas/user.ts'
import { toPng } from '../testing/png.ts'
import { password, useParts } from '../testing/use-parts.ts'

setDefaultTimeout(120_000)

const parts = ['users', 'inventory', 'bookings', 'files'] as const
type Part = (typeof parts)[number]

const systems = useParts(parts, { environment: { SAMPLE_DATA: 'false' } })

const urlOf = (part: Part, path: string) => `${systems.get(part)?.url}${path}`

/** @param what the method and the path */
async function ask<T>(part: Part, what: string, { token = '', body }: Asking = {}) {
  const [method = '', path = ''] = what.split(' ')
  const isRaw = body instanceof Uint8Array
  const response = await fetch(urlOf(part, path), {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      'content-type': isRaw ? 'application/octet-stream' : 'application/json',
    },
    ...(body && { body: isRaw ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: JSON.parse(text || '{}') as T & Problem }
}

interface Asking {
  token?: string
  body?: object
}

async function logIn(username: string): Promise<string> {
  const { body } = await ask<Tokens>('users', 'POST /api/login', { body: { username, password } })
  return body.access_token
}

it('photos work across processes, and wait for an unavailable one', async () => {
  const admin = await logIn('admin')
  const account = { username: 'anna', email: 'anna@test.example', password }
  await ask('users', 'POST /api/users', { token: admin, body: account })
  const anna = await logIn('anna')
  const made = await ask<Resource>('inventory', 'POST /api/cars', {
    token: admin,
    body: { name: 'Split' },
  })
  const set = (photo: string | null, token: string) =>
    ask<Resource>('inventory', `PUT /api/resources/${made.body.id}/photo`, {
      token,
      body: { photo },
    })
  const upload = await ask<FileRecord>('files', 'POST /api/files?file_name=car.png', {
    token: admin,
    body: toPng(4, 3),
  })
  const { file_hash } = upload.body
  // Bookings says that anna manages nothing.
  expect((await set(file_hash, anna)).status).toBe(403)
  expect((await set(file_hash, admin)).body.photo).toBe(file_hash)
  const list = `GET /api/resources/photos?ids=${made.body.id}`
  const { body: links } = await ask<ResourcePhotoLink[]>('inventory', list, { token: anna })
  const opened = await fetch(urlOf('files', links[0]?.url ?? ''))
  expect([opened.status, (await opened.bytes()).length]).toEqual([200, toPng(4, 3).length])
  await systems.get('bookings')?.stop()
  const refused = await set(null, anna)
  expect([refused.status, refused.body.code]).toEqual([503, 'bookings_unavailable'])
  await systems.get('files')?.stop()
  const removed = await set(null, admin)
  expect([removed.status, removed.body.code]).toEqual([503, 'files_unavailable'])
  const kept = await ask<Resource>('inventory', `GET /api/resources/${made.body.id}`, {
    token: anna,
  })
  expect(kept.body.photo).toBe(file_hash)
})
