import { useSignal } from '@preact/signals'
import type { Group } from '../../shared/schemas/group.ts'
import { t } from '../i18n.ts'
import { useList } from '../list.ts'
import { navigate, readQuery } from '../router.ts'
import { isAdmin } from '../session/session.ts'
import { Icon } from '../ui/icon.tsx'
import { More } from '../ui/more.tsx'
import { NameDialog } from '../ui/name-dialog.tsx'
import { Search } from '../ui/search.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { addGroup, listGroups } from './groups.ts'

/** All groups, or the user's. */
export function GroupsPage() {
  const q = readQuery('q')
  const list = useList(q, (cursor) => listGroups(q, cursor))
  const adding = useSignal(false)
  const add = async (name: string) => navigate(`/people/groups/${(await addGroup(name)).id}`)
  return (
    <>
      <div class="page-head">
        <Search label={t('groups.search')} />
        {isAdmin.value && (
          <button type="button" class="primary" onClick={() => (adding.value = true)}>
            <Icon name="plus" />
            {t('groups.add')}
          </button>
        )}
      </div>
      <Loaded query={list.first}>
        {() =>
          list.items.value.length === 0 ? (
            <Empty icon="people" title={t('groups.none')} />
          ) : (
            <ul class="rows">
              {list.items.value.map((group) => (
                <GroupRow key={group.id} group={group} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <More load={list.more} />
      {adding.value && (
        <NameDialog
          title={t('groups.add')}
          field={t('groups.name')}
          maxLength={80}
          send={add}
          close={() => (adding.value = false)}
          done={() => {}}
        />
      )}
    </>
  )
}

export function GroupRow({ group: { id, name, role } }: { group: Group }) {
  return (
    <li>
      <a class="title grow" href={`/people/groups/${id}`}>
        {name}
      </a>
      {role && <span class="badge">{t(`groups.${role}`)}</span>}
    </li>
  )
}
