import { createSecret } from '../../shared/host/secret.ts'
import type { User } from '../../shared/schemas/user.ts'
import { createSealedTokens } from '../../shared/sealed-token.ts'
import type { Extras, Walk } from './document-walk.ts'
import { testEnvironment, testPassword, type TestSystem } from './system.ts'

/** What is sent with links, which come by mail: in development, in the log. */
export async function makeLinks(system: TestSystem): Promise<Extras> {
  system.startTasks()
  const password = 'seven blue lanterns'
  const follow = async (page: string) => {
    const token = new RegExp(`${page}#([\\w.-]+)`)
    while (!token.test(system.logged())) await Bun.sleep(50)
    return token.exec(system.logged())?.[1] ?? ''
  }
  const send = async (path: string, body?: object, as = 'admin') => {
    const answer = await system.send('POST', path, { as, ...(body && { body }) })
    return (answer.status === 204 ? {} : await answer.json()) as { link?: string }
  }
  const fragment = ({ link = '' }) => link.split('#')[1]
  for (const username of ['olga', 'piet', 'anna']) {
    const email = `${username}@test.example`
    await send('/api/users', { username, email, password: testPassword })
  }
  const changes = '/api/address_changes'
  await send(changes, { email: 'piet@test.example' }, 'piet')
  const body = { token: await follow('/confirm-address') }
  await system.send('POST', `${changes}/confirm`, { as: null, body })
  const moved = { email: 'piet.new@test.example', current_password: testPassword }
  await send(changes, moved, 'piet')
  const keep = await follow('/keep-address')
  await send(changes, { email: 'olga@test.example' }, 'olga')
  const mails = () => system.logged().match(/confirm-address#[\w.-]+/g) ?? []
  while (mails().length < 3) await Bun.sleep(50)
  const address = mails().at(-1)?.split('#')[1]
  const olga = (await (await system.send('GET', '/api/users/me', { as: 'olga' })).json()) as User
  const [checked, accepted, reset] = [
    fragment(await send('/api/invitations', {})),
    fragment(await send('/api/invitations', {})),
    fragment(await send(`/api/users/${olga.id}/password_link`)),
  ]
  const noor = { username: 'noor', email: 'noor@example.org', password }
  return {
    handOver: { body: { to: olga.id, bookings: true, files: true } },
    checkInvitation: { body: { token: checked } },
    acceptInvitation: { body: { token: accepted, ...noor } },
    setPassword: { body: { token: reset, password } },
    confirmAddress: { body: { token: address } },
    refuseAddressChange: { body: { token: keep, password } },
    // To who has just sent the confirmation, who is not verified yet.
    changeAddress: { as: 'admin' },
  }
}

/** Tells a walk of what is in no list: people of groups, files of bookings, what a mail says. */
export async function learnPlaces({ operations, learn, pathOf, send }: Walk): Promise<void> {
  const getMe = operations.find(({ id }) => id === 'getMe')
  if (!getMe) throw new Error('There is no getMe')
  const { id } = (await send(getMe)).body as { id: string }
  learn(`${pathOf('/api/groups/{id}')}/members/${id}`)
  const upload = operations.find(({ id: it }) => it === 'uploadFile')
  if (!upload) throw new Error('There is no uploadFile')
  // Not the one that is deleted in the end, which a booking would keep.
  const file = (await send(upload, { body: 'of a booking' })).body as { file_hash: string }
  learn(`${pathOf('/api/bookings/{id}')}/files/${file.file_hash}`)
  const tokens = createSealedTokens(createSecret(testEnvironment.SECRET), 'unsubscribe')
  learn('/api/notifications/templates/booking.approved')
  const createDisplay = operations.find(({ id: it }) => it === 'createDisplay')
  if (!createDisplay) throw new Error('There is no createDisplay')
  const { url } = (await send(createDisplay)).body as { url: string }
  learn(`/api/displays/now/${url.split('/').at(-1)}`)
  learn(`/api/notifications/unsubscribe/${tokens.write([id, 'booking-approved'])}`)
}
