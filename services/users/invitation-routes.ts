import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreated, sendCreatedVersionAt, sendNothing, sendPage } from '../../shared/answer.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { answers, creates, createsVersion, does, lists } from '../../shared/convention.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { readLanguage } from '../../shared/language.ts'
import { readAccountKey } from './account-key.ts'
import { models } from './models.ts'
import type { UsersService } from './service.ts'

/** Invitations: `/api/invitations`. Tokens are in bodies, as URLs end up in logs. */
export function invitationRoutes(service: UsersService) {
  const { invitations, renewInvitation, acceptance, inviteOneself, readOrigin } = service
  return new Elysia({ prefix: '/api/invitations', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .post(
      '',
      (c) => {
        const about = { origin: readOrigin(c), language: readLanguage(c.request) }
        return sendCreated(c, invitations.create({ ...readCreation(c), ...about }))
      },
      {
        ...creates('MadeInvitation', { createInvitation: ['Invite somebody', howItIsSent] }, 409),
        access: 'admin',
        body: 'NewInvitation',
      },
    )
    .get('', (c) => sendPage(c, invitations.list(c.query)), {
      ...lists('InvitationList', { listInvitations: 'List pending invitations, newest first' }),
      access: 'admin',
      query: t.Object(pageQuery),
    })
    .delete(
      '/:id',
      (c) => sendNothing(c, invitations.revoke(c.params.id, c.caller.id, readOrigin(c))),
      {
        ...does({ revokeInvitation: 'Revoke an invitation' }, 404),
        access: 'admin',
        params: t.Object({ id: Id }),
      },
    )
    .post(
      '/:id/link',
      ({ params, caller, request, ...c }) => {
        const about = { origin: readOrigin({ request, ...c }), language: readLanguage(request) }
        return renewInvitation({ id: params.id, caller, ...about })
      },
      {
        ...answers(
          'MadeInvitation',
          { renewInvitation: ['Make a new link', howItIsRenewed] },
          404,
          409,
        ),
        access: 'admin',
        params: t.Object({ id: Id }),
      },
    )
    .post('/check', (c) => acceptance.check(c.body, readOrigin(c)), {
      ...answers('OpenInvitation', { checkInvitation: 'Get what an invitation is for' }, 404, 429),
      access: 'public',
      body: 'InvitationToken',
    })
    .post(
      '/accept',
      (c) => {
        const [origin, language] = [readOrigin(c), readLanguage(c.request)]
        const idempotencyKey = readAccountKey(c, origin)
        const accepted = acceptance.accept({ body: c.body, origin, language, idempotencyKey })
        return sendCreatedVersionAt(c, accepted, ({ id }) => `/api/users/${id}`)
      },
      {
        ...createsVersion('User', { acceptInvitation }, ...mayFail),
        access: 'public',
        body: 'InvitationAcceptance',
      },
    )
    .post(
      '/request',
      (c) => sendNothing(c, inviteOneself(c.body.email, readOrigin(c), readLanguage(c.request))),
      {
        ...does({ requestInvitation: ['Ask for a link to create an account', byDomain] }, 403, 409),
        access: 'public',
        body: 'MailAddress',
      },
    )
}

const howItIsSent =
  'With `email` the link is mailed there, and the account gets that address. Without it the ' +
  'link is in the response, to be passed on.'
const howItIsRenewed =
  'The former link ends, and the invitation is as new: yours, for as many days as before. With ' +
  '`email` the link is mailed there if mail is set; otherwise it is in the response.'
const once = 'An invitation creates one account. `email` is required unless it has one.'
const mayFail = [404, 409, 429] as const
const byDomain =
  'Only with `SIGN_UP=domain`, for its addresses. The response is the same whether or not ' +
  'the address has an account.'

const acceptInvitation = ['Create an account by invitation', once] as const
