import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreatedVersion, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { createsVersion, lists, readsVersion, removes } from '../../shared/convention.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { readChange } from '../../shared/version.ts'
import { models } from './models.ts'
import type { InventoryService } from './service.ts'

const ofOwner = { access: 'owner', params: t.Object({ id: Id }) } as const

const joinText = [
  'Join the waiting list for a resource, or for any of a type',
  'For a fixed span (`from_datetime`, `to_datetime`), or for a `duration` between `earliest` ' +
    'and `latest`. Time that becomes free is booked, in the same commit, for the entry that ' +
    'has waited longest and fits. If the time is already free, it is booked at once: `status` ' +
    'is `served`.',
] as const

const listText = [
  'List the waiting list, in order',
  'Members see their own entries; administrators see all, or with `mine` their own.',
] as const

const leaveText = [
  'Leave the waiting list',
  '409 `already_served` if it has become a booking: release that instead.',
] as const

/** `/api/waitlist`. */
export function waitlistRoutes({ waitlist }: InventoryService) {
  return new Elysia({ prefix: '/api/waitlist', tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .post('', (c) => sendCreatedVersion(c, waitlist.join(readCreation(c))), {
      ...createsVersion('WaitlistEntry', { joinWaitlist: joinText }, 403, 404, 409, 429),
      access: 'member',
      body: 'NewWaitlistEntry',
    })
    .get('', (c) => sendPage(c, waitlist.list(c.query, c.caller)), {
      ...lists('WaitlistEntryList', { listWaitlist: listText }),
      access: 'member',
      query: t.Object({ ...filterQuery, ...pageQuery }),
    })
    .get('/:id', (c) => sendVersioned(c, waitlist.get(c.params.id, c.caller)), {
      ...readsVersion('WaitlistEntry', { getWaitlistEntry: 'Get an entry of the waiting list' }),
      ...ofOwner,
    })
    .delete('/:id', (c) => sendNothing(c, waitlist.leave(c.params.id, readChange(c))), {
      ...removes({ leaveWaitlist: leaveText }, 409),
      ...ofOwner,
    })
}

const filterQuery = {
  mine: t.Optional(t.Literal('true', { description: 'Only your own entries' })),
  status: t.Optional(t.Union([t.Literal('waiting'), t.Literal('served'), t.Literal('expired')])),
}
