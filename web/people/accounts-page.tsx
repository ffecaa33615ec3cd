import type { Role, User } from '../../shared/schemas/user.ts'
import { useSignal } from '@preact/signals'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { useList } from '../list.ts'
import { readPage } from '../paging.ts'
import { readQuery } from '../router.ts'
import { ResetFactor } from './reset-factor.tsx'
import { user as self } from '../session/session.ts'
import { Invitations } from './invitations.tsx'
import { PasswordLinkButton } from './password-link.tsx'
import { Time } from '../ui/time.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { More } from '../ui/more.tsx'
import { Search } from '../ui/search.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { notify, notifyError } from '../ui/toast.tsx'

const roles = ['member', 'admin'] as const

/** All accounts and their roles. */
export function AccountsPage() {
  const q = readQuery('q')
  const list = useList(q, (cursor) => listUsers(q, cursor))
  const isFirst = !q && list.first.data.value !== undefined && list.items.value.length === 1
  return (
    <>
      <div class="page-head">
        <Search label={t('people.search')} />
      </div>
      {isFirst && (
        <section class="card">
          <h2>{t('people.first_title')}</h2>
          <p>{t('people.first_text')}</p>
          <a class="button" href="/account">
            {t('page.account')}
          </a>
        </section>
      )}
      <Invitations />
      <Loaded query={list.first}>
        {() =>
          list.items.value.length === 0 ? (
            <Empty icon="people" title={t('people.none')} />
          ) : (
            <ul class="rows">
              {list.items.value.map((user) => (
                <Row key={user.id} user={user} reload={() => void list.reload()} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <More load={list.more} />
    </>
  )
}

function listUsers(q: string, cursor?: string) {
  const query = { ...(q && { q }), ...(cursor && { cursor }) }
  return readPage(api.users.users.get({ query }))
}

function Row({ user, reload }: { user: User; reload: () => void }) {
  const removing = useSignal(false)
  const { id, username, display_name, email, role, created, disabled } = user
  const isSelf = id === self.value?.id
  const act = async (call: Promise<unknown>, done: string) => {
    try {
      await call
      notify(done)
    } catch (error) {
      notifyError(error)
    }
    reload()
  }
  const changeRole = (wanted: Role) => {
    const call = ask(api.users.users({ id }).patch({ role: wanted }))
    return act(call, t('people.role_changed', { name: username, role: t(`role.${wanted}`) }))
  }
  const remove = () =>
    act(ask(api.users.users({ id }).delete()), t('people.removed', { name: username }))
  return (
    <li>
      <div class="grow">
        <a href={`/people/accounts/${id}`}>
          <b>{display_name}</b>
        </a>{' '}
        {isSelf && <span class="badge accent">{t('people.you')}</span>}
        {disabled && <span class="badge bad">{t('people.disabled')}</span>}
        <br />
        <span class="soft">
          {username}, {email}, {t('resources.since')} <Time at={created} style="date" />
        </span>
      </div>
      <select
        class="auto"
        aria-label={`${t('people.role')}: ${username}`}
        value={role}
        disabled={isSelf}
        onChange={({ currentTarget }) => void changeRole(currentTarget.value as Role)}
      >
        {roles.map((value) => (
          <option key={value} value={value}>
            {t(`role.${value}`)}
          </option>
        ))}
      </select>
      {!isSelf && <ResetFactor user={user} />}
      {!isSelf && <PasswordLinkButton id={id} name={display_name} />}
      <button
        type="button"
        class="small danger"
        disabled={isSelf}
        onClick={() => (removing.value = true)}
      >
        {t('action.remove')}
        <span class="visually-hidden">{username}</span>
      </button>
      {removing.value && (
        <Confirm
          title={t('people.remove_title', { name: username })}
          text={t('people.remove_text')}
          label={t('action.remove')}
          confirm={() => void remove()}
          close={() => (removing.value = false)}
        />
      )}
    </li>
  )
}
