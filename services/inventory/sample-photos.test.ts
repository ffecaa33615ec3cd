import { expect, it, setDefaultTimeout } from 'bun:test'
import type { FileRecord } from '../../shared/schemas/file.ts'
import type { Resource, ResourcePhotoLink } from '../../shared/schemas/resource.ts'
import type { Tokens } from '../../shared/schemas/user.ts'
import { password, useParts } from '../testing/use-parts.ts'

setDefaultTimeout(120_000)

// Each needs those before it.
const parts = ['users', 'files', 'inventory'] as const
const filledMax_ms = 60_000

const systems = useParts(parts, {
  environment: { SAMPLE_DATA: 'true', NODE_ENV: 'development' },
  started: async (part, system) => {
    // Logged once the sample data is complete.
    while (part === 'users' && !system.output().includes('administrator')) await Bun.sleep(20)
  },
})

it('shows the sample in split processes too, and leaves no file with who sent it', async () => {
  const [users, files, inventory] = parts.map((part) => systems.get(part)?.url)
  const login = await fetch(`${users}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password }),
  })
  const { access_token } = (await login.json()) as Tokens
  const headers = { authorization: `Bearer ${access_token}` }
  const read = async <T>(url: string) => (await (await fetch(url, { headers })).json()) as T
  const listShown = async () =>
    (await read<Resource[]>(`${inventory}/api/resources?limit=200`)).filter(({ photo }) => photo)
  const until = Date.now() + filledMax_ms
  while ((await listShown()).length < 8 && Date.now() < until) await Bun.sleep(200)
  const shown = await listShown()
  expect(shown).toHaveLength(8)
  const ids = shown.map(({ id }) => id).join()
  const links = await read<ResourcePhotoLink[]>(`${inventory}/api/resources/photos?ids=${ids}`)
  expect(links).toHaveLength(8)
  for (const { url } of links) {
    const { status, headers: told } = await fetch(`${files}${url}`)
    expect([status, told.get('content-type')]).toEqual([200, 'image/webp'])
  }
  const webp = async () => await read<FileRecord[]>(`${files}/api/files?q=webp`)
  while ((await webp()).length > 0 && Date.now() < until) await Bun.sleep(100)
  expect(await webp()).toEqual([])
})
