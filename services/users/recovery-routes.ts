import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendNothing } from '../../shared/answer.ts'
import { answers, does } from '../../shared/convention.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { readLanguage } from '../../shared/language.ts'
import { models } from './models.ts'
import type { UsersService } from './service.ts'

/** Password reset and address change: `/api/password_resets`, `/api/address_changes`. */
export function recoveryRoutes(service: UsersService) {
  return new Elysia({ tags: ['users'], normalize: false })
    .use(passwordRoutes(service))
    .use(addressRoutes(service))
}

function passwordRoutes({ passwordReset, readOrigin }: UsersService) {
  return new Elysia({ tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .post(
      '/api/password_resets',
      (c) =>
        sendNothing(c, passwordReset.ask(c.body.email, readOrigin(c), readLanguage(c.request))),
      {
        ...does({ requestPasswordReset: ['Ask for a link to set a new password', same] }, 409, 429),
        access: 'public',
        body: 'MailAddress',
      },
    )
    .post('/api/password_resets/complete', (c) => passwordReset.set(c.body, readOrigin(c)), {
      ...answers('PasswordSet', { setPassword: ['Set a new password by a link', ends] }, 404, 429),
      access: 'public',
      body: 'NewPassword',
    })
    .post(
      '/api/users/:id/password_link',
      (c) => passwordReset.createLink(c.params.id, c.caller, readOrigin(c)),
      {
        ...answers('PasswordLink', { createPasswordLink }, 404, 409),
        access: 'admin',
        params: t.Object({ id: Id }),
      },
    )
}

function addressRoutes({ addressChanges, readOrigin }: UsersService) {
  return new Elysia({ prefix: '/api/address_changes', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .post(
      '',
      (c) => {
        const about = { origin: readOrigin(c), language: readLanguage(c.request) }
        return sendNothing(c, addressChanges.ask({ body: c.body, caller: c.caller, ...about }))
      },
      {
        ...does({ changeAddress: ['Change or verify your own address', both] }, 403, 409, 429),
        access: 'member',
        body: 'AddressChange',
      },
    )
    .post('/confirm', (c) => sendNothing(c, addressChanges.confirm(c.body.token, readOrigin(c))), {
      ...does({ confirmAddress: ['Confirm an address by its link', endsToo] }, 404, 409, 429),
      access: 'public',
      body: 'AddressConfirmation',
    })
    .post('/refuse', (c) => addressChanges.refuse(c.body, readOrigin(c)), {
      ...answers('PasswordSet', { refuseAddressChange }, 404, 409, 429),
      access: 'public',
      body: 'NewPassword',
    })
}

const same =
  'The response is the same whether or not the address has an account. The link works ' +
  'once, for an hour.'
const ends = 'Ends all logins of the account.'
const day = 'The link sets a new password; it works once, for a day. Earlier links become invalid.'
const both =
  'Sends a link to the address; opening it verifies the address. A new address requires ' +
  '`current_password`; the old one, if verified, gets a link to refuse the change.'
const endsToo = 'If it changes the address, it ends all logins of the account.'
const back =
  'Possible for a week after a change was requested, confirmed or not. Sets the old address ' +
  'and a new password; ends all logins and API keys, and removes second factors and sign-in ' +
  'providers added since.'

const createPasswordLink = ['Create a link to hand over', day] as const
const refuseAddressChange = ['Keep the old address', back] as const
