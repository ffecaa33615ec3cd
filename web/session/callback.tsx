import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { SignInCode } from '../../shared/schemas/identity-provider.ts'
import type { PasskeyRequest } from '../../shared/schemas/passkey.ts'
import type { SecondFactorSecret } from '../../shared/schemas/second-factor.ts'
import type { Tokens } from '../../shared/schemas/user.ts'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { api, ask } from '../api.ts'
import { InputError } from '../error-text.ts'
import { t } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { address, navigate, path, toOwnPath } from '../router.ts'
import { Form, useForm } from '../ui/form.tsx'
import { Failure, Loading } from '../ui/state.tsx'
import { notify } from '../ui/toast.tsx'
import { CodeField } from './code-field.tsx'
import { Door } from './door.tsx'
import { keepFresh } from './fresh-sign-in.ts'
import { PasskeyFactor } from './passkey-factor.tsx'
import { takePending, type Pending } from './pending-sign-in.ts'
import { keepLogin, sendUnsigned } from './session.ts'

const Authenticator = lazy(() =>
  import('./authenticator.tsx').then(({ Authenticator }) => Authenticator),
)

/** The provider authenticated the user; the second factor is ours. */
interface Missing extends Partial<SecondFactorSecret> {
  flow: string
  passkey?: PasskeyRequest
  to: string
}

/** The redirect target of providers: signs in, connects the account, or confirms the user. */
export function SignInCallback() {
  const failed = useSignal<unknown>(undefined)
  const missing = useSignal<Missing | undefined>(undefined)
  useEffect(() => {
    comeBack().then(
      (asked) => (missing.value = asked),
      (error: unknown) => (failed.value = error),
    )
  }, [])
  return (
    <Door title={t('page.oidc')}>
      {failed.value !== undefined && <Failure error={failed.value} />}
      {missing.value && <CodeForm missing={missing.value} />}
      {failed.value === undefined && !missing.value && <Loading />}
    </Door>
  )
}

async function comeBack(): Promise<Missing | undefined> {
  const query = address.value.search.slice(1)
  const provider_id = path.value.split('/')[2] ?? ''
  // The response works once, and must not stay in the URL.
  history.replaceState(null, '', path.value)
  const pending = takePending()
  if (!pending) throw new InputError(t('oidc.elsewhere'))
  const body = { provider_id, flow: pending.flow, query }
  if (pending.purpose === 'sign_in') return signIn(body, pending)
  if (pending.purpose === 'confirm') {
    keepFresh(await ask(api.users.identities.confirmations.post(body)), pending.name ?? '')
    navigate(toOwnPath(pending.to), { replace: true })
    return undefined
  }
  const { provider_name: name } = await ask(api.users.identities.callback.post(body))
  notify(t('oidc.connected', { name }))
  navigate(toOwnPath(pending.to), { replace: true })
  return undefined
}

async function signIn(body: object, { to }: Pending): Promise<Missing | undefined> {
  try {
    await keepLogin(await sendUnsigned<Tokens>('/api/login/callback', body))
    navigate(toOwnPath(to), { replace: true })
    return undefined
  } catch (error) {
    const problem = error instanceof ProblemError ? error.problem : undefined
    if (!problem || !('flow' in problem)) throw error
    return { ...(problem as Omit<Missing, 'to'>), to }
  }
}

function CodeForm({ missing: { flow, to, secret, uri, passkey } }: { missing: Missing }) {
  const code = useSignal('')
  const finish = async (shown: Omit<SignInCode, 'flow'>) => {
    const body = { flow, ...shown }
    await keepLogin(await sendUnsigned<Tokens>('/api/login/callback/code', body))
    navigate(toOwnPath(to), { replace: true })
  }
  const form = useForm(() => finish({ code: code.value }))
  return (
    <>
      <Form form={form} label={t('session.sign_in')}>
        {secret && uri && (
          <>
            <p>{t('factor.set_up_first')}</p>
            <Authenticator secret={secret} uri={uri} />
          </>
        )}
        <CodeField value={code.value} change={(value) => (code.value = value)} />
      </Form>
      {passkey && <PasskeyFactor passkey={passkey} send={(shown) => finish({ passkey: shown })} />}
    </>
  )
}
