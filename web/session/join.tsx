import { newKey } from '../../packages/client/src/key.ts'
import { useSignal } from '@preact/signals'
import type { OpenInvitation } from '../../shared/schemas/invitation.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { navigate } from '../router.ts'
import { Form, useForm } from '../ui/form.tsx'
import { Failure, Loaded } from '../ui/state.tsx'
import { AccountFields, toAccount, useAccount } from './account-fields.tsx'
import { Door, readToken } from './door.tsx'
import { sendUnsigned, signIn } from './session.ts'

/** Creates the account of an invitation. */
export function Join() {
  const invitation = useQuery('invitation', () =>
    sendUnsigned<OpenInvitation>('/api/invitations/check', { token: readToken() }),
  )
  return (
    <Door title={t('session.sign_up_title')}>
      {invitation.error.value !== undefined ? (
        <Failure error={invitation.error.value} />
      ) : (
        <Loaded query={invitation}>{(open) => <JoinForm invitation={open} />}</Loaded>
      )}
    </Door>
  )
}

function JoinForm({ invitation }: { invitation: OpenInvitation }) {
  const { email, invited_by, role } = invitation
  const account = useAccount()
  const key = useSignal(newKey())
  const form = useForm(async () => {
    const { email: chosen, ...rest } = toAccount(account.value)
    const body = { ...rest, token: readToken(), ...(email === null && { email: chosen }) }
    await sendUnsigned('/api/invitations/accept', body, { 'idempotency-key': key.value })
    await signIn({ username: rest.username, password: rest.password })
    navigate('/bookings', { replace: true })
  })
  const roleName = t(`role.${role}`)
  return (
    <>
      <p>
        {invited_by
          ? t('session.invited_by', { name: invited_by, role: roleName })
          : t('session.invited', { role: roleName })}
        {email !== null && <b> {email}</b>}
      </p>
      <Form form={form} label={t('session.sign_up')}>
        <AccountFields account={account} withEmail={email === null} />
      </Form>
    </>
  )
}
