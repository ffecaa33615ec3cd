import { useSignal } from '@preact/signals'
import type { Group, GroupMember, GroupRole } from '../../shared/schemas/group.ts'
import { t } from '../i18n.ts'
import { useList, type List } from '../list.ts'
import { useQuery } from '../query.ts'
import { navigate } from '../router.ts'
import { isAdmin } from '../session/session.ts'
import { Confirm } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { More } from '../ui/more.tsx'
import { NameDialog } from '../ui/name-dialog.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import {
  listMembers,
  mayManage,
  readGroup,
  readGroupTagged,
  removeGroup,
  removeMember,
  renameGroup,
  setMember,
} from './groups.ts'
import { nameOf } from './names.ts'
import { PersonPicker } from './person-picker.tsx'

const roles = ['member', 'manager'] as const

/** One group and its members, editable by managers. */
export function GroupPage({ id }: { id: string }) {
  const group = useQuery(id, () => readGroup(id))
  return (
    <Loaded query={group}>
      {(found) => (
        <>
          <header class="page-head">
            <div>
              <a href="/people/groups">{t('groups.title')}</a>
              <h1>{found.name}</h1>
            </div>
            {isAdmin.value && <Actions group={found} changed={() => void group.reload()} />}
          </header>
          <Members group={found} />
        </>
      )}
    </Loaded>
  )
}

function Actions({ group, changed }: { group: Group; changed: () => void }) {
  const open = useSignal<'rename' | 'remove' | undefined>(undefined)
  const close = () => (open.value = undefined)
  const remove = async () => {
    try {
      await removeGroup(group)
      notify(t('groups.removed', { name: group.name }))
      navigate('/people/groups', { replace: true })
    } catch (error) {
      notifyError(error)
    }
  }
  return (
    <div class="cluster">
      <button type="button" onClick={() => (open.value = 'rename')}>
        <Icon name="pencil" />
        {t('files.rename')}
      </button>
      <button type="button" class="danger" onClick={() => (open.value = 'remove')}>
        {t('action.remove')}
      </button>
      {open.value === 'rename' && (
        <NameDialog
          title={t('files.rename')}
          field={t('groups.name')}
          name={group.name}
          maxLength={80}
          read={() => readGroupTagged(group)}
          send={(name, tagged) => renameGroup(group, name, tagged)}
          close={close}
          done={changed}
        />
      )}
      {open.value === 'remove' && (
        <Confirm
          title={t('people.remove_title', { name: group.name })}
          text={t('groups.remove_text')}
          label={t('action.remove')}
          confirm={() => void remove()}
          close={close}
        />
      )}
    </div>
  )
}

function Members({ group }: { group: Group }) {
  const list = useList(group.id, (cursor) => listMembers(group, cursor))
  const add = async (id: string) => {
    await act(() => setMember(group, id, 'member'), t('groups.added', { name: nameOf(id) }))
    void list.reload()
  }
  return (
    <>
      {mayManage(group) && (
        <section class="card">
          <PersonPicker label={t('groups.add_member')} change={(id) => void add(id)} />
        </section>
      )}
      <Loaded query={list.first}>
        {() =>
          list.items.value.length === 0 ? (
            <Empty icon="people" title={t('groups.nobody')} />
          ) : (
            <ul class="rows">
              {list.items.value.map((member) => (
                <Row key={member.id} {...{ group, member, list }} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <More load={list.more} />
    </>
  )
}

interface RowProps {
  group: Group
  member: GroupMember
  list: List<GroupMember>
}

function Row({ group, member: { id, display_name, role }, list }: RowProps) {
  const change = async (wanted: GroupRole) => {
    await act(() => setMember(group, id, wanted), t('groups.changed', { name: display_name }))
    void list.reload()
  }
  const remove = async () => {
    await act(() => removeMember(group, id), t('people.removed', { name: display_name }))
    void list.reload()
  }
  const mayRemove = isAdmin.value || (mayManage(group) && role === 'member')
  return (
    <li>
      <b class="grow">{display_name}</b>
      {isAdmin.value ? (
        <select
          class="auto"
          aria-label={`${t('people.role')}: ${display_name}`}
          value={role}
          onChange={({ currentTarget }) => void change(currentTarget.value as GroupRole)}
        >
          {roles.map((value) => (
            <option key={value} value={value}>
              {t(`groups.${value}`)}
            </option>
          ))}
        </select>
      ) : (
        <span class="badge">{t(`groups.${role}`)}</span>
      )}
      {mayRemove && (
        <button type="button" class="small danger" onClick={() => void remove()}>
          {t('action.remove')}
          <span class="visually-hidden">{display_name}</span>
        </button>
      )}
    </li>
  )
}

async function act(run: () => Promise<void>, done: string): Promise<void> {
  try {
    await run()
    notify(done)
  } catch (error) {
    notifyError(error)
  }
}
