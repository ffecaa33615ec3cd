import { useSignal } from '@preact/signals'
import type { PasskeyProof, PasskeyRequest } from '../../shared/schemas/passkey.ts'
import type { SecondFactorSecret } from '../../shared/schemas/second-factor.ts'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { t } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { useQuery } from '../query.ts'
import { address } from '../router.ts'
import { Mark, Preferences } from '../sidebar.tsx'
import { Field, Form, useForm } from '../ui/form.tsx'
import { CodeField } from './code-field.tsx'
import { PasskeyFactor } from './passkey-factor.tsx'
import { readSignUp, signIn } from './session.ts'
import { SignInProviders } from './sign-in-providers.tsx'

const PasskeySignIn = lazy(() =>
  import('./passkey-sign-in.tsx').then(({ PasskeySignIn }) => PasskeySignIn),
)
const Authenticator = lazy(() =>
  import('./authenticator.tsx').then(({ Authenticator }) => Authenticator),
)

/** The details of a refused password-only login. */
type Factor = Partial<SecondFactorSecret> & { passkey?: PasskeyRequest }

export function SignIn() {
  const username = useSignal('')
  const password = useSignal('')
  const signUp = useQuery('sign-up', readSignUp)
  const code = useSignal('')
  const factor = useSignal<Factor | undefined>(undefined)
  const form = useForm(async () => {
    const credentials = { username: username.value, password: password.value }
    const sent = factor.value ? { ...credentials, code: code.value } : credentials
    await signIn(sent).catch((error: unknown) => {
      const wanted = readFactor(error)
      if (!wanted) throw error
      factor.value = wanted
    })
  })
  const { secret, uri, passkey } = factor.value ?? {}
  const show = (proof: PasskeyProof) => {
    // Each is requested once: after a refusal the password is asked for again.
    factor.value = undefined
    return signIn({ username: username.value, password: password.value, passkey: proof })
  }
  return (
    <div class="door">
      <Mark />
      <h1>{t('session.sign_in_title')}</h1>
      <Form form={form} label={t('session.sign_in')}>
        <Field
          label={t('session.name_or_email')}
          value={username.value}
          change={(value) => (username.value = value)}
          autocomplete="username webauthn"
          autocapitalize="none"
          required
          autofocus
        />
        <Field
          label={t('session.password')}
          value={password.value}
          change={(value) => (password.value = value)}
          type="password"
          autocomplete="current-password"
          required
        />
        {secret && uri && (
          <>
            <p>{t('factor.set_up_first')}</p>
            <Authenticator secret={secret} uri={uri} />
          </>
        )}
        {factor.value && <CodeField value={code.value} change={(value) => (code.value = value)} />}
      </Form>
      {passkey ? (
        <PasskeyFactor passkey={passkey} send={show} />
      ) : (
        signUp.data.value?.passkeys === location.origin && <PasskeySignIn />
      )}
      <SignInProviders />
      <p>
        <a href="/forgot-password">{t('session.forgot')}</a>
      </p>
      {signUp.data.value?.mode !== 'closed' && (
        <p>
          {t('session.no_account')}{' '}
          <a href={`/sign-up${address.value.search}`}>{t('session.sign_up')}</a>
        </p>
      )}
      <div class="pair">
        <Preferences />
      </div>
    </div>
  )
}

/** What to ask for besides the password; undefined for any other error. */
function readFactor(error: unknown): Factor | undefined {
  if (!(error instanceof ProblemError)) return undefined
  const isAsked = /^second_factor_(?:code|set_up)_required$/.test(error.code)
  return isAsked ? (error.problem as Factor) : undefined
}
