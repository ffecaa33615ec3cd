import { expect } from 'bun:test'
import type { PasskeyCreation, PasskeyRequest } from '../../shared/schemas/passkey.ts'
import { createAuthenticator } from '../users/passkeys/testing/authenticator.ts'
import type { Extras, Walk } from './document-walk.ts'
import { testPassword } from './system.ts'

// Somebody whose tokens are not asked for again: a password alone does not log in meanwhile.
const as = 'anna'
const own = { current_password: testPassword }

/** What is sent about passkeys, which a device signs. */
export const passkeyExtras: Extras = {
  listPasskeys: { as },
  beginPasskey: { as, body: own },
  addPasskey: { as },
  renamePasskey: { as },
  removePasskey: { as, body: own },
  changeMe: { as },
  removeMe: { as },
}

/** Adds a passkey, logs in with it, and removes it; then the account it was of. */
export async function walkPasskeys({ operations, learn, send }: Walk): Promise<void> {
  const device = createAuthenticator('http://localhost:3000')
  async function run<T>(id: string, body?: unknown): Promise<T> {
    const operation = operations.find((it) => it.id === id)
    if (!operation) throw new Error(`There is no ${id}`)
    const answer = await send(operation, body === undefined ? {} : { body })
    expect([id, answer.status, answer.status < 300 ? 'done' : answer.body]).toEqual([
      id,
      answer.status,
      'done',
    ])
    return answer.body as T
  }
  const { token, options } = await run<PasskeyCreation>('beginPasskey')
  const response = device.create(options)
  const { passkey } = await run<{ passkey: { id: string } }>('addPasskey', {
    token,
    name: 'Laptop',
    response,
  })
  learn(`/api/passkeys/${passkey.id}`)
  for (const id of ['listPasskeys', 'renamePasskey']) await run(id)
  const asked = await run<PasskeyRequest>('beginPasskeyLogin')
  await run('logInWithPasskey', { token: asked.token, response: device.get(asked.options) })
  await run('removePasskey')
  // Their own account they change and leave at last.
  await run('changeMe', { display_name: 'Anna' })
  await run('removeMe', own)
}
