import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import { sendCreatedVersion, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import {
  changes,
  createsVersion,
  does,
  lists,
  readsVersion,
  removes,
} from '../../shared/convention.ts'
import { Id, text } from '../../shared/schemas/primitive.ts'
import { readChange } from '../../shared/version.ts'
import { models } from './models.ts'
import type { Incoming } from '../../shared/origin.ts'
import type { UsersService } from './service.ts'

const params = t.Object({ id: Id })
const mine = t.Literal('true', { description: 'Only groups you are in' })
const q = text(100, 0, 'Part of the name; case and accents do not matter')

/** Groups: `/api/groups`. */
export function groupRoutes({ groups, readOrigin }: UsersService) {
  const where = (c: Incoming & { params: { id: string } }) => ({
    id: c.params.id,
    origin: readOrigin(c),
  })
  return new Elysia({ prefix: '/api/groups', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => sendPage(c, groups.list(c.query, c.caller)), {
      ...lists('GroupList', {
        listGroups: 'List the groups you are in by name; administrators see all',
      }),
      access: 'member',
      query: t.Object({ ...pageQuery, q: t.Optional(q), mine: t.Optional(mine) }),
    })
    .post('', (c) => sendCreatedVersion(c, groups.create(readCreation(c), readOrigin(c))), {
      ...createsVersion('Group', { createGroup: 'Add a group' }, 409),
      access: 'admin',
      body: 'NewGroup',
    })
    .get('/:id', (c) => sendVersioned(c, groups.get(c.params.id, c.caller)), {
      ...readsVersion('Group', { getGroup: 'Get a group' }),
      access: 'member',
      params,
    })
    .patch('/:id', (c) => sendVersioned(c, groups.rename({ ...where(c), ...readChange(c) })), {
      ...changes('Group', { changeGroup: 'Rename a group' }, 409),
      access: 'admin',
      params,
      body: 'GroupChange',
    })
    .delete('/:id', (c) => sendNothing(c, groups.remove({ ...where(c), ...readChange(c) })), {
      ...removes({ deleteGroup: ['Delete a group', whatStays] }),
      access: 'admin',
      params,
    })
}

/** Members of a group: `/api/groups/{id}/members`. */
export function groupMemberRoutes({ members, readOrigin }: UsersService) {
  const read = (c: Incoming & { params: { id: string; user_id: string }; caller: Caller }) => ({
    groupId: c.params.id,
    userId: c.params.user_id,
    caller: c.caller,
    origin: readOrigin(c),
  })
  const one = t.Object({ id: Id, user_id: Id })
  return new Elysia({ prefix: '/api/groups/:id/members', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => sendPage(c, members.list(c.params.id, c.caller, c.query)), {
      ...lists('GroupMemberList', { listGroupMembers: 'List who is in a group, by name' }, 404),
      access: 'member',
      params,
      query: t.Object(pageQuery),
    })
    .put('/:user_id', (c) => sendNothing(c, members.set(read(c), c.body?.role)), {
      ...does({ setGroupMember }, 404, 409),
      access: 'owner',
      params: one,
      body: 'Membership',
    })
    .delete('/:user_id', (c) => sendNothing(c, members.remove(read(c))), {
      ...does({ removeGroupMember: ['Remove a user from a group', whoMay] }, 404),
      access: 'owner',
      params: one,
    })
}

const whoMay =
  'For administrators and the managers of the group; only administrators appoint and dismiss ' +
  'managers. Access tokens of the user end within seconds and are refreshed; logins continue.'
const whatStays = 'Its members keep their accounts, and their logins continue.'

const setGroupMember = ['Add a user to a group, or change their role', whoMay] as const
