import type { PasskeyProof, PasskeyRequest } from '../../shared/schemas/passkey.ts'
import { t } from '../i18n.ts'
import { Form, useForm } from '../ui/form.tsx'

interface PasskeyFactorProps {
  passkey: PasskeyRequest
  /** Throws what is then shown. */
  send: (proof: PasskeyProof) => Promise<void>
}

/** A button for who shows a passkey instead of a code. */
export function PasskeyFactor({ passkey, send }: PasskeyFactorProps) {
  const form = useForm(async () => {
    const { showPasskey } = await import('./passkey.ts')
    await send(await showPasskey(passkey))
  })
  return <Form form={form} label={t('passkeys.use')} plain />
}
