import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../../shared/access.ts'
import { sendNothing } from '../../../shared/answer.ts'
import { answers, does, reads } from '../../../shared/convention.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { Problem } from '../../../shared/schemas/problem.ts'
import * as factor from '../../../shared/schemas/second-factor.ts'
import type { Incoming } from '../../../shared/origin.ts'
import type { UsersService } from '../service.ts'

const models = new Elysia({ name: 'second factor models' }).model({
  CodeConfirmation: factor.CodeConfirmation,
  OwnPassword: factor.OwnPassword,
  Problem,
  RecoveryCodes: factor.RecoveryCodes,
  SecondFactorSecret: factor.SecondFactorSecret,
  SecondFactorState: factor.SecondFactorState,
})

/**
 * The caller's second factor, `/api/second_factor`; administrators may turn off those of others.
 */
export function secondFactorRoutes({ secondFactor, readOrigin }: UsersService) {
  const who = (c: Incoming & { caller: Caller }) => ({ caller: c.caller, origin: readOrigin(c) })
  return new Elysia({ prefix: '/api', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('/second_factor', (c) => secondFactor.stateOf(c.caller), {
      ...reads('SecondFactorState', { getSecondFactor: 'Get whether your second factor is on' }),
      access: 'member',
    })
    .post('/second_factor', (c) => secondFactor.begin(c.body.current_password, who(c)), {
      ...answers('SecondFactorSecret', { beginSecondFactor }, 403, 409, 429),
      access: 'member',
      body: 'OwnPassword',
    })
    .post('/second_factor/confirm', (c) => secondFactor.confirm(c.body.code, who(c)), {
      ...answers('RecoveryCodes', { confirmSecondFactor }, 403, 404, 429),
      access: 'member',
      body: 'CodeConfirmation',
    })
    .post(
      '/second_factor/recovery_codes',
      (c) => secondFactor.renewCodes(c.body.current_password, who(c)),
      {
        ...answers('RecoveryCodes', { renewRecoveryCodes }, 403, 404, 429),
        access: 'member',
        body: 'OwnPassword',
      },
    )
    .delete(
      '/second_factor',
      (c) => sendNothing(c, secondFactor.turnOff(c.body.current_password, who(c))),
      {
        ...does({ turnOffSecondFactor: 'Turn your second factor off' }, 403, 404, 409, 429),
        access: 'member',
        body: 'OwnPassword',
      },
    )
    .delete(
      '/users/:id/second_factor',
      (c) => sendNothing(c, secondFactor.reset(c.params.id, who(c))),
      {
        ...does({ resetSecondFactor: 'Turn off the second factor of a user who lost it' }, 404),
        access: 'admin',
        params: t.Object({ id: Id }),
      },
    )
}

const begun =
  'Add `uri` (as a QR code) or `secret` to an authenticator app, then confirm it with a code. ' +
  'Until then it has no effect.'
const once = 'Recovery codes are shown only now. Each allows one login without the app.'

const beginSecondFactor = ['Begin to turn on a second factor', begun] as const
const confirmSecondFactor = ['Turn on the second factor with a first code', once] as const
const renewRecoveryCodes = ['Replace your recovery codes', once] as const
