import type { Tokens } from '../../shared/schemas/user.ts'

/** Sends as the logged-in user: GET without a body, otherwise POST unless a method is given. */
export type Requester = (path: string, body?: unknown, method?: string) => Promise<Response>

export async function logIn(url: string, username: string, password: string): Promise<Requester> {
  const headers = { 'content-type': 'application/json' }
  const { access_token } = (await (
    await fetch(`${url}/api/login`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ username, password }),
    })
  ).json()) as Tokens
  const authorization = `Bearer ${access_token}`
  return (path, body, method = body === undefined ? 'GET' : 'POST') =>
    fetch(url + path, {
      method,
      headers: { ...headers, authorization },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
}
