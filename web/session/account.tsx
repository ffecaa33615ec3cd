import type { User } from '../../shared/schemas/user.ts'
import { useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { api, ask } from '../api.ts'
import { t, withTexts } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { GroupRow } from '../people/groups-page.tsx'
import { listOwnGroups } from '../people/groups.ts'
import { peopleTexts } from '../people/texts.ts'
import { useQuery } from '../query.ts'
import { Preferences } from '../sidebar.tsx'
import { Time } from '../ui/time.tsx'
import { useEdit } from '../ui/edit.tsx'
import { Field, Form, useForm } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { WhenSeen } from '../ui/when-seen.tsx'
import { ApiKeys } from './api-keys.tsx'
import { Calendars } from './calendars.tsx'
import { Passkeys } from './passkeys.tsx'
import { SecondFactor } from './second-factor.tsx'
import { Identities } from './identities.tsx'
import { AddressChange } from './address-change.tsx'
import { Logins } from './logins.tsx'
import { OwnPassword } from './own-password.tsx'
import { retrySession, user } from './session.ts'

const Removal = lazy(() => import('./removal.tsx').then(({ Removal: Part }) => Part))

function Account() {
  const me = user.value
  if (!me) return null
  return (
    <>
      <header class="page-head">
        <h1>{me.display_name}</h1>
      </header>
      <section class="card">
        <dl class="facts">
          <dt>{t('session.username')}</dt>
          <dd>{me.username}</dd>
          <dt>{t('session.email')}</dt>
          <dd>{me.email}</dd>
          <dt>{t('people.role')}</dt>
          <dd>{t(`role.${me.role}`)}</dd>
          <dt>{t('people.since')}</dt>
          <dd>
            <Time at={me.created} style="date" />
          </dd>
        </dl>
      </section>
      <section class="card">
        <h2>{t('people.display_name')}</h2>
        <NameForm me={me} />
      </section>
      <section class="card">
        <h2>{t('session.address')}</h2>
        <AddressChange me={me} />
      </section>
      <section class="card">
        <h2>{t('session.new_password')}</h2>
        <PasswordForm id={me.id} />
      </section>
      <WhenSeen>
        <Groups />
      </WhenSeen>
      <Later title={t('session.logins')} of={Logins} />
      <Later title={t('factor.title')} of={SecondFactor} />
      <WhenSeen>
        <Identities />
      </WhenSeen>
      <Later title={t('passkeys.title')} of={Passkeys} />
      <Later title={t('board.title')} of={Calendars} />
      <Later title={t('keys.title')} of={ApiKeys} />
      <section class="card">
        <h2>{t('shell.preferences')}</h2>
        <div class="pair">
          <Preferences />
        </div>
      </section>
      <section class="card">
        <h2>{t('leaving.delete')}</h2>
        <Removal me={me} />
      </section>
    </>
  )
}

interface LaterProps {
  title: string
  of: ComponentType
}

/** A part that loads when it becomes visible: together they need too many requests for a page. */
function Later({ title, of: Part }: LaterProps) {
  return (
    <section class="card">
      <h2>{title}</h2>
      <WhenSeen>
        <Part />
      </WhenSeen>
    </section>
  )
}

/** The user's groups; nothing without any. */
function Groups() {
  const groups = useQuery('groups', listOwnGroups)
  const own = groups.data.value?.items ?? []
  if (own.length === 0) return null
  return (
    <section class="card">
      <h2>{t('groups.own')}</h2>
      <ul class="rows">
        {own.map((group) => (
          <GroupRow key={group.id} group={group} />
        ))}
      </ul>
    </section>
  )
}

function NameForm({ me: { id, display_name } }: { me: User }) {
  const own = api.users.users({ id })
  const { form, fields, set } = useEdit({
    of: { display_name },
    read: () => own.get(),
    toFields: (shown) => ({ name: shown?.display_name ?? '' }),
    words: ({ name }) => [[t('people.display_name'), name]],
    send: async ({ name }, tagged) => {
      await ask(own.patch({ display_name: name.trim() }, tagged))
      await retrySession()
      notify(t('people.renamed'))
    },
  })
  return (
    <Form form={form} label={t('action.save')}>
      <Field
        label={t('people.display_name')}
        value={fields.value.name}
        change={(name) => set({ name })}
        autocomplete="name"
        maxLength={80}
        required
      />
    </Form>
  )
}

function PasswordForm({ id }: { id: string }) {
  const fields = useSignal({ current_password: '', password: '' })
  const form = useForm(async () => {
    await ask(api.users.users({ id }).patch(fields.value))
    fields.value = { current_password: '', password: '' }
    notify(t('session.password_changed'))
  })
  const input = (name: keyof typeof fields.value) => ({
    value: fields.value[name],
    change: (value: string) => (fields.value = { ...fields.value, [name]: value }),
  })
  return (
    <Form form={form} label={t('action.save')}>
      <div class="pair">
        <OwnPassword {...input('current_password')} />
        <Field
          {...input('password')}
          type="password"
          maxLength={200}
          required
          label={t('session.new_password')}
          autocomplete="new-password"
          minLength={10}
          hint={t('session.password_hint')}
        />
      </div>
      <p class="soft">{t('session.password_ends')}</p>
    </Form>
  )
}

export const load = () => withTexts(Account, peopleTexts)
