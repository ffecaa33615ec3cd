import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreatedVersion, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { answers, createsVersion, lists, readsVersion, removes } from '../../shared/convention.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { readChange } from '../../shared/version.ts'
import { models } from './models.ts'
import type { BookingsService } from './service.ts'

const params = t.Object({ id: Id })

const createText = [
  'Set the policy of a resource, a type, or the organisation',
  'The previous version is kept, as bookings refer to the versions they were judged by. The ' +
    'narrowest policy applies, field by field: resource, then type, then organisation.',
] as const

const listText = [
  'List the policies in force, or all versions',
  'Members see the policies of what they may see, with the rights of everybody and of their own ' +
    'groups.',
] as const

const trialText = [
  'Try a booking against a draft policy',
  'Nothing is stored or booked. The booking is judged as for a member of `groups`; wider ' +
    'policies in force apply to fields that the draft omits.',
] as const

const endText = [
  'Withdraw a policy',
  'Wider policies apply from then on. The policy stays listed.',
] as const

/** Booking policies: `/api/policies`. */
export function policyRoutes({ policies }: BookingsService) {
  const { create, list, get, end, tryPolicy, isManager } = policies
  return new Elysia({ prefix: '/api/policies', tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => sendPage(c, list(c.query, c.caller)), {
      ...lists('PolicyList', { listPolicies: listText }),
      access: 'member',
      query: t.Object({
        ended: t.Optional(t.Literal('true', { description: 'Also those no longer in force' })),
        ...pageQuery,
      }),
    })
    .post('', (c) => sendCreatedVersion(c, create(readCreation(c))), {
      ...createsVersion('Policy', { createPolicy: createText }, 409),
      access: 'admin',
      body: 'NewPolicy',
    })
    .post('/trial', (c) => tryPolicy(c.body), {
      ...answers('PolicyVerdict', { tryPolicy: trialText }),
      access: 'admin',
      body: 'PolicyTrial',
    })
    .post('/manager', (c) => isManager(c.body), {
      ...answers('ManagerVerdict', { judgeManager: 'Check whether a user manages a resource' }),
      access: { service: ['inventory'] },
      body: 'ManagerQuery',
    })
    .get('/:id', (c) => sendVersioned(c, get(c.params.id, c.caller)), {
      ...readsVersion('Policy', { getPolicy: 'Get a version of a policy' }),
      access: 'member',
      params,
    })
    .delete('/:id', (c) => sendNothing(c, end(c.params.id, readChange(c))), {
      ...removes({ endPolicy: endText }, 409),
      access: 'admin',
      params,
    })
}
