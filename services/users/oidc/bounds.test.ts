import { expect, it } from 'bun:test'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../../shared/testing/listen.ts'
import { startProvider } from '../../testing/sign-in-provider.ts'
import { startForTest, testEnvironment, testPassword } from '../../testing/system.ts'
import { useOidc } from './fixture.ts'

describeStores('what strangers can cost a provider', (makeDatabase) => {
  const { acme, add, begin, complete, person, reasons, system } = useOidc(makeDatabase, {
    LOGIN_LIMIT_PER_MINUTE: '5',
    TRUSTED_PROXIES: '127.0.0.0/8',
  })

  it('is limited in concurrency: others wait, or get 503', async () => {
    const slow = await startProvider()
    await add('slow', slow)
    const gate = Promise.withResolvers<string>()
    slow.fail({ token: async () => new Response(await gate.promise, { status: 502 }) })
    const flows = await Promise.all(Array.from({ length: 40 }, () => begin('slow')))
    const answers = flows.map(({ url, flow }) =>
      complete(flow, slow.authorize(url, person()), 'slow'),
    )
    const isBusy = () => reasons().filter((reason) => reason === 'busy').length === 8
    while (!isBusy()) await Bun.sleep(10)
    expect(slow.seen.filter((path) => path === '/token').length).toBeLessThanOrEqual(16)
    gate.resolve('down')
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([503]))
    // The others continue meanwhile.
    const { url, flow } = await begin()
    expect((await complete(flow, acme().authorize(url, person()))).status).not.toBe(503)
    await slow.close()
  })

  it('is limited by network, not counting successful sign-ins', async () => {
    const url = listenForTest(system().app)
    const send = async (network: string, isGood: boolean) => {
      const begun = await begin()
      const query = isGood ? acme().authorize(begun.url, person()) : 'code=made-up&state=x'
      const answer = await fetch(`${url}/api/login/callback`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': network },
        body: JSON.stringify({ provider_id: 'acme', flow: begun.flow, query }),
      })
      return answer.status
    }
    for (let at = 0; at < 35; at++) expect(await send('203.0.113.7', true)).not.toBe(429)
    const statuses: number[] = []
    for (let at = 0; at < 33; at++) statuses.push(await send('203.0.113.8', false))
    expect(statuses.slice(0, 30)).not.toContain(429)
    expect(statuses.at(-1)).toBe(429)
    expect(await send('203.0.113.8', true)).toBe(429)
    expect(await send('203.0.113.9', true)).not.toBe(429)
  }, 60_000)
})

describeStores('a client secret', (makeDatabase) => {
  it("is sealed again when the system's secret is rotated", async () => {
    const database = await makeDatabase({ migrated: true })
    const provider = await startProvider()
    const after = 'another secret that is long enough for tests'
    const start = (environment: Record<string, string>) =>
      startForTest(async () => ({ ...database, remove: async () => {} }), { environment })
    const old = await start({})
    const body = { id: 'acme', name: 'Acme', issuer: provider.issuer, client_id: 'campus' }
    const known = { ...body, client_secret: 'kept sealed', current_password: testPassword }
    expect((await old.send('POST', '/api/identity_providers', { body: known })).status).toBe(201)
    await old.close()
    await (await start({ SECRET: after, SECRET_PREVIOUS: testEnvironment.SECRET })).close()
    const last = await start({ SECRET: after })
    const begun = await last.send('POST', '/api/login/providers/acme', { as: null })
    expect(begun.status).toBe(200)
    await last.close()
    await provider.close()
    await database.remove()
  }, 60_000)
})
