import { hash } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'

/** Whom the provider knows. */
export interface Person extends JWTPayload {
  sub: string
  email?: string
  email_verified?: unknown
}

/** How a provider goes wrong, or is not one at all. */
export interface Faults {
  discovery?: (document: Record<string, unknown>) => unknown
  claims?: (claims: JWTPayload) => JWTPayload
  idToken?: (claims: JWTPayload) => Promise<string> | string
  token?: () => Promise<Response> | Response
  userinfo?: (person: Person) => unknown
  iss?: string
}

interface Granted {
  person: Person
  nonce: string
  challenge: string
  clientId: string
  redirectUri: string
}

/** By which a client proves itself there. */
export const providerSecret = 'a client secret that is kept sealed'

/** A provider that speaks the code flow as it should, unless it is told not to. */
export async function startProvider() {
  const keys = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(keys.publicKey)), alg: 'RS256', kid: 'one', use: 'sig' }
  const codes = new Map<string, Granted>()
  const access = new Map<string, Person>()
  const seen: string[] = []
  let faults: Faults = {}
  let issuer = ''

  function describe() {
    const document = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      end_session_endpoint: `${issuer}/end`,
      response_types_supported: ['code'],
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: true,
    }
    return faults.discovery ? faults.discovery(document) : document
  }

  const sign = (claims: JWTPayload) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(keys.privateKey)

  async function exchange(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text())
    const granted = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const challenge = hash('sha256', form.get('code_verifier') ?? '', 'base64url')
    const isGood =
      granted?.challenge === challenge &&
      granted.redirectUri === form.get('redirect_uri') &&
      request.headers.get('authorization') === toBasic(granted.clientId)
    if (!isGood) return Response.json({ error: 'invalid_grant' }, { status: 400 })
    const now_s = Math.floor(Date.now() / 1000)
    const times = { iat: now_s, exp: now_s + 300 }
    const { person, nonce, clientId } = granted
    const claims = { iss: issuer, aud: clientId, nonce, ...times, ...person }
    const said = faults.claims ? faults.claims(claims) : claims
    const token = crypto.randomUUID()
    access.set(token, person)
    return Response.json({
      access_token: token,
      token_type: 'Bearer',
      expires_in: 60,
      id_token: faults.idToken ? await faults.idToken(said) : await sign(said),
    })
  }

  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    seen.push(pathname)
    if (pathname.startsWith('/.well-known/')) {
      const document = describe()
      return document instanceof Response ? document : Response.json(document)
    }
    if (pathname === '/jwks') return Response.json({ keys: [jwk] })
    if (pathname === '/token') return faults.token ? faults.token() : exchange(request)
    if (pathname !== '/userinfo') return new Response(null, { status: 404 })
    const person = access.get(request.headers.get('authorization')?.slice(7) ?? '')
    if (!person) return new Response(null, { status: 401 })
    return Response.json(faults.userinfo ? faults.userinfo(person) : person)
  }

  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer })
  issuer = `http://127.0.0.1:${server.port}`
  return {
    issuer,
    sign,
    /** The paths that were asked for so far. */
    seen,
    fail: (next: Faults) => (faults = next),
    /** What the browser of somebody who logged in there brings back. */
    authorize: (url: string, person: Person): string => {
      const asked = new URL(url).searchParams
      const read = (name: string) => asked.get(name) ?? ''
      if (read('code_challenge_method') !== 'S256') throw new Error('without PKCE')
      const code = crypto.randomUUID()
      codes.set(code, {
        person,
        nonce: read('nonce'),
        challenge: read('code_challenge'),
        clientId: read('client_id'),
        redirectUri: read('redirect_uri'),
      })
      const query = { code, state: read('state'), iss: faults.iss ?? issuer }
      return new URLSearchParams(query).toString()
    },
    close: () => server.stop(true),
  }
}

// RFC 6749 section 2.3.1: both are written as in a form.
function toBasic(clientId: string): string {
  const form = new URLSearchParams({ [clientId]: providerSecret }).toString()
  return `Basic ${btoa(form.replace('=', ':'))}`
}

export type TestProvider = Awaited<ReturnType<typeof startProvider>>
