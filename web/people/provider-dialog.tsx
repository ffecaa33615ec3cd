import type { GroupMapping, IdentityProvider } from '../../shared/schemas/identity-provider.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useEdit, type Tagged, type Words } from '../ui/edit.tsx'
import { Check, Field, Form } from '../ui/form.tsx'
import { OwnPassword } from '../session/own-password.tsx'
import { notify } from '../ui/toast.tsx'
import { GroupMappings } from './group-mappings.tsx'
import { useGroupNames } from './group-picker.tsx'

interface ProviderDialogProps {
  /** Undefined: a new one. */
  provider?: IdentityProvider
  close: () => void
  done: () => void
  /** Called when somebody else changed it first. */
  stale?: () => void
}

interface Input {
  name: string
  id: string
  issuer: string
  client_id: string
  client_secret: string
  group_claim: string
  creates_accounts: boolean
  asks_second_factor: boolean
  group_mappings: GroupMapping[]
  current_password: string
}

const empty: Input = {
  name: '',
  id: '',
  issuer: '',
  client_id: '',
  client_secret: '',
  group_claim: '',
  creates_accounts: false,
  asks_second_factor: false,
  group_mappings: [],
  current_password: '',
}

/** Adds a provider, or changes everything but its issuer. */
export function ProviderDialog({ provider, close, done, stale }: ProviderDialogProps) {
  const { nameOf } = useGroupNames()
  const { form, fields, set } = useEdit<IdentityProvider, Input>({
    of: provider,
    read: ({ id }) => api.users.identity_providers({ id }).get(),
    toFields: toInput,
    written: (input) => ({ ...input, client_secret: '', current_password: '' }),
    words: (input) => describe(input, nameOf),
    send: async (input, tagged) => {
      await send(input, provider, tagged)
      notify(t(provider ? 'oidc.changed' : 'oidc.added', { name: input.name }))
      done()
    },
    stale,
  })
  return (
    <Dialog title={provider ? provider.name : t('oidc.add')} close={close}>
      <Form form={form} label={t('action.save')} cancel={close}>
        <WhichOne input={fields.value} set={set} isNew={!provider} />
        <WhatItDoes input={fields.value} set={set} />
      </Form>
    </Dialog>
  )
}

interface FieldsProps {
  input: Input
  set: (change: Partial<Input>) => void
}

type TextName =
  | 'name'
  | 'id'
  | 'issuer'
  | 'client_id'
  | 'client_secret'
  | 'group_claim'
  | 'current_password'

function toField({ input, set }: FieldsProps, name: TextName) {
  return { value: input[name], change: (value: string) => set({ [name]: value }) }
}

function WhichOne({ isNew, ...fields }: FieldsProps & { isNew: boolean }) {
  const { input, set } = fields
  return (
    <>
      <Field
        label={t('oidc.name')}
        value={input.name}
        change={(name) => set(isNew ? { name, id: toId(name) } : { name })}
        hint={t('oidc.name_hint')}
        maxLength={40}
        required
        autofocus
      />
      {isNew && (
        <>
          <Field
            label={t('oidc.id')}
            {...toField(fields, 'id')}
            hint={`${t('oidc.redirect_uri')}: ${location.origin}/oidc/${input.id}`}
            pattern="[a-z0-9][a-z0-9\-]*"
            maxLength={40}
            required
          />
          <Field
            label={t('oidc.issuer')}
            {...toField(fields, 'issuer')}
            type="url"
            hint="https://login.example.org"
            maxLength={300}
            required
          />
        </>
      )}
      <Field
        label={t('oidc.client_id')}
        {...toField(fields, 'client_id')}
        maxLength={300}
        required
      />
      <Field
        label={t('oidc.client_secret')}
        {...toField(fields, 'client_secret')}
        type="password"
        autocomplete="off"
        {...(!isNew && { hint: t('oidc.secret_hint') })}
        maxLength={1000}
        required={isNew}
      />
    </>
  )
}

function WhatItDoes(fields: FieldsProps) {
  const { input, set } = fields
  return (
    <>
      <Check
        label={t('oidc.creates_accounts')}
        checked={input.creates_accounts}
        change={(checked) => set({ creates_accounts: checked })}
      />
      <Check
        label={t('oidc.asks_second_factor')}
        checked={input.asks_second_factor}
        change={(checked) => set({ asks_second_factor: checked })}
      />
      <Field
        label={t('oidc.group_claim')}
        {...toField(fields, 'group_claim')}
        hint={t('oidc.group_claim_hint')}
        maxLength={100}
      />
      {input.group_claim && (
        <GroupMappings
          mappings={input.group_mappings}
          change={(mappings) => set({ group_mappings: mappings })}
        />
      )}
      <OwnPassword {...toField(fields, 'current_password')} />
    </>
  )
}

function toInput(provider: IdentityProvider | undefined): Input {
  if (!provider) return empty
  const { name, id, issuer, client_id, group_claim, group_mappings } = provider
  const { creates_accounts, asks_second_factor } = provider
  const what = { creates_accounts, asks_second_factor, group_mappings }
  return { ...empty, ...what, name, id, issuer, client_id, group_claim: group_claim ?? '' }
}

function describe(input: Input, nameGroup: (id: string) => string): Words {
  const check = (isIt: boolean) => t(isIt ? 'property.yes' : 'property.no')
  const target = (mapping: GroupMapping) =>
    'role' in mapping ? t('oidc.administrators') : nameGroup(mapping.group_id)
  return [
    [t('oidc.name'), input.name],
    [t('oidc.client_id'), input.client_id],
    [t('oidc.creates_accounts'), check(input.creates_accounts)],
    [t('oidc.asks_second_factor'), check(input.asks_second_factor)],
    [t('oidc.group_claim'), input.group_claim],
    [t('oidc.mappings'), input.group_mappings.map((it) => `${it.value}: ${target(it)}`).join('\n')],
  ]
}

async function send(
  input: Input,
  provider: IdentityProvider | undefined,
  tagged: Tagged,
): Promise<void> {
  const { id, issuer, client_secret, name, client_id, group_claim, group_mappings } = input
  const { creates_accounts, asks_second_factor, current_password } = input
  const shared = {
    name,
    client_id,
    group_claim: group_claim || null,
    group_mappings,
    creates_accounts,
    asks_second_factor,
    current_password,
  }
  const { identity_providers } = api.users
  if (provider) {
    const body = { ...shared, ...(client_secret && { client_secret }) }
    await ask(identity_providers({ id: provider.id }).patch(body, tagged))
    return
  }
  await ask(identity_providers.post({ ...shared, id, issuer, client_secret }, tagged))
}

function toId(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{Mn}/gu, '')
  return plain
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40)
}
