import { useSignal } from '@preact/signals'
import type { Invitation, MadeInvitation } from '../../shared/schemas/invitation.ts'
import type { Role } from '../../shared/schemas/user.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { useList } from '../list.ts'
import { readPage } from '../paging.ts'
import { useQuery } from '../query.ts'
import { readSignUp } from '../session/session.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Choice, Field, Form, useForm } from '../ui/form.tsx'
import { More } from '../ui/more.tsx'
import { Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { GroupPicker } from './group-picker.tsx'
import { LinkBox } from './link-box.tsx'

/** Pending invitations, and a form to invite. */
export function Invitations() {
  const isOpen = useSignal(false)
  const list = useList('invitations', (cursor) =>
    readPage(api.users.invitations.get({ query: cursor ? { cursor } : {} })),
  )
  const reload = () => void list.reload()
  return (
    <section class="card">
      <header class="page-head">
        <h2>{t('invite.pending')}</h2>
        <button type="button" class="primary" onClick={() => (isOpen.value = true)}>
          {t('invite.invite')}
        </button>
      </header>
      <Loaded query={list.first}>
        {() =>
          list.items.value.length === 0 ? (
            <p class="soft">{t('invite.none')}</p>
          ) : (
            <PendingList items={list.items.value} reload={reload} />
          )
        }
      </Loaded>
      <More load={list.more} />
      {isOpen.value && (
        <InviteDialog
          close={() => {
            isOpen.value = false
            reload()
          }}
        />
      )}
    </section>
  )
}

function PendingList({ items, reload }: { items: Invitation[]; reload: () => void }) {
  const signUp = useQuery('sign-up', readSignUp)
  const mail = signUp.data.value?.mail
  return (
    <ul class="rows">
      {items.map((invitation) => (
        <Pending key={invitation.id} invitation={invitation} mail={mail} reload={reload} />
      ))}
    </ul>
  )
}

interface PendingProps {
  invitation: Invitation
  /** Whether a new link is mailed; undefined until that is known. */
  mail: boolean | undefined
  reload: () => void
}

function Pending({ invitation, mail, reload }: PendingProps) {
  const { id, email, role, invited_by, expires } = invitation
  const link = useSignal<string | undefined>(undefined)
  const busy = useSignal(false)
  const name = email ?? t('invite.by_link')
  const renew = async () => {
    if (busy.value) return
    busy.value = true
    try {
      const made = await ask(api.users.invitations({ id }).link.post())
      if (made.link === null) notify(t('invite.sent', { email: email ?? '' }))
      else link.value = made.link
    } catch (error) {
      notifyError(error)
    }
    busy.value = false
    reload()
  }
  const revoke = async () => {
    try {
      await ask(api.users.invitations({ id }).delete())
      notify(t('invite.revoked'))
    } catch (error) {
      notifyError(error)
    }
    reload()
  }
  return (
    <li>
      <div class="grow">
        <b>{name}</b> <span class="badge">{t(`role.${role}`)}</span>
        <br />
        <span class="soft">
          {invited_by && `${t('invite.by', { name: invited_by })}, `}
          {t('invite.until')} <Time at={expires} style="date" />
        </span>
      </div>
      {(email === null || mail !== undefined) && (
        <button type="button" class="small" aria-busy={busy.value} onClick={() => void renew()}>
          {t(email !== null && mail ? 'invite.again' : 'invite.new_link')}
          <span class="visually-hidden">{name}</span>
        </button>
      )}
      <button type="button" class="small danger" onClick={() => void revoke()}>
        {t('invite.revoke')}
        <span class="visually-hidden">{name}</span>
      </button>
      {link.value && (
        <Dialog title={t('invite.new_link')} close={() => (link.value = undefined)}>
          <LinkBox
            link={link.value}
            text={t('invite.new_text')}
            close={() => (link.value = undefined)}
          />
        </Dialog>
      )}
    </li>
  )
}

function InviteDialog({ close }: { close: () => void }) {
  const fields = useSignal<{ email: string; role: Role; groups: string[] }>({
    email: '',
    role: 'member',
    groups: [],
  })
  const made = useSignal<MadeInvitation | undefined>(undefined)
  const form = useForm(async () => {
    const { email, role, groups } = fields.value
    const body = { role, groups, ...(email && { email }) }
    const invitation = await ask(api.users.invitations.post(body))
    if (invitation.link !== null) return void (made.value = invitation)
    notify(t('invite.sent', { email }))
    close()
  })
  return (
    <Dialog title={t('invite.invite')} close={close}>
      {made.value?.link ? (
        <LinkBox link={made.value.link} text={t('invite.link_text')} close={close} />
      ) : (
        <Form form={form} label={t('invite.invite')} cancel={close}>
          <Field
            label={t('session.email')}
            value={fields.value.email}
            change={(email) => (fields.value = { ...fields.value, email })}
            type="email"
            hint={t('invite.email_hint')}
          />
          <Choice
            label={t('people.role')}
            value={fields.value.role}
            change={(role) => (fields.value = { ...fields.value, role: role as Role })}
            options={(['member', 'admin'] as const).map((value) => ({
              value,
              label: t(`role.${value}`),
            }))}
          />
          <GroupPicker
            label={t('invite.groups')}
            value={fields.value.groups}
            change={(groups) => (fields.value = { ...fields.value, groups })}
          />
        </Form>
      )}
    </Dialog>
  )
}
