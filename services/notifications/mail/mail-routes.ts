import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { readLanguage } from '../../../shared/language.ts'
import { answers, reads, sends } from '../../../shared/convention.ts'
import { text } from '../../../shared/schemas/primitive.ts'
import { models } from '../models.ts'
import type { NotificationsService } from '../service.ts'
import { writePage } from './unsubscribe-page.ts'

const params = t.Object({ token: text(300, 1) })

const oneClickText = [
  'Unsubscribe from a kind of mail by the link in one',
  'One click (RFC 8058), without logging in. Notifications stay in the inbox.',
] as const

const bounceText = [
  'Report a bounced mail',
  "A mail server's report to `MAIL_BOUNCES_TO` (RFC 3464), at most 256 KB, passed on with an " +
    'API key. If it says that the address does not exist, no more mail is sent there; its ' +
    'owner and administrators are notified. Any other mail has no effect.',
] as const
const bounce = answers('BounceResult', { takeBounce: bounceText }, 413, 415)
const bounceContent = { 'message/rfc822': { schema: { type: 'string' as const } } }
const takesBounce = {
  ...bounce,
  access: 'admin',
  parse: 'none',
  detail: { ...bounce.detail, requestBody: { required: true, content: bounceContent } },
} as const

/** Mail previews, and ways to unsubscribe. */
export function mailRoutes({ preview, takeBounce, unsubscribe }: NotificationsService) {
  return new Elysia({ prefix: '/api/notifications', tags: ['notifications'], normalize: false })
    .use(access)
    .use(models)
    .post('/bounces', ({ request }) => takeBounce(request), takesBounce)
    .get('/templates', () => preview.list(), {
      ...reads('MailTemplateList', { listMailTemplates: 'List the texts of mails' }),
      access: 'admin',
    })
    .get('/templates/:name', (c) => preview.show(c.params.name, c.query.language ?? 'en'), {
      ...reads('MailPreview', { previewMail: 'Show what a mail looks like' }, 404),
      access: 'admin',
      params: t.Object({ name: text(60, 1) }),
      query: t.Object({
        language: t.Optional(t.Union([t.Literal('en'), t.Literal('de')])),
      }),
    })
    .get(
      '/unsubscribe/:token',
      ({ params: { token }, request }) => {
        unsubscribe.read(token)
        return writePage('ask', readLanguage(request))
      },
      {
        ...sendsOwnPage({
          askToUnsubscribe: 'Show the page to unsubscribe; opening it changes nothing',
        }),
        access: 'public',
        params,
      },
    )
    .post(
      '/unsubscribe/:token',
      async ({ params: { token }, request }) => {
        // A form without content beyond the URL.
        await request.body?.cancel()
        await unsubscribe.unsubscribe(token)
        return writePage('done', readLanguage(request))
      },
      {
        ...sendsOwnPage({ unsubscribe: oneClickText }),
        access: 'public',
        parse: 'none',
        params,
      },
    )
}

// A self-contained page.
function sendsOwnPage(operation: Parameters<typeof sends>[1]) {
  const { response, detail } = sends('text/html', operation, 404)
  const policy = {
    description: 'The content security policy of the page',
    schema: { type: 'string' },
  } as const
  const page = { ...detail.responses[200], headers: { 'content-security-policy': policy } }
  return { response, detail: { ...detail, responses: { 200: page } } }
}
