import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { pageQuery } from '../../shared/page.ts'
import { answers, follows, lists } from '../../shared/convention.ts'
import { Id, text } from '../../shared/schemas/primitive.ts'
import { eventStream } from '../../shared/event-stream.ts'
import { createStreamTickets, ticketQuery, ticketText } from '../../shared/stream-ticket.ts'
import type { EventFilter } from './event-text.ts'
import type { ChangePage, ChangeQuery } from './history/changes.ts'
import { models } from './models.ts'
import type { InventoryService } from './service.ts'
import { createStreamPlaces } from '../../shared/stream-places.ts'

interface FollowRequest {
  request: Request
  headers: Record<string, string | undefined>
  query: EventFilter & { after?: string | undefined }
  caller: Caller
}

const query = t.Object({
  type: t.Optional(text(50, 0, 'Such as `Car`')),
  resource_id: t.Optional(Id),
  after: t.Optional(text(60, 1, 'As `Last-Event-ID`, for clients that cannot send headers')),
  ...ticketQuery,
})

const paths = {
  allocations: '/api/allocations/events',
  changes: '/api/changes/events',
} as const

/** Live events of bookings and resources, as server-sent events. */
export function eventRoutes({ events, changes }: InventoryService, context: Context) {
  const { stopping, endOf } = context
  const takePlace = createStreamPlaces()
  const allocationTickets = createStreamTickets(context, paths.allocations)
  const changeTickets = createStreamTickets(context, paths.changes)

  function follow(
    { query: filter, headers, request, caller }: FollowRequest,
    log: Pick<InventoryService['events'], 'follow'>,
  ) {
    const refund = takePlace(caller)
    return eventStream({
      signal: AbortSignal.any([request.signal, stopping, endOf(request)]),
      subscribe: (sink) => {
        const lastEventId = headers['last-event-id'] ?? filter.after
        return log.follow({ filter, viewer: caller, lastEventId, sink })
      },
      ended: refund,
    })
  }

  return new Elysia({ tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .get(paths.allocations, (c) => follow(c, events), {
      ...resumable(follows('AllocationEvent', { followAllocations: [summary, description] })),
      transform: allocationTickets.redeem,
      access: 'member',
      query,
    })
    .post(`${paths.allocations}/tickets`, (c) => allocationTickets.create(c), {
      ...answers('StreamTicket', { createAllocationTicket: ticketText }),
      access: 'member',
    })
    .get(paths.changes, (c) => follow(c, changes), {
      ...resumable(follows('ChangeEvent', { followChanges: [changesSummary, description] })),
      transform: changeTickets.redeem,
      access: 'member',
      query,
    })
    .post(`${paths.changes}/tickets`, (c) => changeTickets.create(c), {
      ...answers('StreamTicket', { createChangeTicket: ticketText }),
      access: 'member',
    })
    .get('/api/changes', (c) => sendChanges(c, changes.list(c.query, c.caller)), {
      ...lists('ChangeList', { listChanges: listText }, 410),
      access: 'member',
      query: t.Object({
        after: t.Optional(text(60, 1, 'The id of a change')),
        limit: pageQuery.limit,
      }),
    })
}

interface ChangesRequest {
  path: string
  query: ChangeQuery
  set: { headers: Record<string, string | number> }
}

/** The `next` link is always present: later changes are found there. */
async function sendChanges({ path, query, set }: ChangesRequest, page: Promise<ChangePage>) {
  const { changes, next } = await page
  const { limit } = query
  const search = new URLSearchParams({ after: next, ...(limit && { limit }) })
  set.headers['link'] = `<${path}?${search.toString()}>; rel="next"`
  return changes
}

const listText = [
  'List changes of bookings and resources in commit order',
  'Each with the values before and after, and who made it. Without `after`, starts with the ' +
    'oldest change kept (90 days by default); `latest`: from now on. The `next` link is always ' +
    'present: follow it for later changes, also after a short page, as changes that the caller ' +
    'may not see are omitted. 410 if changes after that position are no longer kept.',
] as const

const changesSummary = 'Follow changes of bookings and resources, as `/api/changes` lists them'
const summary = 'Follow allocation.created, .moved, .released, and resource.*'
const description =
  'Resume with `Last-Event-ID`. Events are kept for 90 days. If some are missing, because they ' +
  'were pruned or a backup was restored, the first event is `reset`: reload everything, then ' +
  'follow. A user may have ten open streams. The stream ends when its access token expires: ' +
  'refresh the token and resume.'

function resumable<Route extends { detail: object }>(route: Route): Route {
  const lastEventId = {
    description: 'The id of the last event received',
    schema: { type: 'string' },
  }
  const headers = { 'x-request-headers': { 'last-event-id': lastEventId } }
  return { ...route, detail: { ...route.detail, ...headers } }
}
