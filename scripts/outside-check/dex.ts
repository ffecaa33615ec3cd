import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgram } from './programs.ts'

const settingsFile = join(import.meta.dir, '../../deploy/dex/dex.yaml')

interface Settings {
  issuer: string
  web: { http: string }
  staticClients: { id: string; secret: string; redirectURIs: string[] }[]
  staticPasswords: { email: string; username: string }[]
}

export interface Dex {
  issuer: string
  client: { id: string; secret: string }
  person: Settings['staticPasswords'][number] | undefined
}

export async function readSettings(): Promise<Settings> {
  return Bun.YAML.parse(await Bun.file(settingsFile).text()) as Settings
}

/** dex with the settings of deploy/dex, on another port and for another address of Campus. */
export async function startDex(program: string, { port, home }: { port: string; home: string }) {
  const settings = await readSettings()
  const issuer = settings.issuer.replace(':5556', `:${port}`)
  const [client] = settings.staticClients
  if (!client || issuer === settings.issuer) throw new Error('deploy/dex/dex.yaml has other ports')
  const redirectURIs = client.redirectURIs.map((uri) => home + new URL(uri).pathname)
  const own = {
    ...settings,
    issuer,
    web: { http: `127.0.0.1:${port}` },
    staticClients: [{ ...client, redirectURIs }],
  }
  const folder = await mkdtemp(join(tmpdir(), 'campus-dex-'))
  const file = join(folder, 'dex.yaml')
  await Bun.write(file, Bun.YAML.stringify(own))
  const ready = `${issuer}/.well-known/openid-configuration`
  const started = await startProgram([program, 'serve', file], { environment: {}, ready })
  return {
    issuer,
    client,
    person: settings.staticPasswords[0],
    stop: async () => {
      await started.stop()
      await rm(folder, { recursive: true })
    },
  }
}

/** Logs in on dex's pages like a browser. @returns the redirect URI, not followed */
export async function logInAtDex(url: string, login: string, home: string): Promise<URL> {
  const cookies = new Map<string, string>()
  let next = new URL(url)
  let form: URLSearchParams | undefined
  for (let step = 0; step < 20; step++) {
    if (next.origin === home) return next
    const answer = await fetch(next, {
      method: form ? 'POST' : 'GET',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      redirect: 'manual',
      ...(form && { body: form }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const page = await answer.text()
    const to = answer.headers.get('location')
    form = undefined
    if (to) next = new URL(to, next)
    else if (page.includes('name="password"'))
      form = new URLSearchParams({ login, password: 'password' })
    else throw new Error(`dex answered ${answer.status} at ${next.pathname}: ${page.slice(0, 500)}`)
    const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1]
    if (form && action) next = new URL(action.replaceAll('&amp;', '&'), next)
  }
  throw new Error(`dex sent us around, last to ${next.pathname}`)
}
