import { expect, it } from 'bun:test'
import type { SecondFactorSecret } from '../../../shared/schemas/second-factor.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { own, usePasskeys } from './fixture.ts'
import { codeOf } from '../../testing/authenticator-app.ts'

describeStores('where a second factor is required', (makeDatabase) => {
  const fixture = usePasskeys(makeDatabase, { SECOND_FACTOR: 'everybody' })
  const { clock, send, open, logIn, logInWith, begin } = fixture

  /** A user with an app and a passkey, and their token. */
  async function join(name: string) {
    const free = await open({ SECOND_FACTOR: 'optional' })
    const headers = { authorization: `Bearer ${await free.tokenOf(name)}` }
    await free.close()
    const as = { as: null, headers }
    const begun = await send<SecondFactorSecret>('POST', '/api/second_factor', {
      ...as,
      body: own,
    })
    const body = { code: codeOf(begun.body.secret, 0, clock.now) }
    expect((await send('POST', '/api/second_factor/confirm', { ...as, body })).status).toBe(200)
    const passkey = await begin(name, undefined, as)
    const added = await passkey.finish()
    expect(added.status).toBe(201)
    return { as, device: passkey.device, path: `/api/passkeys/${added.body.passkey.id}` }
  }

  it('a passkey is both factors, and the last one stays', async () => {
    const { as, device, path } = await join('anna')
    expect((await logInWith(device)).status).toBe(200)
    expect((await send('DELETE', '/api/second_factor', { ...as, body: own })).status).toBe(204)
    expect((await logIn('anna')).code).toBe('second_factor_code_required')
    const refused = await send('DELETE', path, { ...as, body: own })
    expect([refused.status, refused.code]).toEqual([409, 'second_factor_required'])
    expect(refused.body.detail).toContain('Add another passkey')
    expect((await logInWith(device)).status).toBe(200)
    const other = await begin('anna', undefined, as)
    expect((await other.finish()).status).toBe(201)
    expect((await send('DELETE', path, { ...as, body: own })).status).toBe(204)
    expect((await logInWith(device)).status).toBe(401)
    expect((await logInWith(other.device)).status).toBe(200)
  })

  it('an app and a passkey removed at the same time do not both go', async () => {
    const { as, device, path } = await join('bert')
    const answers = await Promise.all([
      send('DELETE', '/api/second_factor', { ...as, body: own }),
      send('DELETE', path, { ...as, body: own }),
    ])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409])
    const isLeft = (await logInWith(device)).status === 200
    expect(isLeft).toBe(answers[1]?.status === 409)
    expect((await logIn('bert')).code).toBe('second_factor_code_required')
  })
})
