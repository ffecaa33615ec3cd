import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { sendNothing, sendPage, streamFile } from '../../../shared/answer.ts'
import { pageQuery } from '../../../shared/page.ts'
import { does, lists, sendsFile } from '../../../shared/convention.ts'
import { Instant } from '../../../shared/schemas/primitive.ts'
import { Problem } from '../../../shared/schemas/problem.ts'
import {
  SecurityEvent,
  SecurityEventList,
  SecurityReport,
} from '../../../shared/schemas/security-event.ts'
import type { UsersService } from '../service.ts'

const models = new Elysia({ name: 'security event models' }).model({
  Problem,
  SecurityEvent,
  SecurityEventList,
  SecurityReport,
})

const filter = {
  actor: t.Optional(
    t.String({ pattern: '^[\\w:-]{1,60}$', maxLength: 60, description: 'Who did it' }),
  ),
  kind: t.Optional(
    t.String({ pattern: '^[a-z_]{1,40}$', maxLength: 40, description: 'What happened' }),
  ),
  from: t.Optional(Instant),
  to: t.Optional(Instant),
}

/** The security log: `/api/security_events`. */
export function securityEventRoutes({ securityEvents }: UsersService) {
  return new Elysia({ prefix: '/api/security_events', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => sendPage(c, securityEvents.list(c.query)), {
      ...lists('SecurityEventList', {
        listSecurityEvents: ['List security events, newest first', counted],
      }),
      access: 'admin',
      query: t.Object({ ...pageQuery, ...filter }),
    })
    .post('/report', (c) => sendNothing(c, securityEvents.report(c.body.events, c.caller)), {
      ...does({ reportSecurityEvents: ['Store security events of another service', own] }),
      access: 'service',
      body: 'SecurityReport',
    })
    .get('/export', (c) => toResponse(securityEvents.toCsv(c.query, c.caller.id)), {
      ...sendsFile('text/csv', { exportSecurityEvents: 'Export security events as CSV' }),
      access: 'admin',
      query: t.Object(filter),
    })
}

const own = 'Only kinds that the service owns, and `forbidden`.'
const counted =
  'The same event within a minute is one row with a `count`. Kept for a year, or ' +
  '`SECURITY_EVENT_DAYS`.'

function toResponse(text: AsyncGenerator<string>): Response {
  const type = 'text/csv; charset=utf-8; header=present'
  return streamFile(text, { type, name: 'security-events.csv' })
}
