import type { PasskeyProof, PasskeyRequest } from '../../shared/schemas/passkey.ts'
import { t } from '../i18n.ts'
import { Form, useForm } from '../ui/form.tsx'

interface PasskeyFactorProps {
  passkey: PasskeyRequest
  /** Throws the error to show. */
  send: (proof: PasskeyProof) => Promise<void>
}

/** A button to use a passkey instead of a code. */
export function PasskeyFactor({ passkey, send }: PasskeyFactorProps) {
  const form = useForm(async () => {
    const { showPasskey } = await import('./passkey.ts')
    await send(await showPasskey(passkey))
  })
  return <Form form={form} label={t('passkeys.use')} plain />
}
