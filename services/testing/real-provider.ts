import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export const realProviderClient = { client_id: 'campus', client_secret: 'of the real provider' }

/** `oidc-provider`, a certified one, with a page to log in on. @param home where Campus is */
export async function startRealProvider(home: string, id: string) {
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const profile = ['name', 'preferred_username', 'groups']
  const provider = new Provider(issuer, {
    clients: [
      {
        ...realProviderClient,
        redirect_uris: [`${home}/oidc/${id}`],
        post_logout_redirect_uris: [`${home}/sign-in`],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile },
    // Everybody whose name is typed on its page.
    findAccount: (_, name) => ({
      accountId: name,
      claims: () => ({
        sub: name,
        email: `${name}@real.example`,
        email_verified: true,
        name: `${name} of Real`,
        preferred_username: name,
        groups: ['staff'],
      }),
    }),
    cookies: { keys: ['only for tests'] },
  })
  const handle = provider.callback()
  return {
    issuer,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Logs in and consents, as a browser would. @returns where it is sent back */
export async function logInThere(url: string, name: string, home: string): Promise<URL> {
  const cookies = new Map<string, string>()
  async function go(address: URL, form?: Record<string, string>): Promise<Response> {
    const cookie = [...cookies].map(([key, value]) => `${key}=${value}`).join('; ')
    const response = await fetch(address, {
      method: form ? 'POST' : 'GET',
      headers: { cookie },
      ...(form && { body: new URLSearchParams(form) }),
      redirect: 'manual',
    })
    for (const line of response.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value) cookies.set(key, value)
      else cookies.delete(key)
    }
    return response
  }
  let at = new URL(url)
  let form: Record<string, string> | undefined
  for (let steps = 0; steps < 12; steps++) {
    const response = await go(at, form)
    const location = response.headers.get('location')
    if (location) {
      at = new URL(location, at)
      form = undefined
      if (at.origin === new URL(home).origin) return at
      continue
    }
    const page = await response.text()
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1]
    if (!prompt) throw new Error(`It shows: ${response.status} ${page.slice(0, 500)}`)
    form = { prompt, ...(prompt === 'login' && { login: name, password: 'any' }) }
    at = new URL(/action="([^"]+)"/.exec(page)?.[1] ?? '', at)
  }
  throw new Error('It leads nowhere')
}
