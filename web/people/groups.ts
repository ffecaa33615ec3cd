import type { Group, GroupMember, GroupRole } from '../../shared/schemas/group.ts'
import { api, ask } from '../api.ts'
import { together } from '../once.ts'
import { readAll, readPage, type Page } from '../paging.ts'
import { repeatable } from '../repeat-key.ts'
import { isAdmin } from '../session/session.ts'
import type { Tagged } from '../ui/edit.tsx'

const { groups } = api.users

/** The user's groups, by name. */
export function listOwnGroups(): Promise<Page<Group>> {
  return readPage(groups.get({ query: { mine: 'true' } }))
}

/** All selectable groups for an administrator; several fields of a form share one request. */
export const listAllGroups = together(() => readAll((page) => groups.get({ query: page })))

/** The user's groups; all for administrators. */
export function listGroups(q: string, cursor?: string): Promise<Page<Group>> {
  return readPage(groups.get({ query: { ...(q && { q }), ...(cursor && { cursor }) } }))
}

export function readGroup(id: string): Promise<Group> {
  return ask(groups({ id }).get())
}

export function addGroup(name: string): Promise<Group> {
  return ask(groups.post({ name: name.trim() }, repeatable()))
}

export const readGroupTagged = ({ id }: Group) => groups({ id }).get()

export function renameGroup({ id }: Group, name: string, tagged: Tagged): Promise<Group> {
  return ask(groups({ id }).patch({ name: name.trim() }, tagged))
}

export async function removeGroup({ id }: Group): Promise<void> {
  await ask(groups({ id }).delete())
}

export function listMembers({ id }: Group, cursor?: string): Promise<Page<GroupMember>> {
  return readPage(groups({ id }).members.get({ query: cursor ? { cursor } : {} }))
}

export async function setMember({ id }: Group, user_id: string, role: GroupRole): Promise<void> {
  await ask(groups({ id }).members({ user_id }).put({ role }))
}

export async function removeMember({ id }: Group, user_id: string): Promise<void> {
  await ask(groups({ id }).members({ user_id }).delete())
}

/** Whether the user may add and remove members. */
export function mayManage({ role }: Group): boolean {
  return isAdmin.value || role === 'manager'
}
